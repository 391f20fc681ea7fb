"""Every minute: expire leases and tokens, count who is here, and let old messages go."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley.bootstrap import app, prepare
from parley.invocations import measured

logger = Logger(service="parley")
prepare(lambda services: services.presence)


@logger.inject_lambda_context(clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Sweep every tenant in which a lease may have ended."""
    app().presence.sweep()
    app().census.take()
    app().clearing.go_on()
