"""How many bytes of Redis things take: docs/redis-modes.md says it, and this measures it."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from parley.domain.ids import MessageId, RoomId, TenantId, UserId
from parley.domain.messages import Head, Message, MessageType
from parley.domain.presence import Status
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.ports import RateLimit
from tests.contract.redis_fixtures import Caches, Server, redis_caches

PAGE = Path(__file__).resolve().parents[2] / "docs" / "redis-modes.md"
# Another allocator or version counts a little differently.
WITHIN = 0.25
PEOPLE = 500
ROOMS = 100
PICTURE = "https://example.com/pictures/0123456789abcdef.png"
SENT = RateLimit("message", ((10, 10), (60, 60)))


@dataclass(slots=True)
class Scale:
    """Weighs what is put into one tenant, all of it under one prefix."""

    caches: Caches
    tenant: TenantId
    admin: Any

    def weight(self) -> int:
        keys = list(self.admin.scan_iter(f"{self.caches.prefix}:*", count=1_000))
        return sum(self.admin.memory_usage(key, samples=0) for key in keys)

    def added_by(self, put: Callable[[], Any]) -> int:
        before = self.weight()
        put()
        return self.weight() - before

    # --- What is weighed ---------------------------------------------------------------------

    def people(self, number: int, device: str) -> None:
        for place in range(number):
            user, name = f"user-{place:05}", f"{device}{place:09}AbCdE="
            connection = self.caches.connection(self.tenant, user, name)
            caller = replace(connection.caller, name="Anna Zimmermann", picture=PICTURE)
            self.caches.presence.register(replace(connection, caller=caller), Status.ONLINE)
        self.caches.announce(self.tenant)

    def rooms(self, number: int, members: int) -> None:
        for place in range(number):
            room_id = RoomId(f"g-{members:04}{place:028}")
            people = [UserId(f"user-{place:05}") for place in range(members)]
            self.caches.rooms.put_roster(roster_of(self.tenant, room_id, people))
            head = Head(1, message_of(room_id))
            self.caches.rooms.raise_heads(self.tenant, {room_id: head})
            self.caches.rooms.log_changes(self.tenant, [room_id])

    def room_lists(self, number: int, rooms: int) -> None:
        found = [RoomId(f"g-0010{place:028}") for place in range(rooms)]
        for place in range(number):
            user = UserId(f"user-{place:05}")
            self.caches.rooms.add_rooms(self.tenant, user, found, complete=True)

    def subscriptions(self, number: int, people: int) -> None:
        asked = [UserId(f"user-{place:05}") for place in range(people)]
        for place in range(number):
            user, name = f"user-{place:05}", f"a{place:09}AbCdE="
            connection = self.caches.connection(self.tenant, user, name)
            assert self.caches.presence.subscribe(connection, asked)

    def messages(self, number: int) -> None:
        connection = self.caches.connection(self.tenant, "user-00000", "x")
        for _ in range(number):
            self.caches.clock.advance(1.1)
            self.caches.rooms.allow(connection, SENT)


def roster_of(tenant: TenantId, room_id: RoomId, people: list[UserId]) -> Roster:
    room = Room(
        room_id=room_id,
        tenant_id=tenant,
        type=RoomType.GROUP,
        created_by=people[0],
        created_at=datetime.fromtimestamp(1_800_000_000, UTC),
        member_count=len(people),
        name="The name of a room",
    )
    return Roster(room, dict.fromkeys(people, MemberRole.MEMBER))


def message_of(room_id: RoomId) -> Message:
    return Message(
        message_id=MessageId("000000000001AbCdEfGhIj"),
        room_id=room_id,
        seq=1,
        client_id=str(uuid.UUID(int=1)),
        sender_id=UserId("user-00000"),
        sender_name="Anna Zimmermann",
        type=MessageType.TEXT,
        body="A message of some length, as people write them. " * 2,
        created_at=datetime.fromtimestamp(1_800_000_000, UTC),
    )


@pytest.fixture
def scale(valkey: Server) -> Iterator[Scale]:
    client = valkey.client()
    caches = redis_caches(valkey, client)
    with valkey.admin() as admin:
        yield Scale(caches, TenantId("weighed"), admin)
    client.close()


def measured(scale: Scale) -> dict[str, float]:
    """Return the bytes of each thing, by its name in the page's table."""
    weights = {
        "person": scale.added_by(lambda: scale.people(PEOPLE, "a")) / PEOPLE,
        "further connection": scale.added_by(lambda: scale.people(PEOPLE, "b")) / PEOPLE,
        "room of 10": scale.added_by(lambda: scale.rooms(ROOMS, 10)) / ROOMS,
        "room of 1,000": scale.added_by(lambda: scale.rooms(10, 1_000)) / 10,
        "list of 20 rooms": scale.added_by(lambda: scale.room_lists(PEOPLE, 20)) / PEOPLE,
        "subscription to 100": scale.added_by(lambda: scale.subscriptions(100, 100)) / 100,
        "60 messages a minute": scale.added_by(lambda: scale.messages(50)),
    }
    assert all(weight > 0 for weight in weights.values()), weights
    return weights


def test_the_page_says_what_things_weigh(scale: Scale) -> None:
    rows = re.findall(r"^\| ([^|]+?) \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    said = {name: int(weight.replace(",", "")) for name, weight in rows}
    weights = measured(scale)
    wrong = {
        name: (said.get(name), round(weights.get(name, 0)))
        for name in said.keys() | weights.keys()
        if abs(said.get(name, 0) - weights.get(name, 0)) > WITHIN * weights.get(name, 0)
    }
    assert not wrong, f"(written, measured): {wrong}"
