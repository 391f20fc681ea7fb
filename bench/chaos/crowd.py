"""The people of a chaos run: some tenants, rooms of ten, some with two devices."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from bench.chaos.client import Device
from bench.chaos.ledger import Ledger
from bench.chaos.person import Person, Seen
from bench.chaos.plan import Plan
from tests.support.stack import Stack

T = TypeVar("T")

SETTLED_IN_S = 300.0
COME_AT_ONCE = 20
TOKEN_S = 7 * 24 * 3600
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody, and where they talk.

    Attributes:
        rooms: The groups of each person.
        open_rooms: The room of each whole tenant.
        readers: For each room, a person who may read it.
    """

    devices: Sequence[Device]
    rooms: dict[Person, str]
    open_rooms: dict[str, str]
    readers: dict[str, Person]

    def rooms_of(self, device: Device) -> tuple[str, str]:
        """Return the rooms that a device shows: its group, and that of the whole tenant."""
        person = device.person
        return self.rooms[person], self.open_rooms[person.tenant]


async def gathered(
    stack: Stack, plan: Plan, ledger: Ledger, seen: Seen, chance: random.Random
) -> Crowd:
    """Make people and rooms, and let everybody connect and catch up."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        people = await in_threads(threads, lambda sub: _person(stack, *sub), _names(plan))
        groups = _groups(people, plan.room_size)
        made = await in_threads(threads, lambda group: _room(stack, group), groups)
        firsts = list({person.tenant: person for person in reversed(people)}.values())
        opened = await in_threads(threads, lambda person: _open_room(stack, person), firsts)
    rooms = {
        person: room_id for room_id, group in zip(made, groups, strict=True) for person in group
    }
    readers = dict(zip(made, (group[0] for group in groups), strict=True))
    readers |= dict(zip(opened, firsts, strict=True))
    tenants = {person.tenant: room_id for room_id, person in zip(opened, firsts, strict=True)}
    twice = people[: plan.connections - len(people)]
    devices = [
        Device(stack.ws_url, person, ledger, seen, random.Random(chance.random()))  # noqa: S311
        for person in [*people, *twice]
    ]
    crowd = Crowd(devices, rooms, tenants, readers)
    await _settled(crowd)
    return crowd


def _names(plan: Plan) -> list[tuple[str, str]]:
    people = round(plan.connections / (1 + plan.two_devices))
    # The same user ids in every tenant.
    return [
        (f"tenant{number % plan.tenants}s{plan.seed}", f"user-{number // plan.tenants}")
        for number in range(people)
    ]


def _person(stack: Stack, tenant: str, user_id: str) -> Person:
    token = stack.token(user_id, tenantId=tenant, expiresIn=TOKEN_S)
    return Person(tenant, user_id, token, f"canary-{tenant}-")


def _groups(people: Sequence[Person], size: int) -> list[list[Person]]:
    tenants = dict.fromkeys(person.tenant for person in people)
    members = [[person for person in people if person.tenant == tenant] for tenant in tenants]
    return [
        of_tenant[start : start + size]
        for of_tenant in members
        for start in range(0, len(of_tenant), size)
    ]


def _room(stack: Stack, group: Sequence[Person]) -> str:
    asked: dict[str, Any] = {"type": "group", "memberIds": [p.user_id for p in group[1:]]}
    return str(stack.post("/api/rooms", asked, group[0].token)["roomId"])


def _open_room(stack: Stack, person: Person) -> str:
    room = stack.post("/api/rooms", {"type": "organization", "name": "all"}, person.token)
    return str(room["roomId"])


async def in_threads(
    threads: ThreadPoolExecutor, work: Callable[[Any], T], items: Iterable[Any]
) -> list[T]:
    """Do something that waits for answers, with each of these; the results in their order."""
    loop = asyncio.get_running_loop()
    return await asyncio.gather(*(loop.run_in_executor(threads, work, item) for item in items))


async def _settled(crowd: Crowd) -> None:
    """Let them come, not too many at once, and wait until everybody knows their rooms."""
    deadline = time.monotonic() + SETTLED_IN_S
    to_come = list(crowd.devices)
    away: list[Device] = []
    while to_come or away:
        away = [device for device in away if not _is_settled(crowd, device)]
        while to_come and len(away) < COME_AT_ONCE:
            away.append(to_come.pop())
            away[-1].come()
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(away) + len(to_come)} never came: {away[0].seen}")
        await asyncio.sleep(0.1)


def _is_settled(crowd: Crowd, device: Device) -> bool:
    return device.is_synced and set(crowd.rooms_of(device)) <= device.rooms.keys()
