"""The fan-out queue: events for more connections than their sender can push to."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from parley.bootstrap import app, prepare
from parley.invocations import measured

logger = Logger(service="parley")
prepare(lambda services: services.fan_out)
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Begin every record, then wait for all; an exception sends only its record back."""
    batch = app().fan_out.batch()

    def carry_out(record: SQSRecord) -> None:
        batch.carry_out(record.json_body)

    answer = process_partial_response(event, carry_out, processor, context)
    batch.finish()
    return answer
