"""`parley redrive`: dead letters go back to their queue, unless nobody can read them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from cli.aws import Aws
from cli.output import Output
from cli.redrive import ROUTES, Left, Redriven, read_flush, redrive, redrive_queue
from cli.stacks import Stack


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags as nothing."""


Loader.add_multi_constructor("!", lambda *_: None)

ROOT = Path(__file__).parents[2]
READABLE: dict[str, list[dict[str, Any]]] = {
    "flush": json.loads((ROOT / "tests/data/part2/flush.json").read_text()),
    "fanout": json.loads((ROOT / "tests/data/part3/fanout.json").read_text()),
}
UNREADABLE = ["not json", "[]", "7", "{}", '{"v": 1, "kind": "shard"}', '{"kind": "receipt"}']


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Aws()


@pytest.fixture
def stack(aws: Aws) -> Stack:
    """A stack of all queues; moto's CloudFormation needs packages that nothing else does."""
    names = [name for route in ROUTES.values() for name in (route.letters, route.queue) if name]
    urls = {n: aws.call("sqs", "create_queue", QueueName=n)["QueueUrl"] for n in names}
    return Stack("parley", "CREATE_COMPLETE", {}, {}, urls)


def put(url: str, bodies: list[str]) -> None:
    for body in bodies:
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody=body)


def held(url: str) -> list[str]:
    """Take what can be seen in a queue."""
    found: list[str] = []
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return sorted(found)


def count(url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(value) for value in answer["Attributes"].values())


def done(aws: Aws, stack: Stack, name: str, *, drop: bool = False) -> Redriven:
    return redrive_queue(aws, stack, name, Output(), drop=drop)


@pytest.mark.scenario("L5")
@pytest.mark.parametrize("name", ["flush", "fanout"])
def test_letters_that_can_be_read_go_back(aws: Aws, stack: Stack, name: str) -> None:
    route = ROUTES[name]
    assert route.queue is not None
    bodies = [json.dumps(record) for record in READABLE[name]] * 6
    put(stack.resources[route.letters], bodies)
    redriven = done(aws, stack, name)
    assert redriven == Redriven(moved=len(bodies))
    assert held(stack.resources[route.queue]) == sorted(bodies)
    assert count(stack.resources[route.letters]) == 0
    said = f"{name}: {len(bodies)} put back, 0 dropped, 0 left that cannot be read"
    assert list(redriven.as_text(name)) == [said]
    assert done(aws, stack, name) == Redriven()


@pytest.mark.scenario("L5")
def test_letters_that_nobody_can_read_stay_and_are_named(
    aws: Aws, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    letters, queue = stack.resources["FanoutDeadLetters"], stack.resources["FanoutQueue"]
    put(letters, [*UNREADABLE, json.dumps(READABLE["fanout"][0])])
    redriven = done(aws, stack, "fanout")
    assert (redriven.moved, redriven.dropped, len(redriven.left)) == (1, 0, len(UNREADABLE))
    assert len(held(queue)) == 1
    assert count(letters) == len(UNREADABLE)
    text = list(redriven.as_text("fanout"))
    assert text[0].startswith(f"fanout: 1 put back, 0 dropped, {len(UNREADABLE)} left")
    assert "--drop-unreadable" in text[1]
    assert capsys.readouterr().err.splitlines() == [
        f"cannot be read: {each.message_id}: no record of this version" for each in redriven.left
    ]
    named = [letter["messageId"] for letter in redriven.as_json("fanout")["letters"]]
    assert named == [each.message_id for each in redriven.left]


@pytest.mark.scenario("L5")
def test_letters_that_nobody_can_read_are_dropped_when_asked_for(aws: Aws, stack: Stack) -> None:
    letters, queue = stack.resources["FlushDeadLetters"], stack.resources["FlushQueue"]
    put(letters, UNREADABLE)
    assert done(aws, stack, "flush", drop=True) == Redriven(dropped=len(UNREADABLE))
    assert (held(queue), count(letters)) == ([], 0)


@pytest.mark.scenario("L5")
def test_letters_of_the_stream_are_explained_and_never_put_back(aws: Aws, stack: Stack) -> None:
    letters = stack.resources["RelayDeadLetters"]
    batch = {
        "shardId": "shardId-0017",
        "startSequenceNumber": "800000000003126276362",
        "endSequenceNumber": "800000000003126276362",
        "approximateArrivalOfFirstRecord": "2026-11-30T20:14:19Z",
        "approximateArrivalOfLastRecord": "2026-11-30T20:15:10Z",
        "batchSize": 3,
    }
    put(letters, [json.dumps({"version": "1.0", "DDBStreamBatchInfo": batch}), "{}"])
    redriven = done(aws, stack, "relay")
    assert redriven.moved == 0
    assert {each.says for each in redriven.left} == {
        "3 records of shardId-0017 from 800000000003126276362, "
        "written 2026-11-30T20:14:19Z to 2026-11-30T20:15:10Z",
        "no record of this version",
    }
    assert "cannot be put back" in list(redriven.as_text("relay"))[1]
    # Those two are hidden from the next look for a while, as on AWS.
    put(letters, ["another"])
    assert done(aws, stack, "relay", drop=True) == Redriven(dropped=1)


def test_letters_that_are_seen_again_end_the_run() -> None:
    class Forgetful:
        """Gives the same letter for ever, as a queue whose timeouts ran out would."""

        def call(self, service: str, operation: str, **_: object) -> dict[str, Any]:
            assert (service, operation) == ("sqs", "receive_message")
            return {"Messages": [{"MessageId": "m", "Body": "poison", "ReceiptHandle": "h"}]}

    redriven = redrive(Forgetful(), ("letters", "queue"), read_flush, drop=False)
    assert redriven == Redriven(left=[Left("m", "no record of this version")])


def test_progress_is_told_letter_by_letter(aws: Aws, stack: Stack) -> None:
    urls = (stack.resources["FlushDeadLetters"], stack.resources["FlushQueue"])
    put(urls[0], ["poison"] * 3)
    steps: list[int] = []
    redrive(aws, urls, read_flush, drop=True, step=steps.append)
    assert sum(steps) == 3


def test_queues_are_found_by_their_names_in_the_template() -> None:
    text = (ROOT / "template.yaml").read_text()
    resources = yaml.load(text, Loader)["Resources"]  # noqa: S506 - derived from the safe one
    for route in ROUTES.values():
        for name in (route.letters, route.queue):
            assert name is None or resources[name]["Type"] == "AWS::SQS::Queue"
