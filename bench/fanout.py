"""Events for thousands of connections: how long until the last has it, and who else waits.

One tenant has an organization room, and a group of a thousand with some devices each. While
messages go to all of them, people of another tenant chat in small rooms, and their deliveries are
timed apart. Execution environments are started before: here they take the CPU of the machine that
everybody shares, on AWS that of others. What that costs the small rooms is told apart, as
``starting``.
"""

import argparse
import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from typing_extensions import override

from bench.crowd import Crowd, crowd
from bench.load import RAISED_LIMITS, percentiles
from tests.support.client import Client, new_id
from tests.support.stack import Stack, running_stack

SETTINGS = {
    **RAISED_LIMITS,
    "PARLEY_CONNECTS_PER_MINUTE": "100000",
    "GATEWAY_CONNECT_RATE_PER_S": "0",
    # Nobody in the crowd beats; nobody may be swept for it.
    "PARLEY_LEASE_TTL_S": "3600",
}
MEMBERS_MAX = 1_000
MEMBERS_A_CALL = 200
LAST_IN_S = 30.0
SMALL_ROOMS = 10
SMALL_ROOM_PEOPLE = 3
SMALL_ROOMS_RATE = 20.0
QUIET_S = 5.0
WARM_MESSAGES = 5
WARM_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: so many connections of people with some devices, some messages to all of them."""

    connections: int = 5_000
    devices: int = 5
    messages: int = 5
    pause: float = 3.0


@dataclass(slots=True)
class Spread:
    """What became of the messages into one large room."""

    ack_ms: list[float] = field(default_factory=list)
    last_ms: list[float] = field(default_factory=list)
    lost: int = 0
    repeats: int = 0

    def report(self) -> dict[str, Any]:
        """Return the figures under their published names."""
        return {
            "messages": len(self.ack_ms),
            "ackMs": round(max(self.ack_ms)),
            "lastMs": [round(ms) for ms in self.last_ms],
            "lost": self.lost,
            "repeats": self.repeats,
        }


class SmallRoom(Client):
    """Somebody in a small room, who notes how old messages are when they come."""

    ages_ms: list[float]

    @override
    def on_event(self, name: str, data: dict[str, Any]) -> None:
        """Note a message; its body is when it was due."""
        if name == "message:new":
            self.ages_ms.append((time.monotonic() - float(data["body"])) * 1000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Offer the plan's fields as options."""
    plan = Plan()
    parser.add_argument("--connections", type=int, default=plan.connections)
    parser.add_argument("--devices", type=int, default=plan.devices, help="of each person")
    parser.add_argument("--messages", type=int, default=plan.messages, help="into each room")
    parser.add_argument("--pause", type=float, default=plan.pause, help="seconds between them")


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Start Parley and the crowd, and return the figures."""
    plan = Plan(**options)
    with running_stack(SETTINGS) as stack, crowd() as clients:
        return asyncio.run(measure(stack, clients, plan))


async def measure(stack: Stack, clients: Crowd, plan: Plan) -> dict[str, Any]:
    """Measure a running Parley."""
    tenant = f"crowd-{uuid.uuid4().hex[:8]}"
    people = max(1, plan.connections // plan.devices)
    tokens = await asyncio.to_thread(_tokens, stack, tenant, people)
    devices = [tokens[number % people] for number in range(plan.connections)]
    opened_s = await asyncio.to_thread(clients.open, stack.port, devices)
    sender = await Client.open(stack.ws_url, tokens[0])
    rooms = {
        "organization": (await sender.do("room.create", type="organization"))["roomId"],
        "group": await _group(stack, sender, tokens[0], people),
    }
    async with _small_rooms(stack) as small:
        marks = iter(range(1_000_000))
        warm = replace(plan, messages=WARM_MESSAGES, pause=WARM_PAUSE_S)
        starting, _ = await _spread_to_all(small, clients, sender, rooms, warm, marks)
        quiet = await small.chat(asyncio.sleep(QUIET_S))
        ages, spreads = await _spread_to_all(small, clients, sender, rooms, plan, marks)
    await sender.close()
    return {
        "connections": plan.connections,
        "people": people,
        "openedPerS": round(plan.connections / opened_s),
        **{kind: spread.report() for kind, spread in spreads.items()},
        "otherRoomsMs": {
            "quiet": percentiles(quiet),
            "starting": percentiles(starting),
            "meanwhile": percentiles(ages),
        },
    }


async def _spread_to_all(
    small: "SmallRooms",
    clients: Crowd,
    sender: Client,
    rooms: Mapping[str, str],
    plan: Plan,
    marks: Iterator[int],
) -> tuple[list[float], dict[str, Spread]]:
    """Send to each large room; gives the ages of small rooms' messages, and what became of ours."""
    spreads: dict[str, Spread] = {}
    ages: list[float] = []
    for kind, room_id in rooms.items():
        spreads[kind] = spread = Spread()
        wanted = (
            min(plan.connections, MEMBERS_MAX * plan.devices)
            if kind == "group"
            else plan.connections
        )
        ages += await small.chat(_spread(clients, sender, room_id, plan, wanted, marks, spread))
    return ages, spreads


def _tokens(stack: Stack, tenant: str, people: int) -> list[str]:
    return [stack.token(f"u{number}", tenantId=tenant) for number in range(people)]


async def _group(stack: Stack, owner: Client, token: str, people: int) -> str:
    room = await owner.do("room.create", type="group", name="everybody")
    members = [f"u{number}" for number in range(1, min(people, MEMBERS_MAX))]
    for first in range(0, len(members), MEMBERS_A_CALL):
        path = f"/api/rooms/{room['roomId']}/members"
        part = {"userIds": members[first : first + MEMBERS_A_CALL]}
        await asyncio.to_thread(stack.post, path, part, token)
    return str(room["roomId"])


async def _spread(
    clients: Crowd,
    sender: Client,
    room_id: str,
    plan: Plan,
    wanted: int,
    marks: Iterator[int],
    spread: Spread,
) -> None:
    """Send messages to everybody, one after another."""
    for mark in itertools.islice(marks, plan.messages):
        started = time.monotonic()
        await sender.do("message.send", roomId=room_id, clientId=f"fan-{mark}", body="x" * 100)
        acked = time.monotonic()
        count, repeats, last = 0, 0, started
        while count < wanted and time.monotonic() - started < LAST_IN_S:
            # Asked seldom: each question costs the crowd a moment.
            await asyncio.sleep(0.1)
            count, repeats, last = await asyncio.to_thread(clients.seen, mark)
        spread.lost += wanted - count
        spread.repeats += repeats
        spread.ack_ms.append((acked - started) * 1000)
        spread.last_ms.append((last - started) * 1000)
        await asyncio.sleep(plan.pause)


# --- Other people --------------------------------------------------------------------------------


@dataclass(slots=True)
class SmallRooms:
    """People of another tenant, in small rooms."""

    rooms: list[str]
    members: list[list[SmallRoom]]
    ages_ms: list[float]

    async def chat(self, meanwhile: Coroutine[Any, Any, None]) -> list[float]:
        """Chat at a steady rate as long as something lasts; give the ages of what was delivered."""
        self.ages_ms.clear()
        chatting = asyncio.create_task(self._chat())
        try:
            await meanwhile
        finally:
            chatting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await chatting
        return list(self.ages_ms)

    async def _chat(self) -> None:
        started, number = time.monotonic(), 0
        sends: set[asyncio.Task[Any]] = set()
        while True:
            due = started + number / SMALL_ROOMS_RATE
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            place = number % len(self.rooms)
            message = {"roomId": self.rooms[place], "clientId": new_id(), "body": repr(due)}
            send = asyncio.create_task(self.members[place][0].do("message.send", **message))
            sends.add(send)
            send.add_done_callback(sends.discard)
            number += 1


@contextlib.asynccontextmanager
async def _small_rooms(stack: Stack) -> AsyncIterator[SmallRooms]:
    tenant = f"small-{uuid.uuid4().hex[:8]}"
    ages_ms: list[float] = []
    members = [
        [
            await _small(stack, tenant, f"r{room}-{number}", ages_ms)
            for number in range(SMALL_ROOM_PEOPLE)
        ]
        for room in range(SMALL_ROOMS)
    ]
    rooms = [await _room_of(room, people) for room, people in enumerate(members)]
    try:
        yield SmallRooms(rooms, members, ages_ms)
    finally:
        await asyncio.gather(*(each.close() for people in members for each in people))


async def _small(stack: Stack, tenant: str, name: str, ages_ms: list[float]) -> SmallRoom:
    token = await asyncio.to_thread(stack.token, name, tenantId=tenant)
    client = await SmallRoom.open(stack.ws_url, token)
    client.ages_ms = ages_ms
    return client


async def _room_of(room: int, people: Sequence[SmallRoom]) -> str:
    names = [f"r{room}-{number}" for number in range(1, len(people))]
    made = await people[0].do("room.create", type="group", memberIds=names)
    return str(made["roomId"])
