"""The REST API (SPEC §7)."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley.bootstrap import prepare
from parley.http.api import answer
from parley.invocations import CORRELATION_ID, measured

logger = Logger(service="parley")
prepare(lambda services: (services.identity, services.messaging))


@logger.inject_lambda_context(correlation_id_path=CORRELATION_ID, clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return answer(event, context)
