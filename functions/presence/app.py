"""Route ``presence``: heartbeats, and who is here."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley import edge
from parley.bootstrap import app, prepare
from parley.invocations import CORRELATION_ID, measured

logger = Logger(service="parley")
prepare(lambda services: services.presence_routes)


@logger.inject_lambda_context(correlation_id_path=CORRELATION_ID, clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out one frame; the reply travels as the route response."""
    return edge.answer_frame(event, app().presence_routes)
