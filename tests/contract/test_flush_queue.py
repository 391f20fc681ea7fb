"""The contract of `FlushQueue`: the memory twin, and SQS as moto plays it."""

import json
import math
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.queue import MemoryFlushQueue
from parley.adapters.queue import SqsFlushQueue
from parley.errors import Unavailable
from parley.ports import FlushQueue

RECORD = {"kind": "presence", "tenantId": "Zoë's 🙂 {t:1}#"}
REGION = "eu-west-1"


@dataclass(frozen=True)
class Stage:
    """A queue, and what was asked of it: pairs of record and delay in whole seconds."""

    queue: FlushQueue
    asked: Callable[[], list[tuple[dict[str, str], int]]]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def asked_of_sqs() -> list[tuple[dict[str, str], int]]:
    """Look inside moto: a delayed message cannot be received without waiting for it."""
    messages = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["flushes"]._messages
    delays_ms = [max(0.0, each.delayed_until - (each.sent_timestamp or 0)) for each in messages]
    bodies = [json.loads(each.body) for each in messages]
    return [(body, round(ms / 1000)) for body, ms in zip(bodies, delays_ms, strict=True)]


@pytest.fixture(params=["memory", "sqs"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        memory = MemoryFlushQueue(MemoryClock())
        return Stage(memory, lambda: [(a.record, math.ceil(a.delay_s)) for a in memory.asked])
    request.getfixturevalue("aws")
    url = boto3.client("sqs").create_queue(QueueName="flushes")["QueueUrl"]

    return Stage(SqsFlushQueue(url), asked_of_sqs)


def test_a_record_arrives_as_it_was_asked(stage: Stage) -> None:
    stage.queue.ask(RECORD, 2)
    assert stage.asked() == [(RECORD, 2)]


@pytest.mark.parametrize(("delay_s", "whole"), [(0, 0), (0.2, 1), (1.0, 1), (1.5, 2), (900, 900)])
def test_a_delay_is_rounded_up(stage: Stage, delay_s: float, whole: int) -> None:
    stage.queue.ask(RECORD, delay_s)
    assert stage.asked() == [(RECORD, whole)]


def test_records_are_kept_apart(stage: Stage) -> None:
    stage.queue.ask({"n": "1"}, 0)
    stage.queue.ask({"n": "2"}, 3)
    assert sorted(record["n"] for record, _ in stage.asked()) == ["1", "2"]


@pytest.mark.parametrize(("delay_s", "whole"), [(-5, 0), (901, 900), (1e9, 900)])
@pytest.mark.usefixtures("aws")
def test_a_delay_that_sqs_does_not_know_is_bounded(delay_s: float, whole: int) -> None:
    url = boto3.client("sqs").create_queue(QueueName="flushes")["QueueUrl"]
    SqsFlushQueue(url).ask(RECORD, delay_s)
    assert asked_of_sqs() == [(RECORD, whole)]


@pytest.mark.usefixtures("aws")
def test_a_queue_that_is_not_there_is_unavailable() -> None:
    queue = SqsFlushQueue(f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}/none")
    with pytest.raises(Unavailable):
        queue.ask(RECORD, 0)


def test_a_queue_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", host)
        queue = SqsFlushQueue(f"{host}/1/flushes", timeout_s=0.4)
        started = time.monotonic()
        with pytest.raises(Unavailable):
            queue.ask(RECORD, 0)
    # Far from the minute of botocore's own patience.
    assert time.monotonic() - started < 4


def test_memory_hands_out_what_is_due_the_oldest_first() -> None:
    clock = MemoryClock()
    queue = MemoryFlushQueue(clock)
    queue.ask({"n": "later"}, 2)
    queue.ask({"n": "sooner"}, 1)
    assert queue.take_due() == []
    clock.advance(2)
    assert [record["n"] for record in queue.take_due()] == ["sooner", "later"]
    assert queue.take_due() == []
