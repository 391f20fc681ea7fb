"""`RoomStore`: rooms appear whole, members have cursors, cursors only move forward."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.adapters.memory.rooms import MemoryRoomStore
from parley.domain.ids import (
    MANAGE_TENANT,
    RoomId,
    SpaceId,
    TenantId,
    UserId,
    created_room_id,
    direct_room_id,
    manage_user_id,
    random_room_id,
)
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, RoomType, Roster
from parley.errors import NotFound
from parley.ports import RoomStore
from tests.contract.dynamodb_fixtures import Stores, at_once

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
ANNA = UserId("anna")
BOB = UserId("bob")


def a_roster(
    tenant: TenantId, *members: UserId, room_id: str = "g-1", name: str | None = "Team 😀"
) -> Roster:
    people = members or (ANNA, BOB)
    room = Room(RoomId(room_id), tenant, RoomType.GROUP, people[0], NOON, len(people), name, rev=0)
    roles = dict.fromkeys(people, MemberRole.MEMBER) | {people[0]: MemberRole.OWNER}
    return Roster(room, roles)


def test_a_created_room_reads_back_equal_by_every_way(stores: Stores, tenant: TenantId) -> None:
    roster = a_roster(tenant)
    room = roster.room
    assert stores.rooms.create(roster) == room
    assert stores.rooms.room(tenant, room.room_id) == room
    assert stores.rooms.rooms([(tenant, room.room_id)]) == {room.room_id: room}
    assert stores.rooms.roster(tenant, room.room_id) == roster
    owner = Membership(room.room_id, tenant, ANNA, MemberRole.OWNER, NOON)
    assert stores.rooms.memberships(tenant, ANNA) == [owner]
    assert stores.rooms.membership(tenant, ANNA, room.room_id) == owner
    assert stores.rooms.cursors(tenant, room.room_id, [ANNA, BOB]) == {
        ANNA: Cursor(),
        BOB: Cursor(),
    }


def test_a_room_is_read_with_one_of_its_members_alone(stores: Stores, tenant: TenantId) -> None:
    roster = a_roster(tenant)
    stores.rooms.create(roster)
    room_id = roster.room.room_id
    assert stores.rooms.admission(tenant, room_id, BOB) == Roster(
        roster.room, {BOB: MemberRole.MEMBER}
    )
    assert stores.rooms.admission(tenant, room_id, UserId("eve")) == Roster(roster.room, {})
    assert stores.rooms.admission(tenant, RoomId("g-none"), BOB) is None
    everybodys = replace(roster.room, room_id=RoomId("o-1"), type=RoomType.ORGANIZATION)
    stores.rooms.create(Roster(everybodys, {}))
    stores.rooms.join(everybodys, BOB, MemberRole.MEMBER, 0)
    seen = stores.rooms.admission(tenant, everybodys.room_id, BOB)
    assert seen is not None
    assert (seen.room.room_id, seen.members) == (everybodys.room_id, {})


def test_rooms_are_read_with_one_users_side_of_each(stores: Stores, tenant: TenantId) -> None:
    with_both, of_anna = a_roster(tenant), a_roster(tenant, ANNA, room_id="g-2")
    for roster in (with_both, of_anna):
        stores.rooms.create(roster)
    ids = [RoomId("g-none"), of_anna.room.room_id, with_both.room.room_id]
    seen = {mine.room_id: (mine, room) for mine, room in stores.rooms.sides(tenant, BOB, ids)}
    room_id = with_both.room.room_id
    assert seen == {room_id: (stores.rooms.membership(tenant, BOB, room_id), with_both.room)}
    assert len(stores.rooms.sides(tenant, ANNA, ids)) == 2
    assert stores.rooms.sides(TenantId(f"{tenant}x"), ANNA, ids) == []


def test_every_field_of_a_room_comes_back(stores: Stores, tenant: TenantId) -> None:
    plain = a_roster(tenant)
    room = replace(
        plain.room, type=RoomType.CHANNEL, space_id=SpaceId("house#7"), rev=3, name="Haus {7} % ü"
    )
    stores.rooms.create(replace(plain, room=room))
    assert stores.rooms.room(tenant, room.room_id) == room


def test_what_does_not_exist_is_not_found(stores: Stores, tenant: TenantId) -> None:
    room_id = RoomId("g-none")
    assert stores.rooms.room(tenant, room_id) is None
    assert stores.rooms.rooms([(tenant, room_id)]) == {}
    assert stores.rooms.rooms([]) == {}
    assert stores.rooms.roster(tenant, room_id) is None
    assert stores.rooms.memberships(tenant, ANNA) == []
    assert stores.rooms.membership(tenant, ANNA, room_id) is None
    assert stores.rooms.cursors(tenant, room_id, [ANNA]) == {}
    assert stores.rooms.members(tenant, room_id, [ANNA]) == {}
    assert stores.rooms.members(tenant, room_id, []) == {}
    assert stores.rooms.member_page(tenant, room_id, None, 10) == []
    assert stores.rooms.revisions(tenant, room_id, 0, 10) == []
    assert stores.rooms.open_rooms(tenant, [SpaceId("house#7")]) == set()


def test_creating_again_changes_nothing(stores: Stores, tenant: TenantId) -> None:
    first = a_roster(tenant)
    stores.rooms.create(first)
    stores.rooms.move_cursor(tenant, BOB, first.room.room_id, 5, 5)
    again = a_roster(tenant, BOB, UserId("eve"), name="Other")
    assert stores.rooms.create(again) == first.room
    assert stores.rooms.roster(tenant, first.room.room_id) == first
    assert stores.rooms.memberships(tenant, UserId("eve")) == []
    assert stores.rooms.cursors(tenant, first.room.room_id, [BOB]) == {BOB: Cursor(5, 5)}


def test_cursors_of_many_rooms_are_read_together(stores: Stores, tenant: TenantId) -> None:
    rooms = [a_roster(tenant).room.room_id for _ in range(2)]
    for roster in (a_roster(tenant), a_roster(tenant)):
        stores.rooms.create(roster)
        rooms.append(roster.room.room_id)
        stores.rooms.move_cursor(tenant, BOB, roster.room.room_id, 7, 5)
    places = [(room_id, user_id) for room_id in rooms for user_id in (ANNA, BOB)]
    assert stores.rooms.cursors_in(tenant, places) == {
        (room_id, user_id): cursor
        for room_id in rooms[2:]
        for user_id, cursor in ((ANNA, Cursor()), (BOB, Cursor(7, 5)))
    }
    assert stores.rooms.cursors_in(tenant, []) == {}


def test_eight_creators_at_once_get_one_room(stores: Stores, tenant: TenantId) -> None:
    rosters = [a_roster(tenant, ANNA, BOB, name=f"by {number}") for number in range(8)]
    rooms = at_once(8, lambda number: stores.rooms.create(rosters[number]))
    assert len({room.name for room in rooms}) == 1
    assert stores.rooms.room(tenant, rooms[0].room_id) == rooms[0]


@pytest.mark.parametrize("count", [1, 48, 49, 201])
def test_rooms_of_any_size_are_created_whole(stores: Stores, tenant: TenantId, count: int) -> None:
    people = [UserId(f"u#{number}") for number in range(count)]
    roster = a_roster(tenant, *people)
    assert stores.rooms.create(roster) == roster.room
    assert stores.rooms.create(roster) == roster.room
    assert stores.rooms.roster(tenant, roster.room.room_id) == roster
    cursors = stores.rooms.cursors(tenant, roster.room.room_id, people)
    assert cursors == dict.fromkeys(people, Cursor())
    assert stores.rooms.membership(tenant, people[-1], roster.room.room_id) is not None


def test_a_room_without_members_can_be(stores: Stores, tenant: TenantId) -> None:
    room = replace(a_roster(tenant).room, type=RoomType.ORGANIZATION, member_count=0)
    assert stores.rooms.create(Roster(room, {})) == room
    assert stores.rooms.roster(tenant, room.room_id) == Roster(room, {})


def test_rooms_of_a_user_come_in_order_of_their_ids(stores: Stores, tenant: TenantId) -> None:
    ids = [f"{kind}-{number}" for kind in "gdc" for number in (10, 9, 1)]
    for room_id in ids:
        stores.rooms.create(a_roster(tenant, room_id=room_id))
    assert [mine.room_id for mine in stores.rooms.memberships(tenant, ANNA)] == sorted(ids)


def test_more_rooms_than_one_request_holds(stores: Stores, tenant: TenantId) -> None:
    rosters = [a_roster(tenant, room_id=f"g-{number}") for number in range(103)]
    for roster in rosters:
        stores.rooms.create(roster)
    keys = [(tenant, roster.room.room_id) for roster in rosters]
    expected = {roster.room.room_id: roster.room for roster in rosters}
    assert stores.rooms.rooms([*keys, keys[0], (tenant, RoomId("g-none"))]) == expected
    assert len(stores.rooms.memberships(tenant, BOB)) == 103


def test_a_manage_users_records_are_in_his_own_home(stores: Stores, tenant: TenantId) -> None:
    root = manage_user_id(f"root-{tenant}")
    roster = a_roster(tenant, root, BOB)
    room_id = roster.room.room_id
    stores.rooms.create(roster)
    [mine] = stores.rooms.memberships(MANAGE_TENANT, root)
    assert (mine.room_id, mine.tenant_id, mine.user_id) == (room_id, tenant, root)
    assert stores.rooms.memberships(tenant, root) == []
    stores.rooms.move_cursor(MANAGE_TENANT, root, room_id, 2, 1)
    assert stores.rooms.cursors(tenant, room_id, [root, BOB]) == {
        root: Cursor(2, 1),
        BOB: Cursor(),
    }


def test_tenants_with_the_same_ids_share_nothing(stores: Stores, tenant: TenantId) -> None:
    other = TenantId(tenant + "-other")
    mine, theirs = a_roster(tenant, name="Mine"), a_roster(other, name="Theirs")
    stores.rooms.create(mine)
    assert stores.rooms.create(theirs) == theirs.room
    stores.rooms.move_cursor(tenant, ANNA, mine.room.room_id, 4, 4)
    assert stores.rooms.roster(tenant, mine.room.room_id) == mine
    assert stores.rooms.roster(other, mine.room.room_id) == theirs
    assert stores.rooms.cursors(other, mine.room.room_id, [ANNA]) == {ANNA: Cursor()}


@pytest.mark.parametrize("hard_id", ["a#b", "META", "%23", "{:}", "😀" * 128])
def test_member_ids_may_hold_any_character(stores: Stores, tenant: TenantId, hard_id: str) -> None:
    roster = a_roster(tenant, UserId(hard_id), BOB)
    stores.rooms.create(roster)
    assert stores.rooms.roster(tenant, roster.room.room_id) == roster
    assert stores.rooms.cursors(tenant, roster.room.room_id, [UserId(hard_id)]) == {
        UserId(hard_id): Cursor()
    }


MOVES = [(3, 0), (0, 2), (5, 4), (1, 1)]


@pytest.mark.parametrize("moves", list(itertools.permutations(MOVES)))
def test_a_cursor_ends_at_the_same_place_in_any_order(
    stores: Stores, tenant: TenantId, moves: list[tuple[int, int]]
) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    at = Cursor()
    for delivered, read in moves:
        before, after = stores.rooms.move_cursor(tenant, ANNA, room_id, delivered, read)
        assert before == at
        assert after == Cursor(max(at.delivered_seq, delivered, read), max(at.read_seq, read))
        at = after
    assert at == Cursor(5, 4)
    assert stores.rooms.cursors(tenant, room_id, [ANNA]) == {ANNA: at}


def test_a_repeated_move_is_a_move_to_where_it_is(stores: Stores, tenant: TenantId) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    assert stores.rooms.move_cursor(tenant, ANNA, room_id, 5, 3) == (Cursor(), Cursor(5, 3))
    for delivered, read in ((5, 3), (0, 0), (4, 0), (0, 2)):
        unmoved = stores.rooms.move_cursor(tenant, ANNA, room_id, delivered, read)
        assert unmoved == (Cursor(5, 3), Cursor(5, 3))


def test_reading_implies_delivered(stores: Stores, tenant: TenantId) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    assert stores.rooms.move_cursor(tenant, ANNA, room_id, 0, 7)[1] == Cursor(7, 7)
    assert stores.rooms.move_cursor(tenant, ANNA, room_id, 9, 0)[1] == Cursor(9, 7)
    [mine] = stores.rooms.memberships(tenant, ANNA)
    assert mine.cursor == Cursor(9, 7)


def test_concurrent_moves_leave_the_furthest(stores: Stores, tenant: TenantId) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    moves = [(number + 4, (number * 5) % 8) for number in range(8)]
    results = at_once(8, lambda n: stores.rooms.move_cursor(tenant, ANNA, room_id, *moves[n]))
    assert stores.rooms.cursors(tenant, room_id, [ANNA]) == {ANNA: Cursor(11, 7)}
    for (before, after), (delivered, read) in zip(results, moves, strict=True):
        assert after.read_seq >= max(before.read_seq, read)
        assert after.delivered_seq >= max(before.delivered_seq, delivered)


@pytest.mark.parametrize("move", [(0, 0), (1, 0), (0, 1), (2, 1)])
def test_only_members_have_a_cursor_to_move(
    stores: Stores, tenant: TenantId, move: tuple[int, int]
) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    with pytest.raises(NotFound):
        stores.rooms.move_cursor(tenant, UserId("eve"), room_id, *move)
    assert stores.rooms.membership(tenant, UserId("eve"), room_id) is None


HARD_NAMES = ["a", "a#", "a$", "a b", "a ", "A", "META", "%23", "é", "\uffee", "😀", "😀😀"]


@pytest.mark.parametrize("limit", [1, 5])
def test_members_come_in_pages_in_a_fixed_order(
    stores: Stores, tenant: TenantId, limit: int
) -> None:
    people = [UserId(name) for name in HARD_NAMES]
    room_id = stores.rooms.create(a_roster(tenant, *people)).room_id
    everybody = stores.rooms.member_page(tenant, room_id, None, 100)
    assert len(everybody) == len(people)
    assert {member.user_id: member for member in everybody} == {
        user: Member(user, MemberRole.MEMBER if number else MemberRole.OWNER, NOON)
        for number, user in enumerate(people)
    }
    paged: list[Member] = []
    while page := stores.rooms.member_page(
        tenant, room_id, paged[-1].user_id if paged else None, limit
    ):
        assert len(page) <= limit
        paged += page
    assert paged == everybody


def test_pages_of_members_are_ordered_alike_in_every_store(
    dynamodb: Table, tenant: TenantId
) -> None:
    rooms: list[RoomStore] = [DynamoRoomStore(dynamodb), MemoryRoomStore()]
    roster = a_roster(tenant, *(UserId(name) for name in HARD_NAMES))
    for store in rooms:
        store.create(roster)
    real, memory = (store.member_page(tenant, roster.room.room_id, None, 100) for store in rooms)
    assert real == memory


def test_a_page_may_begin_behind_somebody_who_left(stores: Stores, tenant: TenantId) -> None:
    people = [UserId(name) for name in "abcd"]
    room_id = stores.rooms.create(a_roster(tenant, *people)).room_id
    page = stores.rooms.member_page(tenant, room_id, UserId("bb"), 10)
    assert [member.user_id for member in page] == ["c", "d"]
    assert stores.rooms.member_page(tenant, room_id, UserId("z"), 10) == []


def test_those_who_are_members_are_told_from_others(stores: Stores, tenant: TenantId) -> None:
    people = [UserId(f"u#{number}") for number in range(150)]
    room_id = stores.rooms.create(a_roster(tenant, *people)).room_id
    asked = [*people[:110], UserId("eve"), people[0]]
    members = stores.rooms.members(tenant, room_id, asked)
    assert set(members) == set(people[:110])
    assert members[people[0]] == Member(people[0], MemberRole.OWNER, NOON)
    assert members[people[1]] == Member(people[1], MemberRole.MEMBER, NOON)


@pytest.mark.covers("B-8")
def test_muting_is_for_oneself_and_leaves_the_cursor(stores: Stores, tenant: TenantId) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    stores.rooms.move_cursor(tenant, ANNA, room_id, 5, 4)
    before = stores.rooms.membership(tenant, ANNA, room_id)
    assert before is not None
    assert not before.muted
    for muted in (True, True, False):
        after = stores.rooms.mute(tenant, ANNA, room_id, muted=muted)
        assert after == replace(before, muted=muted)
        assert stores.rooms.membership(tenant, ANNA, room_id) == after
        other = stores.rooms.membership(tenant, BOB, room_id)
        assert other is not None
        assert not other.muted


def test_only_members_have_a_room_to_mute(stores: Stores, tenant: TenantId) -> None:
    room_id = stores.rooms.create(a_roster(tenant)).room_id
    with pytest.raises(NotFound):
        stores.rooms.mute(tenant, UserId("eve"), room_id, muted=True)
    assert stores.rooms.membership(tenant, UserId("eve"), room_id) is None


# --- Counting ------------------------------------------------------------------------------------


def test_direct_rooms_and_groups_are_counted_and_open_rooms_are_not(
    stores: Stores, tenant: TenantId
) -> None:
    root = manage_user_id("root")
    ids = [
        direct_room_id(tenant, ANNA, BOB),
        direct_room_id(tenant, ANNA, root),
        *(random_room_id(kind) for kind in ("group", "manage", "channel", "organization")),
        *(created_room_id(tenant, ANNA, kind, "c") for kind in ("group", "manage", "channel")),
    ]
    for room_id in ids:
        stores.rooms.create(a_roster(tenant, ANNA, root, room_id=room_id))
    counted = stores.rooms.count_memberships(tenant, [ANNA, BOB, root], 100)
    assert counted == {ANNA: 6, BOB: 0, root: 6}
    assert stores.rooms.count_memberships(MANAGE_TENANT, [root], 100) == {root: 6}
    assert stores.rooms.count_memberships(tenant, [], 100) == {}


@pytest.mark.parametrize("most", [1, 3, 4])
def test_rooms_are_counted_up_to_a_number(stores: Stores, tenant: TenantId, most: int) -> None:
    for number in range(3):
        stores.rooms.create(a_roster(tenant, room_id=f"g-{number}"))
    assert stores.rooms.count_memberships(tenant, [ANNA], most) == {ANNA: min(most, 3)}
