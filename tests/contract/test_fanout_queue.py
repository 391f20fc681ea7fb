"""The contract of `FanoutQueue`: the memory twin, and SQS as moto plays it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from parley.adapters.memory.queue import MemoryFanoutQueue
from parley.adapters.queue import (
    MAX_REQUEST_BYTES,
    MAX_REQUEST_RECORDS,
    SqsFanoutQueue,
    packed,
)
from parley.domain.ids import ConnectionId, RoomId, TenantId, UserId
from parley.domain.presence import Target
from parley.errors import Unavailable
from parley.ports import FanoutQueue
from parley.services.fanout_records import Origin, Shard, read_record, shards_of
from tests.contract.test_flush_queue import REGION, aws

__all__ = ["aws"]

Record = dict[str, Any]
ORIGIN = Origin(TenantId("acme"), RoomId("g-" + "r" * 32), 1_767_225_605.25)


@dataclass(frozen=True)
class Stage:
    """A queue, and what was asked of it."""

    queue: FanoutQueue
    asked: Callable[[], list[Record]]


def asked_of_sqs() -> list[Record]:
    messages = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["fan-out"]._messages
    return [json.loads(each.body) for each in messages]


@pytest.fixture(params=["memory", "sqs"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        memory = MemoryFanoutQueue()
        return Stage(memory, lambda: list(memory.asked))
    request.getfixturevalue("aws")
    url = boto3.client("sqs").create_queue(QueueName="fan-out")["QueueUrl"]
    return Stage(SqsFanoutQueue(url), asked_of_sqs)


def targets(count: int, user: str = "u") -> list[Target]:
    return [
        Target(TenantId("acme"), UserId(f"{user}{number}"), ConnectionId(f"conn{number:08}Ab="))
        for number in range(count)
    ]


def test_records_arrive_as_they_were_asked_however_many(stage: Stage) -> None:
    records = [{"v": 1, "n": number, "text": "Zoë 🙂\n\ufffe"} for number in range(23)]
    stage.queue.ask(records)
    assert stage.asked() == records
    stage.queue.ask([])
    assert len(stage.asked()) == 23


@pytest.mark.parametrize("user", ["u", "\uffff😀" * 60, '"\\' * 60])
def test_the_largest_shards_pass_the_queue(stage: Stage, user: str) -> None:
    frame = b'"' * 30 * 1_024
    shards = list(shards_of(frame, targets(1_000, user), ORIGIN))
    stage.queue.ask([shard.record() for shard in shards])
    read = [read_record(record) for record in stage.asked()]
    assert read == shards
    found = [target for shard in shards for target in shard.targets]
    assert found == targets(1_000, user)
    assert all(isinstance(each, Shard) and each.frame == frame for each in read)


@pytest.mark.parametrize("sizes", [[], [1] * 25, [100_000] * 7, [MAX_REQUEST_BYTES] * 2, [9, 9]])
def test_a_request_holds_as_much_as_sqs_takes(sizes: list[int]) -> None:
    bodies = [str(place % 10) * size for place, size in enumerate(sizes)]
    requests = list(packed(bodies))
    assert [body for request in requests for body in request] == bodies
    assert all(len(request) <= MAX_REQUEST_RECORDS for request in requests)
    assert all(sum(map(len, request)) <= MAX_REQUEST_BYTES for request in requests)
    assert len(requests) <= 1 + len(bodies) // 2


@pytest.mark.usefixtures("aws")
def test_a_queue_that_is_not_there_is_unavailable() -> None:
    queue = SqsFanoutQueue(f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}/none")
    with pytest.raises(Unavailable):
        queue.ask([{"v": 1}])


@dataclass
class Client:
    """Answers as it is told, once each."""

    answers: list[Exception | Record]
    requests: int = 0

    def send_message_batch(self, **request: Any) -> Record:
        assert request["Entries"]
        self.requests += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def queue_of(monkeypatch: pytest.MonkeyPatch, *answers: Exception | Record) -> tuple[Any, Client]:
    client = Client(list(answers))
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    return SqsFanoutQueue("https://sqs.example.com/q"), client


BROKEN = ConnectionClosedError(endpoint_url="https://sqs.example.com")
LATE = ReadTimeoutError(endpoint_url="https://sqs.example.com")


def test_a_connection_that_broke_at_once_is_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, client = queue_of(monkeypatch, BROKEN, {"Successful": [{}]})
    queue.ask([{"v": 1}])
    assert client.requests == 2
    queue, client = queue_of(monkeypatch, BROKEN, BROKEN)
    with pytest.raises(Unavailable):
        queue.ask([{"v": 1}])
    assert client.requests == 2


def test_a_queue_that_does_not_answer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, client = queue_of(monkeypatch, LATE)
    moments = iter([10.0, 10.3])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    with pytest.raises(Unavailable):
        queue.ask([{"v": 1}])
    assert client.requests == 1


def test_a_record_that_is_refused_makes_the_queue_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue, _ = queue_of(monkeypatch, {"Failed": [{"Id": "0", "Code": "InternalError"}]})
    with pytest.raises(Unavailable, match="InternalError"):
        queue.ask([{"v": 1}])
