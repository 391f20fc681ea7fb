"""`make redrive`: dead letters go back to their queue, unless nobody can read them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools import redrive

ROOT = Path(__file__).parents[3]
READABLE: dict[str, list[dict[str, Any]]] = {
    "flush": json.loads((ROOT / "tests/data/part2/flush.json").read_text()),
    "fanout": json.loads((ROOT / "tests/data/part3/fanout.json").read_text()),
}
UNREADABLE = ["not json", "[]", "7", "{}", '{"v": 1, "kind": "shard"}', '{"kind": "receipt"}']


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """URLs of dead letters and of their queue."""
    sqs = boto3.client("sqs")
    letters, queue = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "live"))
    monkeypatch.setattr(redrive, "queue_urls", lambda *_: (letters, queue))
    # moto's CloudFormation needs packages that nothing else does.
    monkeypatch.setattr(boto3, "client", lambda name, **_: sqs if name == "sqs" else None)
    return letters, queue


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


@pytest.mark.scenario("L5")
@pytest.mark.parametrize("name", ["flush", "fanout"])
def test_letters_that_can_be_read_go_back(
    queues: tuple[str, str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    letters, queue = queues
    bodies = [json.dumps(record) for record in READABLE[name]] * 6
    put(letters, bodies)
    assert redrive.main([name]) == 0
    assert held(queue) == sorted(bodies)
    assert count(letters) == 0
    said = f"{name}: {len(bodies)} put back, 0 dropped, 0 left that cannot be read\n"
    assert capsys.readouterr().out == said
    assert redrive.main([name]) == 0


@pytest.mark.scenario("L5")
def test_letters_that_nobody_can_read_stay_and_are_named(
    queues: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    letters, queue = queues
    put(letters, [*UNREADABLE, json.dumps(READABLE["fanout"][0])])
    assert redrive.main(["fanout"]) == 1
    assert len(held(queue)) == 1
    assert count(letters) == len(UNREADABLE)
    said = capsys.readouterr()
    assert said.out.startswith(f"fanout: 1 put back, 0 dropped, {len(UNREADABLE)} left")
    assert said.err.count("cannot be read: ") == len(UNREADABLE)


@pytest.mark.scenario("L5")
def test_letters_that_nobody_can_read_are_dropped_when_asked_for(queues: tuple[str, str]) -> None:
    letters, queue = queues
    put(letters, UNREADABLE)
    assert redrive.main(["flush", "--drop-unreadable"]) == 0
    assert (held(queue), count(letters)) == ([], 0)


def test_letters_that_are_seen_again_end_the_run() -> None:
    class Forgetful:
        """Gives the same letter for ever, as a queue whose timeouts ran out would."""

        def receive_message(self, **_: object) -> dict[str, Any]:
            return {"Messages": [{"MessageId": "m", "Body": "poison", "ReceiptHandle": "h"}]}

    done = redrive.redrive(Forgetful(), ("letters", "queue"), redrive.read_flush, drop=False)
    assert (done.moved, done.dropped, done.left) == (0, 0, 1)


def test_queues_are_found_by_their_names_in_the_template() -> None:
    template = (ROOT / "template.yaml").read_text()

    class Formation:
        """Knows the resources of one stack."""

        def describe_stack_resources(self, StackName: str) -> dict[str, Any]:
            assert StackName == "parley"
            names = [
                name for route in redrive.ROUTES.values() for name in (route.letters, route.queue)
            ]
            assert all(f"\n  {name}:\n    Type: AWS::SQS::Queue\n" in template for name in names)
            return {
                "StackResources": [
                    {"LogicalResourceId": name, "PhysicalResourceId": f"https://sqs/{name}"}
                    for name in names
                ]
            }

    found = redrive.queue_urls(Formation(), "parley", redrive.ROUTES["fanout"])
    assert found == ("https://sqs/FanoutDeadLetters", "https://sqs/FanoutQueue")
