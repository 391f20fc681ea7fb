"""A room that takes many transactions is made whole, whoever makes it again or at the same time."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import BotoCoreError

from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.rooms import Cursor, MemberRole, Room, RoomType, Roster
from parley.errors import OutcomeUnknown, StoreUnavailable
from tests.contract.dynamodb_fixtures import at_once
from tests.support.faults.botocore_hook import (
    CLOSED,
    TIMEOUT,
    Answer,
    Faults,
    breaks,
    canceled,
    done_but,
)

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
ROOM = RoomId("g-1")
OWNER = UserId("owner")
CONFLICTS = [canceled("TransactionConflict")] * 3
# Of a room of 60: the claim, who is in already, 48 people, 12 people with the room.
STEPS = 4


def a_roster(tenant: TenantId, people: Iterable[str], name: str = "Team") -> Roster:
    members = {OWNER: MemberRole.OWNER}
    members |= dict.fromkeys((UserId(person) for person in people), MemberRole.MEMBER)
    return Roster(Room(ROOM, tenant, RoomType.GROUP, OWNER, NOON, len(members), name), members)


def named(first: int, last: int) -> list[str]:
    return [f"u#{number:03}" for number in range(first, last)]


def assert_whole(rooms: DynamoRoomStore, roster: Roster, *strangers: str) -> None:
    tenant = roster.room.tenant_id
    assert rooms.roster(tenant, ROOM) == roster
    assert set(rooms.members(tenant, ROOM, [*roster.members])) == set(roster.members)
    assert set(rooms.cursors(tenant, ROOM, [*roster.members])) == set(roster.members)
    outside = [UserId(name) for name in strangers if name not in roster.members]
    assert rooms.cursors(tenant, ROOM, outside) == {}


def killed(rooms: DynamoRoomStore, faults: Faults, roster: Roster, steps: int) -> None:
    """Begin to make a room, and end after so many requests."""
    faults.answers = [None] * steps + CONFLICTS
    with pytest.raises(StoreUnavailable):
        rooms.create(roster)
    faults.answers = []
    assert rooms.room(roster.room.tenant_id, ROOM) is None
    assert rooms.roster(roster.room.tenant_id, ROOM) is None
    assert rooms.rooms([(roster.room.tenant_id, ROOM)]) == {}


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_half_done_room_is_invisible_and_a_retry_completes_it(
    faulty: Table, faults: Faults, tenant: TenantId, steps: int
) -> None:
    rooms = DynamoRoomStore(faulty)
    roster = a_roster(tenant, named(0, 59))
    killed(rooms, faults, roster, steps)
    if steps > 2:
        rooms.move_cursor(tenant, OWNER, ROOM, 0, 3)
    assert rooms.create(roster) == roster.room
    assert_whole(rooms, roster)
    read = 3 if steps > 2 else 0
    assert rooms.cursors(tenant, ROOM, [OWNER]) == {OWNER: Cursor(read, read)}


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize(("first", "last"), [(0, 1), (30, 40), (30, 120), (60, 260)])
def test_whom_a_half_done_room_let_in_is_not_in_another_one(
    faulty: Table, faults: Faults, tenant: TenantId, steps: int, first: int, last: int
) -> None:
    rooms = DynamoRoomStore(faulty)
    before = named(0, 59)
    killed(rooms, faults, a_roster(tenant, before, "Before"), steps)
    roster = a_roster(tenant, named(first, last), "After")
    assert rooms.create(roster) == roster.room
    assert_whole(rooms, roster, *before)


def hooked(act: Callable[[], object]) -> Answer:
    """Do something before a request, as another process would."""

    def answer(_: AWSPreparedRequest) -> AWSResponse | None:
        act()
        return None

    return answer


@pytest.mark.parametrize("step", range(STEPS))
@pytest.mark.parametrize("count", [5, 59, 120])
def test_a_creator_overtaken_by_another_list_changes_nothing_in_its_room(
    faulty: Table, faults: Faults, tenant: TenantId, step: int, count: int
) -> None:
    rooms = DynamoRoomStore(faulty)
    slow, fast = a_roster(tenant, named(0, 59)), a_roster(tenant, named(40, 40 + count), "Fast")
    faults.answers = [None] * step + [hooked(partial(rooms.create, fast))]
    assert rooms.create(slow) == fast.room
    assert_whole(rooms, fast, *named(0, 59))


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_creator_whose_claim_is_lost_gives_up_and_may_begin_again(
    faulty: Table, faults: Faults, tenant: TenantId, step: int
) -> None:
    rooms = DynamoRoomStore(faulty)
    slow, other = a_roster(tenant, named(0, 59)), a_roster(tenant, named(40, 100), "Other")
    overtaking = hooked(lambda: killed(rooms, faults, other, 3))
    faults.answers = [None] * step + [overtaking]
    with pytest.raises(StoreUnavailable):
        rooms.create(slow)
    assert rooms.room(tenant, ROOM) is None
    assert rooms.create(slow) == slow.room
    assert_whole(rooms, slow, *named(40, 100))


def test_a_claim_that_was_lost_and_made_again_is_another_one(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    rooms = DynamoRoomStore(faulty)
    slow, other = a_roster(tenant, named(0, 59)), a_roster(tenant, named(40, 100), "Other")

    def meanwhile() -> None:
        # Takes out whom the slow one let in; then the slow one's own list is begun again.
        killed(rooms, faults, other, 3)
        killed(rooms, faults, slow, 1)

    faults.answers = [None] * (STEPS - 1) + [hooked(meanwhile)]
    with pytest.raises(StoreUnavailable):
        rooms.create(slow)
    assert rooms.room(tenant, ROOM) is None
    assert rooms.create(slow) == slow.room
    assert_whole(rooms, slow, *named(40, 100))


def test_creators_of_one_list_at_once_make_one_room(faulty: Table, tenant: TenantId) -> None:
    rooms = DynamoRoomStore(replace(faulty, sleep=lambda _: None))
    rosters = [a_roster(tenant, named(0, 119), f"by {number}") for number in range(4)]
    made = at_once(4, lambda number: rooms.create(rosters[number]))
    assert len({room.name for room in made}) == 1
    assert_whole(rooms, replace(rosters[0], room=made[0]))


@pytest.mark.parametrize("failure", [TIMEOUT, CLOSED])
@pytest.mark.parametrize("step", range(STEPS))
def test_a_step_whose_answer_was_lost_is_repeated(
    faulty: Table, faults: Faults, tenant: TenantId, step: int, failure: BotoCoreError
) -> None:
    rooms = DynamoRoomStore(faulty)
    roster = a_roster(tenant, named(0, 59))
    faults.answers = [None] * step + [done_but(failure)]
    assert rooms.create(roster) == roster.room
    assert_whole(rooms, roster)


def test_a_small_room_whose_answer_was_lost_is_found_done(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    roster = a_roster(tenant, named(0, 1))
    faults.answers = [done_but(TIMEOUT)]
    assert DynamoRoomStore(faulty).create(roster) == roster.room


def test_a_creation_that_comes_late_changes_nothing(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    rooms = DynamoRoomStore(faulty)
    small = a_roster(tenant, named(0, 1))
    rooms.create(small)
    faults.requests.clear()
    assert rooms.create(a_roster(tenant, named(0, 201))) == small.room
    assert len(faults.requests) == 1
    assert_whole(rooms, small, *named(0, 201))


def test_a_creation_that_cannot_be_stored_says_so(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    rooms = DynamoRoomStore(faulty)
    for count in (1, 59):
        faults.answers = list(CONFLICTS)
        with pytest.raises(StoreUnavailable):
            rooms.create(a_roster(tenant, named(0, count)))
    assert rooms.room(tenant, ROOM) is None


@pytest.mark.parametrize("last", [breaks(TIMEOUT), canceled("TransactionConflict")])
@pytest.mark.parametrize("first", [breaks(TIMEOUT), done_but(TIMEOUT)])
def test_a_creation_that_may_be_stored_does_not_deny_it(
    faulty: Table, faults: Faults, tenant: TenantId, first: Answer, last: Answer
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [first, breaks(TIMEOUT), last]
    with pytest.raises(OutcomeUnknown):
        rooms.create(a_roster(tenant, named(0, 1)))
    assert rooms.create(a_roster(tenant, named(0, 1))).room_id == ROOM


def test_muting_that_may_be_stored_is_not_denied(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    rooms = DynamoRoomStore(faulty)
    rooms.create(a_roster(tenant, named(0, 1)))
    faults.answers = [done_but(TIMEOUT), breaks(TIMEOUT), breaks(TIMEOUT)]
    with pytest.raises(OutcomeUnknown):
        rooms.mute(tenant, OWNER, ROOM, muted=True)
    assert rooms.mute(tenant, OWNER, ROOM, muted=True).muted is True
