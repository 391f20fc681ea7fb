"""The flush queue: presence changes and receipts that were held back to travel together."""

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
prepare(lambda services: services.flushes)
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Carry out a batch, record by record; an exception sends only its record back to the queue."""
    batch = app().flushes.batch()

    def carry_out(record: SQSRecord) -> None:
        batch.carry_out(record.json_body)

    return process_partial_response(event, carry_out, processor, context)
