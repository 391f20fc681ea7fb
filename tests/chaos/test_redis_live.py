"""People with open connections, while Redis dies, loses everything and comes back (SPEC §5.7)."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.client import Client, new_id
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.e2e

# 30 s for R2 in full, 200 for R11.
DEAD_S = float(os.environ.get("REDIS_DEAD_S", "2"))
CONNECTIONS = int(os.environ.get("REDIS_CONNECTIONS", "16"))
SENDERS = 4
# SPEC §5.7 says one second, which the benchmark holds us to; here the machine may be busy.
ACKED_IN_S = 10
NO_EPOCH = "none"
RAISED = {
    "PARLEY_MESSAGES_PER_10S": "100000",
    "PARLEY_MESSAGES_PER_MINUTE": "100000",
    "PARLEY_REQUESTS_PER_MINUTE": "100000",
    "PARLEY_PRESENCE_ALL_MAX": "1000",
}

Person = tuple[str, Client]


@pytest.fixture(scope="module")
def valkey_of_all() -> Iterator[ValkeyUnderTest]:
    with ValkeyUnderTest() as server:
        yield server


@pytest.fixture(scope="module")
def stack(valkey_of_all: ValkeyUnderTest) -> Iterator[Stack]:
    with running_stack({**RAISED, "REDIS_URL": valkey_of_all.url}) as running:
        yield running


@pytest_asyncio.fixture
async def room(stack: Stack) -> AsyncIterator[tuple[str, list[Client]]]:
    """Give a group and a connection of each of its members, who all know the room."""
    tenant = f"t-{new_id()}"
    names = [f"user{number:03}" for number in range(CONNECTIONS)]
    clients = [
        await Client.open(stack.ws_url, stack.token(name, tenantId=tenant)) for name in names
    ]
    made = await clients[0].do("room.create", type="group", memberIds=names[1:])
    yield made["roomId"], clients
    for client in clients:
        await client.close()


async def send(client: Client, room_id: str) -> dict[str, Any]:
    """Send a message; return the reply with how long it took."""
    started = time.monotonic()
    reply = await client.ask("message.send", roomId=room_id, clientId=new_id(), body="hello")
    return {**reply, "tookS": time.monotonic() - started}


async def history(client: Client, room_id: str) -> list[dict[str, Any]]:
    """Return all messages of a room."""
    found: list[dict[str, Any]] = []
    has_more = True
    while has_more:
        after = found[-1]["seq"] if found else 0
        page = await client.do("message.history", roomId=room_id, after=after, limit=100)
        found += page["messages"]
        has_more = page["hasMore"]
    return found


async def beat_until_answered(client: Client) -> dict[str, Any]:
    """Send heartbeats, as a client does, until one is answered."""
    async with asyncio.timeout(60):
        while not (reply := await client.ask("presence.heartbeat", status="online"))["ok"]:
            assert reply["error"] == "UNAVAILABLE"
            await asyncio.sleep(0.2)
    answer: dict[str, Any] = reply["data"]
    return answer


async def known_epoch(client: Client) -> str:
    """Beat until nothing is amiss: whom a push missed is first told to sync, by no epoch at all."""
    while (epoch := str((await beat_until_answered(client))["epoch"])) == NO_EPOCH:
        await asyncio.sleep(0.05)
    return epoch


@pytest.mark.scenario("R2")
@pytest.mark.covers("C-73")
async def test_while_redis_is_dead_everything_sent_is_acked_and_later_everybody_has_it(
    valkey_of_all: ValkeyUnderTest, room: tuple[str, list[Client]]
) -> None:
    room_id, clients = room
    epochs = set(await asyncio.gather(*map(known_epoch, clients)))
    replies: list[dict[str, Any]] = []
    valkey_of_all.kill9()
    deadline = time.monotonic() + DEAD_S
    while time.monotonic() < deadline:
        replies += await asyncio.gather(*(send(client, room_id) for client in clients[:SENDERS]))
        await asyncio.sleep(0.05)
    valkey_of_all.start()
    assert all(reply["ok"] and reply["data"]["degraded"] for reply in replies)
    assert max(reply["tookS"] for reply in replies) < ACKED_IN_S
    stored = [message["messageId"] for message in await history(clients[-1], room_id)]
    assert sorted(stored) == sorted(reply["data"]["message"]["messageId"] for reply in replies)
    beats = await asyncio.gather(*map(beat_until_answered, clients))
    assert not {beat["epoch"] for beat in beats} & epochs
    for client in clients:
        synced = await client.do("sync.start", rooms={room_id: {"seq": 0, "rev": 0}})
        assert synced["rooms"][0]["lastSeq"] == len(stored)


@pytest.mark.scenario("R11")
async def test_everybody_hears_again_after_a_loss_without_reconnecting(
    valkey_of_all: ValkeyUnderTest, room: tuple[str, list[Client]]
) -> None:
    room_id, clients = room
    await asyncio.gather(*map(beat_until_answered, clients))
    valkey_of_all.flush()
    await asyncio.gather(*map(beat_until_answered, clients))
    sent = [(await send(clients[0], room_id))["data"]["message"] for _ in range(5)]
    for client in clients[1:]:
        for message in sent:
            assert await client.event("message:new", message.__eq__) == message
        assert len(client.named("message:new")) == len(sent)
    listed = await clients[0].do("presence.list")
    assert len(listed["users"]) == CONNECTIONS
    assert not any(user["status"] == "offline" for user in listed["users"])
