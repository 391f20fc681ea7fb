"""Everybody loses their connection at once, and comes back (C6)."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.http11 import USER_AGENT

from bench.chaos.client import Device
from bench.chaos.ledger import Ledger
from bench.chaos.person import Person, Seen
from bench.chaos.wire import Wire
from tests.support.client import Client, new_id
from tests.support.faults.gateway import GatewayFaults
from tests.support.house import House, house, insist
from tests.support.stack import Stack

MEMBERS = 10
# A busy machine needs a while for what is done in seconds.
PATIENCE_S = 180
# So many come at a time, at first; a multiple of MEMBERS.
AT_A_TIME = 10


@dataclass(frozen=True, slots=True)
class Storm:
    """How everybody came back.

    Attributes:
        people: How many there are, each with a connection.
        took_s: Until the last of them had everything.
        refused: Handshakes that got 429.
        asked: What the clients asked for meanwhile, by operation.
    """

    people: int
    took_s: float
    refused: int
    asked: Counter[str]


async def storm(stack: Stack, faults: GatewayFaults, people: int, per_second: float) -> Storm:
    """Cut everybody off, talk in their absence, and wait until they have come back.

    Args:
        stack: Where to.
        faults: Of this one.
        people: How many.
        per_second: How many handshakes a second are let in.
    """
    chances = random.Random(6)  # noqa: S311 - delays
    seen = Seen()
    async with house(stack) as home:
        # Called otherwise than the devices, so that it stays.
        speaker = await home.person("speaker", "speaker")
        names = [f"user-{number}" for number in range(people)]
        rooms = [
            await home.group(speaker, *names[start : start + MEMBERS])
            for start in range(0, people, MEMBERS)
        ]
        devices = [_device(home, name, seen, chances) for name in names]
        try:
            await _arrive(devices, rooms)
            with counted_commands() as asked:
                return await _cut_off(speaker, faults, per_second, devices, rooms, asked)
        finally:
            await asyncio.gather(*(device.end() for device in devices))


def _device(home: House, name: str, seen: Seen, chances: random.Random) -> Device:
    person = Person(home.tenant, name, home.token(name), f"canary-{home.tenant}-")
    chance = random.Random(chances.random())  # noqa: S311 - delays
    return Device(home.stack.ws_url, person, Ledger(), seen, chance)


async def _arrive(devices: Sequence[Device], rooms: Sequence[str]) -> None:
    ends = dict.fromkeys(rooms, 0)
    for start in range(0, len(devices), AT_A_TIME):
        some = devices[start : start + AT_A_TIME]
        for device in some:
            device.come()
        await _all_show(some, rooms[start // MEMBERS :], ends)


async def _cut_off(
    speaker: Client,
    faults: GatewayFaults,
    per_second: float,
    devices: Sequence[Device],
    rooms: Sequence[str],
    asked: Counter[str],
) -> Storm:
    seen = devices[0].seen
    seen.counts.clear()
    faults.refuse_connects(per_second=per_second)
    began = time.monotonic()
    assert faults.cut_all(user_agent=USER_AGENT) >= len(devices)
    ends = {}
    for room_id in rooms:
        said = {"roomId": room_id, "clientId": new_id(), "body": "while you were away"}
        reply = await insist(speaker, "message.send", **said)
        ends[room_id] = int(reply["message"]["seq"])
    await _all_show(devices, rooms, ends)
    took_s = time.monotonic() - began
    return Storm(len(devices), took_s, seen.counts["handshake 429"], asked)


async def _all_show(
    devices: Sequence[Device], rooms: Sequence[str], ends: Mapping[str, int]
) -> None:
    """Wait until each device is connected and has its room up to its end."""

    def shows(place: int) -> bool:
        device, room_id = devices[place], rooms[place // MEMBERS]
        view = device.rooms.get(room_id)
        return device.is_synced and view is not None and view.tip == ends[room_id]

    async with asyncio.timeout(PATIENCE_S):
        while not all(shows(place) for place in range(len(devices))):
            await asyncio.sleep(0.05)


@contextmanager
def counted_commands() -> Iterator[Counter[str]]:
    """Count what all devices ask for, by operation."""
    asked: Counter[str] = Counter()
    ask = Wire.ask

    async def counting(wire: Wire, operation: str, data: dict[str, Any]) -> Any:
        asked[operation] += 1
        return await ask(wire, operation, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wire, "ask", counting)
        yield asked
