"""`ClearingStore`: everything stored is gone through, and ends when its tenant's setting says."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from parley.adapters.dynamodb.clearing import DynamoClearingStore
from parley.adapters.dynamodb.layout import clearing_key, message_key
from parley.adapters.dynamodb.table import Table, attributes_of
from parley.adapters.memory.clearing import MemoryClearingStore
from parley.domain.clearing import Aged, ClearingState
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Draft, Head, Message, MessageType
from parley.domain.revisions import Revision
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.ports import ClearingStore, Revised, Stored
from parley.ports.clearing import BEGINNING
from tests.contract.dynamodb_fixtures import Stores

NOON = datetime(2026, 11, 20, 12, 0, 0, 500_000, UTC)
NOW = NOON + timedelta(days=100)
ANNA = UserId("anna")
ROOM = RoomId("g-1")


@dataclass(frozen=True, slots=True)
class Place:
    """A store of each kind, and a tenant of its own."""

    store: ClearingStore
    stores: Stores
    tenant: TenantId

    def say(self, seq: int, room: RoomId = ROOM, days: int = 0) -> Message:
        """Store a message."""
        text, name = MessageType.TEXT, f"c{seq}"
        draft = Draft(self.tenant, room, name, ANNA, "Anna", text, "hi", NOON, kept_days=days)
        outcome = self.stores.messages.append(draft, seq)
        assert isinstance(outcome, Stored)
        return outcome.message

    def all(self) -> list[Aged]:
        """Go through everything, and return what is the tenant's."""
        found: list[Aged] = []
        place: str | None = BEGINNING
        while place is not None:
            page, place = self.store.page(place)
            found += page
        return sorted(
            (aged for aged in found if aged.tenant_id == self.tenant),
            key=lambda aged: (aged.room_id, aged.seq),
        )


@pytest.fixture
def place(stores: Stores, tenant: TenantId, request: pytest.FixtureRequest) -> Place:
    if request.node.callspec.params["stores"] == "memory":
        return Place(MemoryClearingStore(stores.messages), stores, tenant)  # type: ignore[arg-type]
    table: Table = request.getfixturevalue("dynamodb")
    table.client.delete_item(TableName=table.name, Key=attributes_of(clearing_key()))
    return Place(DynamoClearingStore(table), stores, tenant)


def test_its_state_comes_back_as_it_was_noted(place: Place) -> None:
    store = place.store
    assert store.state() == ClearingState()
    store.note_default(30)
    assert store.state() == ClearingState(default_days=30)
    store.ask(NOON)
    store.note(NOON, "here")
    assert store.state() == ClearingState(NOON, NOON, "here", 30)
    store.ask(NOW)
    store.note(NOON, None)
    store.note_default(0)
    assert store.state() == ClearingState(NOW, NOON, None, 0)


def test_every_message_of_every_room_comes_once(place: Place) -> None:
    rooms = [RoomId(f"g-{n}") for n in range(3)]
    for room in rooms:
        place.stores.rooms.create(
            Roster(
                Room(room, place.tenant, RoomType.GROUP, ANNA, NOON, 1), {ANNA: MemberRole.OWNER}
            )
        )
        for seq in range(1, 121):
            place.say(seq, room, days=seq % 2)
    assert place.all() == [
        Aged(place.tenant, room, seq, NOON, seq % 2) for room in rooms for seq in range(1, 121)
    ]


def test_a_limited_message_ends_and_its_room_goes_on(place: Place) -> None:
    first, second, third = (place.say(seq) for seq in (1, 2, 3))
    for aged in place.all()[:2]:
        place.store.limit(aged, 30, NOW)
    messages = place.stores.messages
    assert messages.ends(place.tenant, [ROOM]) == {ROOM: 3}
    limited = [replace(first, kept_days=30), replace(second, kept_days=30), third]
    assert messages.page(place.tenant, ROOM, limit=9, newest=True) == limited
    assert messages.head(place.tenant, ROOM) == Head(3, third)
    for seq in (1, 2, 3):
        place.stores.remove_message(place.tenant, ROOM, seq)
    assert messages.head(place.tenant, ROOM) == Head(3)


def test_what_is_gone_or_goes_earlier_stays_so(place: Place) -> None:
    place.say(1, days=7)
    place.say(2)
    first, second = place.all()
    place.store.limit(first, 30, NOW)
    place.stores.remove_message(place.tenant, ROOM, 2)
    place.store.limit(second, 30, NOW)
    assert [(aged.seq, aged.kept_days) for aged in place.all()] == [(1, 7)]
    place.store.limit(first, 3, NOW)
    assert [aged.kept_days for aged in place.all()] == [3]


def test_a_limited_message_can_still_be_changed(place: Place) -> None:
    room = Room(ROOM, place.tenant, RoomType.GROUP, ANNA, NOON, 1)
    place.stores.rooms.create(Roster(room, {ANNA: MemberRole.OWNER}))
    place.say(1)
    place.store.limit(place.all()[0], 30, NOW)
    message = place.stores.messages.get(place.tenant, ROOM, 1)
    assert message is not None
    edited = replace(message, body="better", rev=1)
    outcome = place.stores.rooms.revise(Revision(replace(room, rev=1), edited, 0))
    assert isinstance(outcome, Revised)
    assert [aged.kept_days for aged in place.all()] == [30]


@pytest.mark.parametrize("stores", ["dynamodb"], indirect=True)
@pytest.mark.parametrize(
    ("days", "end"),
    [(200, NOON + timedelta(days=200)), (1, NOW), (100, NOW), (99, NOW)],
)
def test_dynamodb_is_told_of_no_moment_that_is_long_over(
    place: Place, dynamodb: Table, days: int, end: datetime
) -> None:
    place.say(1)
    place.store.limit(place.all()[0], days, NOW)
    item = dynamodb.get(message_key(place.tenant, ROOM, 1))
    assert item is not None
    assert int(item["ttl"]["N"]) == math.ceil(end.timestamp())


@pytest.mark.parametrize("stores", ["dynamodb"], indirect=True)
def test_an_end_is_stored_anew_in_each_slice(place: Place) -> None:
    place.say(1)
    place.store.limit(place.all()[0], 30, NOW)
    # Meanwhile everything was kept for ever, and then not.
    place.say(2)
    place.store.state()
    place.store.limit(place.all()[1], 30, NOW)
    assert place.stores.messages.ends(place.tenant, [ROOM]) == {ROOM: 2}
