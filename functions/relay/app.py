"""The table's stream: what a killed function left undone. Retried until it succeeds."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley.bootstrap import app, prepare, stream_changes
from parley.invocations import measured

logger = Logger(service="parley")
prepare(lambda services: services.relay)


@logger.inject_lambda_context(clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Apply one batch; an exception makes Lambda send it again."""
    app().relay.apply(stream_changes(event))
    return {"batchItemFailures": []}
