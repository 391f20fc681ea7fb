"""The ``$connect`` authorizer: who is this? Needs DynamoDB, never Redis."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley import edge
from parley.bootstrap import app, prepare
from parley.invocations import CORRELATION_ID, measured

logger = Logger(service="parley")
prepare(lambda services: services.identity)


@logger.inject_lambda_context(correlation_id_path=CORRELATION_ID, clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the policy and identity of the caller; 401 and 403 as SPEC §2 has them."""
    return edge.answer_authorizer(event, app().identity.authenticate)
