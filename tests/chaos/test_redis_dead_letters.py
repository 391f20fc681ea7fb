"""Redis is away for longer than a queue tries: nothing but poison dies of it (SPEC §5.8)."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.support.client import Client, new_id
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.stack import Stack, running_stack, until

pytestmark = pytest.mark.e2e

# A record that failed comes again after a second, not after a minute: five tries take five seconds.
SETTINGS = {"GATEWAY_QUEUE_RETRY_S": "1"}
DEAD_IN_S = 90
POISON = ("poison", json.dumps({"kind": "presence"}))
GOING_AWAY = 4002


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues of a running Parley."""

    sqs: Any

    @classmethod
    def of(cls, stack: Stack) -> "Queues":
        port = (stack.data_dir / "aws" / "port").read_text()
        secret = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        url = f"http://127.0.0.1:{port}"
        return cls(boto3.client("sqs", endpoint_url=url, region_name="us-east-1", **secret))

    def url(self, name: str) -> str:
        (found,) = [url for url in self.sqs.list_queues()["QueueUrls"] if f"-{name}" in url]
        return str(found)

    def put(self, name: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url(name), MessageBody=body)

    def count(self, name: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=names)
        return sum(int(value) for value in answer["Attributes"].values())


@pytest.fixture(scope="module")
def redis() -> Iterator[ValkeyUnderTest]:
    with ValkeyUnderTest() as server:
        yield server


@pytest.fixture(scope="module")
def stack(redis: ValkeyUnderTest) -> Iterator[Stack]:
    with running_stack({**SETTINGS, "REDIS_URL": redis.url}) as running:
        yield running


def room_event(tenant: str, room_id: str) -> str:
    """Return an event for a large room, as a sender queued it some while ago."""
    frame = b64encode(b'{"event": "message:new", "data": {}}').decode()
    where = {"tenantId": tenant, "roomId": room_id, "without": "", "at": time.time() - 60}
    return json.dumps({"v": 1, "kind": "room", "frame": frame, **where})


async def beat(client: Client) -> bool:
    """Send a heartbeat; tell whether it was answered."""
    return bool((await client.ask("presence.heartbeat", status="online"))["ok"])


async def beat_until(clients: list[Client], event: Any) -> None:
    """Beat, as clients do, until something happened."""
    async with asyncio.timeout(DEAD_IN_S):
        while not event():
            await asyncio.gather(*map(beat, clients))
            await asyncio.sleep(0.5)


@pytest.mark.scenario("R2")
async def test_while_redis_is_away_only_poison_becomes_a_dead_letter(
    stack: Stack, redis: ValkeyUnderTest
) -> None:
    tenant, queues = f"t-{new_id()}", Queues.of(stack)
    anna, ben, carl = [
        await Client.open(stack.ws_url, stack.token(name, tenantId=tenant))
        for name in ("anna", "ben", "carl")
    ]
    made = await anna.do("room.create", type="group", memberIds=["ben", "carl"])
    for seq in (1, 2):
        await anna.do("message.send", roomId=made["roomId"], clientId=new_id(), body="hello")
        # The second is held back, to be told a second later.
        await carl.do("receipt.read", roomId=made["roomId"], seq=seq)
    await beat_until([anna, ben, carl], lambda: "online" in seen_of(anna, "ben"))
    await ben.close()
    await asyncio.to_thread(until, lambda: not is_registered(redis, "ben"))
    redis.cut()
    root = stack.token("root", role="service", tenantId=tenant)
    await asyncio.to_thread(stack.post, "/api/users/carl/revoke", {}, root)
    for body in POISON:
        queues.put("FlushQueue", body)
    queues.put("FanoutQueue", room_event(tenant, made["roomId"]))
    dead = "FlushDeadLetters"
    await asyncio.to_thread(until, lambda: queues.count(dead) == len(POISON), DEAD_IN_S)
    # What was there before them has had its five tries as well; what is delayed gets them now.
    await asyncio.sleep(8)
    assert (queues.count(dead), queues.count("FanoutDeadLetters")) == (len(POISON), 0)
    redis.clear()
    await beat_until([anna], lambda: carl.named("bye"))
    assert carl.named("bye")[0]["code"] == GOING_AWAY
    await beat_until([anna], lambda: "offline" in seen_of(anna, "ben"))
    assert (queues.count(dead), queues.count("FanoutDeadLetters")) == (len(POISON), 0)
    await anna.close()
    await carl.close()


def is_registered(redis: ValkeyUnderTest, user: str) -> bool:
    """Tell whether Redis knows a connection of somebody."""
    with redis.admin() as admin:
        return any(admin.hexists(key, user) for key in admin.scan_iter("*:conns"))


def seen_of(client: Client, user: str) -> list[str]:
    """Return what a client heard of somebody, in order."""
    updates = [each for event in client.named("presence:update") for each in event["users"]]
    return [each["status"] for each in updates if each["userId"] == user]
