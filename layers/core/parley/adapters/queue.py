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
TIMEOUT_S = 0.4
# Servers of the same region connect within milliseconds, TLS included; work takes longer.
CONNECT_SHARE = 0.4


class SqsFlushQueue:
    """Asks for work after a delay: one message a record."""

    def __init__(self, queue_url: str, timeout_s: float = TIMEOUT_S) -> None:
        """Remember the queue; nothing connects before the first use, off the cold start."""
        self._sender = _Sender("flush queue", queue_url, timeout_s)

    def ask(self, record: Mapping[str, str], delay_s: float) -> None:
        """Send one record.

        Args:
            record: What to do.
            delay_s: Rounded up to whole seconds, at most 900 (both SQS's rules).

        Raises:
            Unavailable: SQS refused or did not answer; the record may still have been queued.
        """
        delay = min(MAX_DELAY_S, max(0, math.ceil(delay_s)))
        self._sender.send("send_message", MessageBody=_body(record), DelaySeconds=delay)


class SqsFanoutQueue:
    """Hands over events for many connections, in as few requests as they fit."""

    def __init__(self, queue_url: str, timeout_s: float = TIMEOUT_S) -> None:
        """Remember the queue; nothing connects before the first use, off the cold start."""
        self._sender = _Sender("fan-out queue", queue_url, timeout_s)

    def ask(self, records: Sequence[Mapping[str, object]]) -> None:
        """Send records, at most ten and 256 KB a request.

        Raises:
            Unavailable: SQS refused or did not answer; some records may still have been queued.
        """
        for bodies in packed([_body(record) for record in records]):
            entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
            answer = self._sender.send("send_message_batch", Entries=entries)
            if refused := answer.get("Failed"):
                raise Unavailable(f"fan-out queue: {refused[0].get('Code')}")


class _Sender:
    """Sends to one queue. Somebody waits for a reply meanwhile (SPEC §5.8).

    So a request that is not answered in time is given up; only one that broke at once is sent
    again: SQS had closed an idle connection.
    """

    def __init__(self, name: str, queue_url: str, timeout_s: float) -> None:
        """Remember the queue.

        Args:
            name: What it is called in errors.
            queue_url: The queue.
            timeout_s: For a request, connecting included.
        """
        self._name = name
        self._queue_url = queue_url
        self._timeout_s = timeout_s

    def send(self, operation: str, **request: Any) -> dict[str, Any]:
        """Send one request and return its answer; raises `Unavailable`."""
        from botocore.exceptions import BotoCoreError, ClientError

        started = time.monotonic()
        try:
            return self._attempt(operation, request)
        except (BotoCoreError, ClientError) as exc:
            if time.monotonic() - started > BROKEN_WITHIN_S:
                raise self._unavailable(exc) from exc
            try:
                return self._attempt(operation, request)
            except (BotoCoreError, ClientError) as again:
                raise self._unavailable(again) from again

    def _attempt(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._client, operation)(
            QueueUrl=self._queue_url, **request
        )
        return answer

    def _unavailable(self, exc: Exception) -> Unavailable:
        return Unavailable(f"{self._name}: {type(exc).__name__}")

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_SHARE * self._timeout_s,
            read_timeout=(1 - CONNECT_SHARE) * self._timeout_s,
            retries={"mode": "standard", "total_max_attempts": 1},
            tcp_keepalive=True,
        )
        return boto3.client("sqs", config=config)


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
