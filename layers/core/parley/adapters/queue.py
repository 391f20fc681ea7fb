"""`FlushQueue` and `FanoutQueue` over SQS.

Standard queues: a record may come twice, late or out of order. Bodies are JSON in ASCII: SQS
refuses characters that ids may hold (U+FFFE), and counts bytes.
"""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from parley.errors import Unavailable

MAX_DELAY_S = 900
MAX_REQUEST_BYTES = 256 * 1_024
MAX_REQUEST_RECORDS = 10
BROKEN_WITHIN_S = 0.05


class SqsFlushQueue:
    """Asks for work after a delay: one message a record."""

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

        delay = min(MAX_DELAY_S, max(0, math.ceil(delay_s)))
        try:
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=_body(record), DelaySeconds=delay
            )
        except (BotoCoreError, ClientError) as exc:
            raise Unavailable(f"flush queue: {type(exc).__name__}") from exc

    @cached_property
    def _client(self) -> Any:
        return _client(connect_s=1, answer_s=2, attempts=3)


class SqsFanoutQueue:
    """Hands over events for many connections, in as few requests as they fit."""

    def __init__(self, queue_url: str, timeout_s: float = 0.4) -> None:
        """Remember the queue; the client is made at first use, off the cold start.

        Args:
            queue_url: The queue.
            timeout_s: For connecting, and for each answer.
        """
        self._queue_url = queue_url
        self._timeout_s = timeout_s

    def ask(self, records: Sequence[Mapping[str, object]]) -> None:
        """Send records, at most ten and 256 KB a request.

        Somebody waits for a reply meanwhile (SPEC §5.8), so a request that is not answered in
        time is given up; only one that broke at once is sent again: SQS had closed an idle
        connection.

        Raises:
            Unavailable: SQS refused or did not answer; some records may still have been queued.
        """
        for bodies in packed([_body(record) for record in records]):
            entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
            self._send(entries)

    def _send(self, entries: Sequence[Mapping[str, str]]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        started = time.monotonic()
        try:
            answer = self._attempt(entries)
        except (BotoCoreError, ClientError) as exc:
            if time.monotonic() - started > BROKEN_WITHIN_S:
                raise _fanout_unavailable(exc) from exc
            try:
                answer = self._attempt(entries)
            except (BotoCoreError, ClientError) as again:
                raise _fanout_unavailable(again) from again
        if refused := answer.get("Failed"):
            raise Unavailable(f"fan-out queue: {refused[0].get('Code')}")

    def _attempt(self, entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.send_message_batch(
            QueueUrl=self._queue_url, Entries=entries
        )
        return answer

    @cached_property
    def _client(self) -> Any:
        return _client(connect_s=self._timeout_s, answer_s=self._timeout_s, attempts=1)


def packed(bodies: Sequence[str]) -> Iterator[list[str]]:
    """Yield the bodies, each list as many as one request takes."""
    batch: list[str] = []
    size = 0
    for body in bodies:
        if batch and (len(batch) == MAX_REQUEST_RECORDS or size + len(body) > MAX_REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += len(body)
    if batch:
        yield batch


def _body(record: Mapping[str, object]) -> str:
    return json.dumps(dict(record), separators=(",", ":"))


def _fanout_unavailable(exc: Exception) -> Unavailable:
    return Unavailable(f"fan-out queue: {type(exc).__name__}")


def _client(*, connect_s: float, answer_s: float, attempts: int) -> Any:
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(
        connect_timeout=connect_s, read_timeout=answer_s, retries=retries, tcp_keepalive=True
    )
    return boto3.client("sqs", config=config)
