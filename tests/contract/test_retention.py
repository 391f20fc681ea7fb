"""What is left of rooms whose messages expire: one order, no holes, exactly once; both stores."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from parley.adapters.dynamodb.layout import (
    end_key,
    marker_key,
    message_key,
    revision_key,
)
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Draft, Head, Message, MessageType
from parley.domain.retention import LEAST_STORED_DAYS
from parley.domain.revisions import Revision
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.ports import Outdated, Repeated, Revised, Stored, Taken
from tests.contract.dynamodb_fixtures import Stores, at_once

NOON = datetime(2026, 11, 20, 12, 0, 0, 500_000, UTC)
ROOM, OTHER = RoomId("g-1"), RoomId("g-2")
ANNA = UserId("anna")
DAYS = 30


def a_draft(tenant: TenantId, client_id: str, kept_days: int = DAYS) -> Draft:
    text = MessageType.TEXT
    return Draft(tenant, ROOM, client_id, ANNA, "Anna", text, "hello", NOON, kept_days=kept_days)


def say(stores: Stores, tenant: TenantId, seq: int, kept_days: int = DAYS) -> Message:
    outcome = stores.messages.append(a_draft(tenant, f"c{seq}", kept_days), seq)
    assert isinstance(outcome, Stored)
    return outcome.message


def fill(stores: Stores, tenant: TenantId, count: int, kept_days: int = DAYS) -> list[Message]:
    return [say(stores, tenant, seq, kept_days) for seq in range(1, count + 1)]


def expire(stores: Stores, tenant: TenantId, *gone: int) -> None:
    for seq in gone:
        stores.remove_message(tenant, ROOM, seq)


def seqs(messages: list[Message]) -> list[int]:
    return [message.seq for message in messages]


def a_room(stores: Stores, tenant: TenantId) -> Room:
    room = Room(ROOM, tenant, RoomType.GROUP, ANNA, NOON, 1, "Team")
    return stores.rooms.create(Roster(room, {ANNA: MemberRole.OWNER}))


def announced(stores: Stores, room: Room, end: int, kept_days: int = DAYS) -> object:
    draft = replace(a_draft(room.tenant_id, f"rev-{room.rev + 1}", kept_days), body="renamed")
    renamed = replace(room, rev=room.rev + 1, name=f"name {room.rev}")
    return stores.rooms.revise(Revision(renamed, announcement=draft, end=end))


# --- The room's end -------------------------------------------------------------------------------


def test_a_message_comes_back_with_how_long_it_is_kept(stores: Stores, tenant: TenantId) -> None:
    message = say(stores, tenant, 1)
    assert message.kept_days == DAYS
    assert stores.messages.get(tenant, ROOM, 1) == message
    assert stores.messages.head(tenant, ROOM) == Head(1, message)
    assert stores.messages.page(tenant, ROOM, limit=9, newest=True) == [message]


def test_a_room_whose_messages_are_all_gone_goes_on_where_it_was(
    stores: Stores, tenant: TenantId
) -> None:
    fill(stores, tenant, 5)
    expire(stores, tenant, 2, 5, 1, 3, 4)
    assert stores.messages.head(tenant, ROOM) == Head(5)
    assert stores.messages.ends(tenant, [ROOM, OTHER]) == {ROOM: 5}
    assert stores.messages.page(tenant, ROOM, limit=9, newest=True) == []
    sixth = say(stores, tenant, 6)
    assert stores.messages.head(tenant, ROOM) == Head(6, sixth)


def test_the_end_stays_though_the_last_message_goes_before_older_ones(
    stores: Stores, tenant: TenantId
) -> None:
    fill(stores, tenant, 4)
    expire(stores, tenant, 4)
    assert stores.messages.head(tenant, ROOM) == Head(4)


def test_whoever_is_misled_by_an_old_hint_gets_no_number_twice(
    stores: Stores, tenant: TenantId
) -> None:
    fill(stores, tenant, 3)
    expire(stores, tenant, 1, 2, 3)
    for seq in (1, 2, 3):
        assert stores.messages.append(a_draft(tenant, "late"), seq) == Taken(seq)
    assert stores.messages.found(a_draft(tenant, "late")) is None
    assert isinstance(stores.messages.append(a_draft(tenant, "late"), 4), Stored)


def test_rooms_that_keep_everything_have_no_end_apart(stores: Stores, tenant: TenantId) -> None:
    messages = fill(stores, tenant, 3, kept_days=0)
    assert stores.messages.ends(tenant, [ROOM]) == {}
    assert stores.messages.head(tenant, ROOM) == Head(3, messages[2])


@pytest.mark.parametrize("pattern", list(itertools.product([0, DAYS], repeat=4)))
def test_the_end_is_right_whenever_the_setting_changes(
    stores: Stores, tenant: TenantId, pattern: tuple[int, ...]
) -> None:
    messages = [say(stores, tenant, n, days) for n, days in enumerate(pattern, 1)]
    expire(stores, tenant, *(m.seq for m in messages if m.kept_days))
    left = [m for m in messages if not m.kept_days]
    last = left[-1] if left and left[-1].seq == 4 else None
    assert stores.messages.head(tenant, ROOM) == Head(4, last)
    assert say(stores, tenant, 5).seq == 5


def test_eight_senders_racing_in_a_room_that_is_gone_get_one_winner(
    stores: Stores, tenant: TenantId
) -> None:
    fill(stores, tenant, 2)
    expire(stores, tenant, 1, 2)
    drafts = [a_draft(tenant, f"race-{number}") for number in range(8)]
    outcomes = at_once(8, lambda number: stores.messages.append(drafts[number], 3))
    assert sum(isinstance(outcome, Stored) for outcome in outcomes) == 1
    assert stores.messages.head(tenant, ROOM).last_seq == 3


# --- Pages ----------------------------------------------------------------------------------------


def test_only_what_is_behind_the_last_gap_is_on_a_page(stores: Stores, tenant: TenantId) -> None:
    fill(stores, tenant, 9)
    expire(stores, tenant, 2, 5)
    page = stores.messages.page
    assert seqs(page(tenant, ROOM, limit=100, newest=True)) == [6, 7, 8, 9]
    assert seqs(page(tenant, ROOM, limit=2, newest=True)) == [8, 9]
    assert seqs(page(tenant, ROOM, limit=6, newest=True)) == [6, 7, 8, 9]
    assert seqs(page(tenant, ROOM, limit=100, newest=False)) == [6, 7, 8, 9]
    assert seqs(page(tenant, ROOM, after=5, limit=2, newest=False)) == [6, 7]
    # Filled from behind the gap: a short page would say that there is no more.
    assert seqs(page(tenant, ROOM, limit=4, newest=False)) == [6, 7, 8, 9]
    assert seqs(page(tenant, ROOM, after=3, before=8, limit=9, newest=True)) == [6, 7]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_removal_leaves_pages_whole(
    stores: Stores, tenant: TenantId, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    fill(stores, tenant, 8)
    left = set(range(1, 9))
    for seq in chance.sample(range(1, 9), 8):
        expire(stores, tenant, seq)
        left.discard(seq)
        tail = max(set(range(1, 9)) - left)
        for newest in (True, False):
            found = seqs(stores.messages.page(tenant, ROOM, limit=20, newest=newest))
            assert found == list(range(found[0], found[-1] + 1)) if found else not left
            assert set(found) <= left
            if any(seq > tail for seq in left):
                assert found == list(range(tail + 1, 9))
        assert stores.messages.head(tenant, ROOM).last_seq == 8


# --- Exactly once ---------------------------------------------------------------------------------


def test_a_repeat_of_what_is_gone_gets_its_place_and_stores_nothing(
    stores: Stores, tenant: TenantId
) -> None:
    first, _ = fill(stores, tenant, 2)
    expire(stores, tenant, 1, 2)
    again = replace(a_draft(tenant, "c1"), created_at=NOON + timedelta(days=99), body="secret")
    for seq in (1, 3):
        assert stores.messages.append(again, seq) == Repeated(replace(first, body=None))
    assert stores.messages.head(tenant, ROOM) == Head(2)
    assert stores.messages.page(tenant, ROOM, limit=9, newest=True) == []


# --- Changes --------------------------------------------------------------------------------------


def test_a_system_message_moves_the_end_too(stores: Stores, tenant: TenantId) -> None:
    room = a_room(stores, tenant)
    fill(stores, tenant, 2)
    assert isinstance(announced(stores, room, 2), Revised)
    expire(stores, tenant, 1, 2, 3)
    assert stores.messages.head(tenant, ROOM) == Head(3)
    room = stores.rooms.room(tenant, ROOM) or room
    assert announced(stores, room, 1) == Outdated()
    assert isinstance(announced(stores, room, 3), Revised)


def test_a_change_leaves_how_long_a_message_is_kept(stores: Stores, tenant: TenantId) -> None:
    room = a_room(stores, tenant)
    message = say(stores, tenant, 1)
    edited = replace(message, body="better", rev=1)
    outcome = stores.rooms.revise(Revision(replace(room, rev=1), edited, 0))
    assert isinstance(outcome, Revised)
    assert stores.messages.get(tenant, ROOM, 1) == edited


def test_what_is_gone_cannot_be_changed(stores: Stores, tenant: TenantId) -> None:
    room = a_room(stores, tenant)
    message = say(stores, tenant, 1)
    expire(stores, tenant, 1)
    edited = replace(message, body="better", rev=1)
    assert stores.rooms.revise(Revision(replace(room, rev=1), edited, 0)) == Outdated()
    assert stores.messages.head(tenant, ROOM) == Head(1)


@pytest.mark.parametrize("gone", [(1,), (1, 2), (2,), (2, 4), (5,), (1, 3, 5), (1, 2, 3, 4, 5)])
def test_the_log_is_read_around_entries_that_are_gone(
    stores: Stores, tenant: TenantId, gone: tuple[int, ...]
) -> None:
    room = a_room(stores, tenant)
    for end in range(5):
        assert isinstance(announced(stores, replace(room, rev=end), end), Revised)
    for rev in gone:
        stores.remove_entry(tenant, ROOM, rev)
    found = [entry.rev for entry in stores.rooms.revisions(tenant, ROOM, 0, 100)]
    assert found == [rev for rev in range(1, 6) if rev not in gone]
    after = [entry.rev for entry in stores.rooms.revisions(tenant, ROOM, 3, 100)]
    assert after == [rev for rev in (4, 5) if rev not in gone]


# --- What DynamoDB is told ------------------------------------------------------------------------


@pytest.fixture
def table(dynamodb: Table) -> Table:
    return dynamodb


def ttl_of(table: Table, key: object) -> int | None:
    item = table.get(key)  # type: ignore[arg-type]
    assert item is not None
    return int(item["ttl"]["N"]) if "ttl" in item else None


@pytest.mark.parametrize(
    ("days", "stored_days"), [(30, 30), (3_650, 3_650), (1, LEAST_STORED_DAYS), (9, 9)]
)
def test_dynamodb_removes_messages_no_earlier_than_they_are_hidden(
    table: Table, tenant: TenantId, days: int, stored_days: int
) -> None:
    DynamoMessageStore(table).append(a_draft(tenant, "c1", days), 1)
    end = NOON + timedelta(days=stored_days)
    # Half a second behind noon: rounded up.
    assert ttl_of(table, message_key(tenant, ROOM, 1)) == int(end.timestamp()) + 1
    assert ttl_of(table, marker_key(tenant, ROOM, ANNA, "c1")) is None
    assert ttl_of(table, end_key(tenant, ROOM)) is None


def test_an_entry_of_the_log_goes_with_its_message(table: Table, tenant: TenantId) -> None:
    rooms, messages = DynamoRoomStore(table), DynamoMessageStore(table)
    room = Room(ROOM, tenant, RoomType.GROUP, ANNA, NOON, 1, "Team")
    rooms.create(Roster(room, {ANNA: MemberRole.OWNER}))
    outcome = messages.append(a_draft(tenant, "c1"), 1)
    assert isinstance(outcome, Stored)
    edited = replace(outcome.message, body="better", rev=1)
    rooms.revise(Revision(replace(room, rev=1), edited, 0))
    renamed = replace(room, rev=2, name="other")
    rooms.revise(Revision(renamed, announcement=a_draft(tenant, "rev-2"), end=1))
    rooms.revise(Revision(replace(renamed, rev=3), roles={ANNA: MemberRole.OWNER}))
    ttl = ttl_of(table, message_key(tenant, ROOM, 1))
    assert ttl is not None
    assert [ttl_of(table, revision_key(tenant, ROOM, rev)) for rev in (1, 2)] == [ttl, ttl]
    assert ttl_of(table, revision_key(tenant, ROOM, 3)) is None


def test_what_is_kept_for_ever_has_no_time_to_live(table: Table, tenant: TenantId) -> None:
    DynamoMessageStore(table).append(a_draft(tenant, "c1", 0), 1)
    assert ttl_of(table, message_key(tenant, ROOM, 1)) is None
    assert table.get(end_key(tenant, ROOM)) is None
