"""AWS around the functions, as far as it is billed: what invokes them, and what they push.

The handlers are those of `functions/`, over the adapters that run on Lambda. What invokes them is
read from template.yaml: routes, queues, the stream with its filters. Only the clock is ours, so
that nobody has to wait for what is delayed.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from bench.cost.bills import Bill, units_of
from gateway.filters import passes, read_patterns
from gateway.source_events import queue_record, stream_record
from gateway.template import load_template
from parley import bootstrap
from parley.adapters.memory.clock import MemoryClock
from tests.contract.management_api import ManagementApi, Received
from tests.handlers.conftest import Context, handler_of, sample
from tests.support.cost.aws_requests import SQS_UNIT_BYTES, AwsRequests
from tests.support.cost.meters import LogMeter, MetricMeter, RedisMeter
from tests.support.stack import ROOT

WS_UNIT_BYTES = 32 * 1_024
HTTP_UNIT_BYTES = 512 * 1_024
REGION = "us-east-1"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a handler, and how long it took on this machine."""

    function: str
    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Meters:
    """What counts."""

    aws: AwsRequests
    redis: RedisMeter
    logs: LogMeter
    metrics: MetricMeter

    def forget(self) -> None:
        """Begin anew."""
        self.metrics.forget()
        for counts in (self.aws.counts, self.logs.counts):
            counts.clear()
        self.redis.reset()

    def counts(self) -> Counter[str]:
        """Return what was counted since."""
        redis = self.redis.counts()
        self.metrics.charge_held()
        return self.aws.counts + redis + self.logs.counts


@dataclass
class Cloud:
    """Invokes the functions, and knows what was billed since the last time that it was asked."""

    app: bootstrap.App
    clock: MemoryClock
    meters: Meters
    management: ManagementApi
    queues: Mapping[str, str]
    table: str
    delays_s: list[float] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _handlers: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the template."""
        self._template = load_template(ROOT / "template.yaml")["Resources"]
        # What Lambda's pollers ask is counted by what it brings, not by how often we look.
        session = boto3.Session()
        self._sqs = session.client("sqs")
        self._streams = session.client("dynamodbstreams")
        self._stream_arn, self._iterator = self._stream_of(session.client("dynamodb"))

    # --- The bill ----------------------------------------------------------------------------

    def forget(self) -> None:
        """Begin a new bill."""
        self.app.adapters.reconnect()
        self.counts.clear()
        self.invocations.clear()
        self.management.requests.clear()
        self.meters.forget()

    def bill(self) -> Bill:
        """Return what was billed since, when everything is quiet."""
        self.drain()
        unknown = self.meters.aws.unknown
        assert not unknown, f"{unknown}: what do they cost?"
        invoked = Counter(each.function for each in self.invocations)
        counted = self.counts + self._pushed() + self.meters.counts()
        return Bill(invocations=dict(invoked), **counted)

    def _pushed(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for request in self.management.requests:
            counts["nat_bytes"] += _size_of(request)
            if request.method == "POST":
                counts["ws_pushed"] += units_of(len(request.body), WS_UNIT_BYTES)
                counts["sent_bytes"] += len(request.body)
        return counts

    # --- Invoking ----------------------------------------------------------------------------

    def invoke(self, function: str, event: Event) -> Any:
        """Run a function."""
        handler = self._handlers.setdefault(function, handler_of(function))
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return handler(event, Context(function_name=function))
        finally:
            wall_ms = (time.perf_counter() - wall) * 1_000
            cpu_ms = (time.thread_time() - cpu) * 1_000
            self.invocations.append(Invocation(function, wall_ms, cpu_ms))

    def frame(self, event: Event, action: str) -> str | None:
        """Bring a frame to the function of its route; return the reply that comes back."""
        route = self._template["ChatWs"]["Properties"]["Routes"][action]
        self.counts["ws_in"] += units_of(len(event["body"].encode()), WS_UNIT_BYTES)
        answer = self.invoke(self._function_of(route["FunctionArn"]), event)
        if "RouteResponseSelectionExpression" not in route or "body" not in answer:
            return None
        size = len(answer["body"].encode())
        self.counts["ws_replies"] += units_of(size, WS_UNIT_BYTES)
        self.counts["sent_bytes"] += size
        return str(answer["body"])

    def http(self, event: Event) -> Event:
        """Bring a request to the HTTP API."""
        self.counts["http"] += units_of(len(event.get("body") or ""), HTTP_UNIT_BYTES)
        answer: Event = self.invoke("http", event)
        self.counts["sent_bytes"] += len(answer["body"].encode())
        return answer

    def sweep(self) -> None:
        """Let a minute's schedule come."""
        self.invoke("sweep", sample("sweep"))

    # --- What follows ------------------------------------------------------------------------

    def drain(self) -> None:
        """Let the stream and the queues run dry; time passes as far as records are delayed."""
        busy = True
        while busy:
            busy = any([self._relay(), self._flush(), self._fan_out()])

    def _relay(self) -> bool:
        answer = self._streams.get_records(ShardIterator=self._iterator)
        self._iterator = answer["NextShardIterator"]
        source = self._source_of("relay")
        patterns = read_patterns(source["FilterCriteria"])
        records = [stream_record(each, self._stream_arn) for each in answer["Records"]]
        wanted = [record for record in records if passes(record, patterns)]
        for start in range(0, len(wanted), source["BatchSize"]):
            self.invoke("relay", {"Records": wanted[start : start + source["BatchSize"]]})
        return bool(records)

    def _flush(self) -> bool:
        delays, self.delays_s[:] = list(self.delays_s), []
        self.clock.advance(max(delays, default=0.0))
        return self._poll("flush")

    def _fan_out(self) -> bool:
        return self._poll("fanout")

    def _poll(self, function: str) -> bool:
        """Do as Lambda's poller does, until a queue is empty."""
        url = self.queues[function]
        most = self._source_of(function)["BatchSize"]
        found = False
        while messages := self._received(url, most):
            found = True
            size = sum(len(message["Body"].encode()) for message in messages)
            # To receive the batch, and to delete it.
            self.counts["sqs"] += units_of(size, SQS_UNIT_BYTES) + 1
            records = [queue_record(message, "arn", REGION) for message in messages]
            assert not self.invoke(function, {"Records": records})["batchItemFailures"]
            entries = [
                {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                for place, message in enumerate(messages)
            ]
            self._sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return found

    def _received(self, url: str, most: int) -> list[Event]:
        answer = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=min(10, most), AttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    # --- The template ------------------------------------------------------------------------

    def _function_of(self, arn: Any) -> str:
        """Return the folder of the function that a route invokes."""
        name = str(arn["Fn::GetAtt"][0] if "Fn::GetAtt" in arn else arn["Ref"]).partition(".")[0]
        return str(self._template[name]["Properties"]["CodeUri"]).rpartition("/")[2]

    def _source_of(self, function: str) -> Event:
        functions = (each["Properties"] for each in self._template.values() if "Properties" in each)
        (found,) = (
            each["Events"] for each in functions if each.get("CodeUri") == f"functions/{function}"
        )
        ((source),) = found.values()
        properties: Event = source["Properties"]
        return properties

    def _stream_of(self, dynamodb: Any) -> tuple[str, str]:
        arn = dynamodb.describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        (shard,) = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        answer = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        return arn, answer["ShardIterator"]


def _size_of(request: Received) -> int:
    """Return a request's bytes over HTTP/1.1, TLS apart."""
    first = len(f"{request.method} {request.path} HTTP/1.1\r\n\r\n")
    heads = sum(len(f"{name}: {value}\r\n") for name, value in request.headers.items())
    return first + heads + len(request.body)


@contextmanager
def undelayed(delays_s: list[float]) -> Iterator[None]:
    """Note the delays of what is asked of queues, and let it come at once."""

    def at_once(params: Event, **_: Any) -> None:
        delays_s.append(float(params.get("DelaySeconds", 0)))
        params["DelaySeconds"] = 0

    events = boto3.DEFAULT_SESSION.events
    events.register("before-parameter-build.sqs.SendMessage", at_once)
    try:
        yield
    finally:
        events.unregister("before-parameter-build.sqs.SendMessage", at_once)
