"""Event sources: schedules, queues and DynamoDB streams that invoke functions."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from gateway.aws import Aws, AwsError
from gateway.config import GatewayConfig
from gateway.events import Event
from gateway.faults import Faults
from gateway.invocation import InvocationError
from gateway.model import QueueSource, Schedule
from gateway.pool import FunctionPool
from gateway.source_events import failed_identifiers, queue_record, scheduled_event
from gateway.tasks import TaskGroup

# Short enough for a stop not to be noticed, long enough to cost nothing.
_LONG_POLL_S = 1
_RETRY_S = 0.5
# Nothing reads this as a record: it is no JSON.
_GARBAGE = "poison\x7f{"

logger = logging.getLogger("gateway.sources")


async def run_schedule(schedule: Schedule, pool: FunctionPool, config: GatewayConfig) -> None:
    """Invoke a function once in each period, for ever; a late invocation delays no other."""
    period_s = schedule.period_s * config.schedule_scale
    tasks = TaskGroup()
    try:
        while True:
            await asyncio.sleep(period_s)
            event = schedule.event
            if event is None:
                event = scheduled_event(pool.name, config.region, int(time.time() * 1000))
            if not pool.waiting:
                tasks.start(_invoke_quietly(pool, event))
    finally:
        await tasks.cancel()


async def _invoke_quietly(pool: FunctionPool, event: Any) -> None:
    try:
        await pool.invoke(event)
    except InvocationError:
        # The pool has logged it, and the next period is the next try.
        return


class QueueConsumer:
    """Feeds one queue to one function, some batches at a time."""

    def __init__(
        self,
        source: QueueSource,
        pool: FunctionPool,
        aws: Aws,
        faults: Faults,
        config: GatewayConfig,
    ) -> None:
        """Read from `source` for `pool`."""
        self._source = source
        self._pool = pool
        self._aws = aws
        self._faults = faults
        self._config = config
        self._client = aws.client("sqs")
        self._url = ""
        limit = min(source.max_concurrency or pool.concurrency, pool.concurrency)
        self._slots = asyncio.Semaphore(limit)
        self._tasks = TaskGroup()

    async def run(self) -> None:
        """Consume for ever."""
        try:
            while True:
                await self._slots.acquire()
                try:
                    messages = await self._receive()
                except AwsError as exc:
                    logger.warning("queue %s: %s", self._source.queue_arn, exc)
                    messages = []
                    await asyncio.sleep(_RETRY_S)
                except BaseException:
                    self._slots.release()
                    raise
                if messages:
                    self._tasks.start(self._serve(messages))
                else:
                    self._slots.release()
        finally:
            await self._tasks.cancel()

    async def _receive(self) -> list[Event]:
        if not self._url:
            name = self._source.queue_arn.rpartition(":")[2]
            self._url = (await self._aws.call(self._client.get_queue_url, QueueName=name))[
                "QueueUrl"
            ]
        answer = await self._aws.call(
            self._client.receive_message,
            QueueUrl=self._url,
            MaxNumberOfMessages=min(10, self._source.batch_size),
            WaitTimeSeconds=_LONG_POLL_S,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Event] = answer.get("Messages") or []
        return messages

    async def _serve(self, messages: list[Event]) -> None:
        try:
            await asyncio.sleep(self._faults.records.delay_s(self._pool.name))
            failed = await self._hand_over(self._seen(messages))
            done = [m for m in messages if m["MessageId"] not in failed]
            await self._delete(done)
            if self._config.queue_retry_s is not None:
                await self._return([m for m in messages if m["MessageId"] in failed])
        except AwsError as exc:
            # What could not be deleted comes again, as at-least-once delivery allows.
            logger.warning("queue %s: %s", self._source.queue_arn, exc)
        finally:
            self._slots.release()

    def _seen(self, messages: Sequence[Event]) -> list[Event]:
        """What the function is given of a batch, and in which order; all of it without faults."""
        faults, name = self._faults.records, self._pool.name
        shuffled = faults.reordered(messages, lambda message: str(message["MessageId"]), name)
        return [
            {**message, "Body": _GARBAGE}
            if faults.is_poisoned(message["MessageId"], name)
            else message
            for message in shuffled
            if not faults.is_lost(name)
        ]

    async def _hand_over(self, messages: Sequence[Event]) -> set[str]:
        if not messages:
            return set()
        if self._faults.records.is_duplicated(self._pool.name):
            await self._invoke(messages)
        return await self._invoke(messages)

    async def _invoke(self, messages: Sequence[Event]) -> set[str]:
        """Invoke the function; gives the ids of the messages that failed."""
        everything = {message["MessageId"] for message in messages}
        records = [
            queue_record(message, self._source.queue_arn, self._config.region)
            for message in messages
        ]
        try:
            result = await self._pool.invoke({"Records": records})
        except InvocationError:
            return everything
        if not self._source.partial_failures:
            return set()
        failed = failed_identifiers(result)
        if failed is None or not everything.issuperset(failed):
            return everything
        return set(failed)

    async def _delete(self, messages: Sequence[Event]) -> None:
        entries = [
            {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
            for index, message in enumerate(messages)
        ]
        if entries:
            await self._aws.call(
                self._client.delete_message_batch, QueueUrl=self._url, Entries=entries
            )

    async def _return(self, messages: Sequence[Event]) -> None:
        entries = [
            {
                "Id": str(index),
                "ReceiptHandle": message["ReceiptHandle"],
                "VisibilityTimeout": int(self._config.queue_retry_s or 0),
            }
            for index, message in enumerate(messages)
        ]
        if entries:
            await self._aws.call(
                self._client.change_message_visibility_batch, QueueUrl=self._url, Entries=entries
            )
