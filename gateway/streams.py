"""DynamoDB streams: every shard's records in order, each batch again until it succeeds.

Checkpoints live in memory. After a restart of the gateway, or of the emulator (whose streams do
not survive it, so that its iterators point nowhere), reading begins at the oldest record and skips
what this process has seen: records come at least once, never never.
"""

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
from gateway.filters import passes
from gateway.invocation import InvocationError
from gateway.model import StreamSource
from gateway.pool import FunctionPool
from gateway.source_events import failed_identifiers, first_failed, stream_record
from gateway.tasks import TaskGroup

_REDISCOVER_S = 2.0
_RENEW_S = 5.0
_MIN_BACKOFF_S = 0.1
_MAX_BACKOFF_S = 2.0

logger = logging.getLogger("gateway.streams")


class StreamConsumer:
    """Feeds the latest stream of one table to one function."""

    def __init__(
        self,
        source: StreamSource,
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
        self._table = source.stream_arn.partition(":table/")[2].partition("/")[0]
        self._tables = aws.client("dynamodb")
        self._streams = aws.client("dynamodbstreams")
        self._partition_key = ""
        self._shards: set[tuple[str, str]] = set()
        self._tasks = TaskGroup()

    async def run(self) -> None:
        """Look for shards for ever, and read each of them."""
        try:
            while True:
                try:
                    await self._discover()
                except AwsError as exc:
                    logger.warning("stream of %s: %s", self._table, exc)
                await asyncio.sleep(_REDISCOVER_S)
        finally:
            await self._tasks.cancel()

    async def _discover(self) -> None:
        table = await self._aws.call(self._tables.describe_table, TableName=self._table)
        keys = table["Table"]["KeySchema"]
        self._partition_key = next(k["AttributeName"] for k in keys if k["KeyType"] == "HASH")
        arn = table["Table"].get("LatestStreamArn")
        if not arn:
            return
        stream = await self._aws.call(self._streams.describe_stream, StreamArn=arn)
        for shard in stream["StreamDescription"]["Shards"]:
            key = (arn, shard["ShardId"])
            if key not in self._shards:
                self._shards.add(key)
                reader = ShardReader(self._aws, self._streams, *key)
                self._tasks.start(self._consume(reader))

    async def _consume(self, reader: ShardReader) -> None:
        while not reader.is_finished:
            records = await self._gather(reader)
            wanted = [record for record in records if passes(record, self._source.patterns)]
            for start in range(0, len(wanted), self._source.batch_size):
                batch = self._seen(wanted[start : start + self._source.batch_size])
                await asyncio.sleep(self._faults.records.stream_delay_s(self._pool.name))
                await self._deliver(batch, reader)
            if records:
                reader.seen(records[-1])
            else:
                await asyncio.sleep(self._config.stream_poll_s)

    def _seen(self, batch: Sequence[Event]) -> list[Event]:
        """What the function is given of a batch, and in which order; all of it without faults.

        Records of different items may come in any order, as they do from different shards.
        """
        faults, name = self._faults.records, self._pool.name
        shuffled = faults.reordered(batch, self._partition_of, name)
        return [record for record in shuffled if not faults.is_lost(name)]

    def _partition_of(self, record: Event) -> str:
        return str(record["dynamodb"]["Keys"][self._partition_key])

    async def _gather(self, reader: ShardReader) -> list[Event]:
        """Read what is new; with a batching window, wait for more of what reaches the function."""
        records = await self._read(reader)
        closes_at_s = time.monotonic() + self._source.window_s
        while any(passes(record, self._source.patterns) for record in records):
            if len(records) >= self._source.batch_size or time.monotonic() >= closes_at_s:
                break
            await asyncio.sleep(self._config.stream_poll_s)
            # A renewed iterator begins again behind the last record that was dealt with.
            last = int(_number(records[-1]))
            records += [r for r in await self._read(reader) if int(_number(r)) > last]
        return records

    async def _read(self, reader: ShardReader) -> list[Event]:
        try:
            return await reader.read()
        except AwsError as exc:
            logger.info("stream of %s: %s", self._table, exc)
            reader.restart()
            return []

    async def _deliver(self, batch: Sequence[Event], reader: ShardReader) -> None:
        """Invoke until every record has succeeded, or has been tried too often."""
        attempts, size = 0, len(batch)
        while batch:
            done = await self._invoke(batch[:size], reader.stream_arn)
            if done:
                reader.seen(batch[done - 1])
                batch, attempts, size = batch[done:], 0, len(batch) - done
                continue
            attempts += 1
            if self._source.max_retries is not None and attempts > self._source.max_retries:
                logger.error("stream of %s: gave up on %d records", self._table, size)
                reader.seen(batch[size - 1])
                batch, attempts, size = batch[size:], 0, len(batch) - size
                continue
            if self._source.bisect and size > 1:
                size //= 2
            await asyncio.sleep(min(_MAX_BACKOFF_S, _MIN_BACKOFF_S * 2 ** min(attempts, 10)))

    async def _invoke(self, batch: Sequence[Event], stream_arn: str) -> int:
        """Invoke the function once; gives how many records, from the first, have succeeded."""
        event = {"Records": [stream_record(record, stream_arn) for record in batch]}
        try:
            if self._faults.records.is_duplicated(self._pool.name):
                await self._pool.invoke(event)
            result = await self._pool.invoke(event)
        except InvocationError:
            return 0
        failed = failed_identifiers(result) if self._source.partial_failures else []
        if failed is None:
            return 0
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        return first_failed(numbers, failed) if failed else len(batch)


class ShardReader:
    """Reads one shard; knows how far its records have been dealt with."""

    def __init__(self, aws: Aws, client: Any, stream_arn: str, shard_id: str) -> None:
        """Begin at the oldest record: LATEST would miss what is written before the first read."""
        self.stream_arn = stream_arn
        self.is_finished = False
        self._aws = aws
        self._client = client
        self._shard_id = shard_id
        self._iterator: str | None = None
        self._renew_at_s = 0.0
        self._checkpoint: str | None = None

    async def read(self) -> list[Event]:
        """Next records that were not dealt with yet.

        Raises:
            AwsError: When the iterator is of no use any more; `restart` then.
        """
        # An emulator that was restarted answers old iterators with nothing, not with an error.
        if self._iterator is None or time.monotonic() > self._renew_at_s:
            self._iterator = await self._new_iterator()
            self._renew_at_s = time.monotonic() + _RENEW_S
        page = await self._aws.call(self._client.get_records, ShardIterator=self._iterator)
        self._iterator = page.get("NextShardIterator")
        self.is_finished = self._iterator is None
        records: list[Event] = page["Records"]
        done = int(self._checkpoint or -1)
        return [record for record in records if int(_number(record)) > done]

    async def _new_iterator(self) -> str:
        place = {"StreamArn": self.stream_arn, "ShardId": self._shard_id}
        if self._checkpoint is not None:
            try:
                answer = await self._aws.call(
                    self._client.get_shard_iterator,
                    **place,
                    ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                    SequenceNumber=self._checkpoint,
                )
                return str(answer["ShardIterator"])
            except AwsError as exc:
                if exc.code != "TrimmedDataAccessException":
                    raise
        answer = await self._aws.call(
            self._client.get_shard_iterator, **place, ShardIteratorType="TRIM_HORIZON"
        )
        return str(answer["ShardIterator"])

    def seen(self, record: Event) -> None:
        """Records up to this one have been dealt with."""
        self._checkpoint = _number(record)

    def restart(self) -> None:
        """Ask for a new iterator; what has been dealt with is skipped."""
        self._iterator = None
        self.is_finished = False


def _number(record: Event) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
