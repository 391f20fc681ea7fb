"""Events for many connections over the real queue: everybody has them, whatever fails meanwhile."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from bench.crowd import Crowd, crowd
from cli.aws import Aws
from cli.redrive import ROUTES, queue_urls
from cli.stacks import find_stack
from tests.cli.running import run
from tests.support.client import Client
from tests.support.faults.gateway import GatewayFaults
from tests.support.stack import Stack, running_stack, until

STACK_NAME = "parley-local"
PEOPLE = 52
DEVICES = 4
IN_GROUP = 30
# The group's events are split by the sender, the organization's by the function.
SETTINGS = {
    "PARLEY_DIRECT_PUSH_MAX": "20",
    "PARLEY_DIRECT_ROOM_MAX": "40",
    # A busy machine must not turn a slow answer into an outage.
    "PARLEY_QUEUE_TIMEOUT_MS": "5000",
    "PARLEY_MESSAGES_PER_10S": "100000",
    "PARLEY_MESSAGES_PER_MINUTE": "100000",
    "GATEWAY_QUEUE_RETRY_S": "1",
}
# Less than a second, as a rule.
EVERYBODY_IN_S = 60

pytestmark = [pytest.mark.e2e]


@dataclass
class Hall:
    """A Parley with a crowd in it."""

    stack: Stack
    clients: Crowd
    token: str
    organization: str
    group: str
    marks: Iterator[int]

    def say(self, room_id: str) -> int:
        """Send a message into a room; gives its mark."""
        mark = next(self.marks)
        asyncio.run(_say(self.stack, self.token, room_id, f"fan-{mark}"))
        return mark

    def heard(self, mark: int, connections: int) -> int:
        """Wait until so many connections have a message; gives how often it came again."""

        def all_have_it() -> bool:
            return self.clients.seen(mark)[0] >= connections

        until(all_have_it, EVERYBODY_IN_S)
        count, repeats, _ = self.clients.seen(mark)
        assert count == connections
        return repeats

    def aws(self, service: str) -> Any:
        """Return a client of the emulator."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{(self.stack.data_dir / 'aws' / 'port').read_text()}"

    def queues(self) -> tuple[str, str]:
        """Return the URLs of the dead letters and of the queue."""
        stack = find_stack(Aws(endpoint_url=self.endpoint_url), STACK_NAME)
        letters, queue = queue_urls(stack, ROUTES["fanout"])
        assert queue is not None
        return letters, queue

    def record(self, mark: int) -> str:
        """Return an event for the group, as a sender queues it."""
        event = {"event": "message:new", "data": {"clientId": f"fan-{mark}"}}
        frame = b64encode(json.dumps(event, separators=(",", ":")).encode()).decode()
        where = {"tenantId": "hall", "roomId": self.group, "without": ""}
        return json.dumps({"v": 1, "kind": "room", "frame": frame, **where})


async def _say(stack: Stack, token: str, room_id: str, client_id: str) -> None:
    async with await Client.open(stack.ws_url, token) as client:
        await client.do("message.send", roomId=room_id, clientId=client_id, body="hello")


async def _rooms(stack: Stack, token: str) -> tuple[str, str]:
    async with await Client.open(stack.ws_url, token) as client:
        members = [f"u{number}" for number in range(IN_GROUP)]
        organization = await client.do("room.create", type="organization")
        group = await client.do("room.create", type="group", memberIds=members)
    return str(organization["roomId"]), str(group["roomId"])


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    with running_stack(SETTINGS) as stack, crowd() as clients:
        tokens = [stack.token(f"u{number}", tenantId="hall") for number in range(PEOPLE)]
        clients.open(stack.port, tokens * DEVICES)
        # Somebody else speaks, so that every connection of the crowd is to hear.
        token = stack.token("speaker", tenantId="hall")
        organization, group = asyncio.run(_rooms(stack, token))
        yield Hall(stack, clients, token, organization, group, iter(range(1, 1_000)))


@pytest.fixture
def faults(hall: Hall) -> Iterator[GatewayFaults]:
    with GatewayFaults(hall.stack) as faults:
        yield faults


def count_of(hall: Hall, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = hall.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(value) for value in answer["Attributes"].values())


@pytest.mark.scenario("C10")
def test_everybody_in_a_large_room_has_the_message_once(hall: Hall) -> None:
    for room_id, people in ((hall.organization, PEOPLE), (hall.group, IN_GROUP)):
        mark = hall.say(room_id)
        assert hall.heard(mark, people * DEVICES) == 0


@pytest.mark.scenario("L3", "L4")
def test_records_that_come_twice_and_in_any_order_reach_everybody(
    hall: Hall, faults: GatewayFaults
) -> None:
    faults.duplicate(probability=1.0)
    faults.reorder_records(probability=1.0)
    marks = [hall.say(hall.organization) for _ in range(3)]
    assert sum(hall.heard(mark, PEOPLE * DEVICES) for mark in marks) > 0


@pytest.mark.scenario("L2")
def test_a_function_that_is_killed_while_it_pushes_is_followed_by_another(
    hall: Hall, faults: GatewayFaults
) -> None:
    faults.kill_on_post(function="FanoutFunction")
    mark = hall.say(hall.organization)
    hall.heard(mark, PEOPLE * DEVICES)


@pytest.mark.scenario("L5")
def test_poison_blocks_nobody_and_dead_letters_can_be_put_back(
    hall: Hall,
) -> None:
    letters, queue = hall.queues()
    marks = [next(hall.marks) for _ in range(9)]
    bodies = [*map(hall.record, marks[:4]), "poison", *map(hall.record, marks[4:])]
    entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
    started = time.monotonic()
    assert not hall.aws("sqs").send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")
    for mark in marks:
        hall.heard(mark, IN_GROUP * DEVICES)
    assert time.monotonic() - started < 50
    until(lambda: count_of(hall, letters) == 1, EVERYBODY_IN_S)
    lost = next(hall.marks)
    hall.aws("sqs").send_message(QueueUrl=letters, MessageBody=hall.record(lost))
    where = ["fanout", "--stack", STACK_NAME, "--endpoint-url", hall.endpoint_url]
    ran = run("redrive", *where, "--drop-unreadable")
    assert (ran.code, ran.out) == (0, "fanout: 1 put back, 1 dropped, 0 left that cannot be read\n")
    hall.heard(lost, IN_GROUP * DEVICES)
    assert count_of(hall, letters) == 0
