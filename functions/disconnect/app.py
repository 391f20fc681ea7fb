"""Route ``$disconnect``: forget a closed connection. May come late, or never."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley import edge
from parley.bootstrap import app, prepare
from parley.invocations import CORRELATION_ID, measured

logger = Logger(service="parley")
prepare(lambda services: services.presence)


@logger.inject_lambda_context(correlation_id_path=CORRELATION_ID, clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Remove this connection only; its person may have others."""
    app().presence.disconnected(edge.connection_of(event))
    return {"statusCode": 200}
