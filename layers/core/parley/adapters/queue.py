"""`FlushQueue` over SQS."""

import json
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from parley.errors import Unavailable

MAX_DELAY_S = 900


class SqsFlushQueue:
    """Asks for work after a delay: one message a record, its body the record as JSON.

    Standard queue: a record may come twice, late or out of order.
    """

    def __init__(self, queue_url: str) -> None:
        """Remember the queue; the client is made at first use, off the cold start."""
        self._queue_url = queue_url

    def ask(self, record: Mapping[str, str], delay_s: float) -> None:
        """Send one record; one request, retried by the SDK twice.

        Args:
            record: What to do.
            delay_s: Rounded up to whole seconds, at most 900 (both SQS's rules).

        Raises:
            Unavailable: SQS refused or did not answer; the record may still have been queued.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        body = json.dumps(dict(record), ensure_ascii=False, separators=(",", ":"))
        delay = min(MAX_DELAY_S, max(0, math.ceil(delay_s)))
        try:
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=delay
            )
        except (BotoCoreError, ClientError) as exc:
            raise Unavailable(f"flush queue: {type(exc).__name__}") from exc

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        retries = {"mode": "standard", "total_max_attempts": 3}
        return boto3.client(
            "sqs", config=Config(connect_timeout=1, read_timeout=2, retries=retries)
        )
