"""Open rooms in `RoomStore`: found by spaces, in without being let in, counted as people come."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.adapters.dynamodb.open_rooms import MAX_SPACE_QUERIES
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId
from parley.domain.revisions import Revision
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, RoomType, Roster
from parley.errors import NotFound
from parley.ports import Revised
from tests.contract.dynamodb_fixtures import Stores, at_once

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
ANNA, BOB = UserId("anna"), UserId("bob")
OWNER, MEMBER = MemberRole.OWNER, MemberRole.MEMBER
HOUSE = SpaceId("house#7 😀")


def an_open_room(
    stores: Stores, tenant: TenantId, space: SpaceId | None = HOUSE, room_id: str = "c-1"
) -> Room:
    kind = RoomType.ORGANIZATION if space is None else RoomType.CHANNEL
    room = Room(RoomId(room_id), tenant, kind, ANNA, NOON, 1, "Hall", space)
    assert stores.rooms.create(Roster(room, {ANNA: OWNER})) == room
    return room


@pytest.mark.parametrize("space", [HOUSE, None])
def test_an_open_room_has_a_creator_and_no_members_in_its_roster(
    stores: Stores, tenant: TenantId, space: SpaceId | None
) -> None:
    room = an_open_room(stores, tenant, space)
    assert stores.rooms.roster(tenant, room.room_id) == Roster(room, {})
    assert stores.rooms.rooms([(tenant, room.room_id)]) == {room.room_id: room}
    assert stores.rooms.members(tenant, room.room_id, [ANNA, BOB]) == {
        ANNA: Member(ANNA, OWNER, NOON)
    }
    mine = Membership(room.room_id, tenant, ANNA, OWNER, NOON, space_id=space)
    assert stores.rooms.memberships(tenant, ANNA) == [mine]
    assert stores.rooms.membership(tenant, ANNA, room.room_id) == mine


def test_an_open_room_made_again_is_the_first(stores: Stores, tenant: TenantId) -> None:
    room = an_open_room(stores, tenant)
    stores.rooms.join(room, BOB, MEMBER, 3)
    again = Roster(replace(room, name="Other"), {BOB: OWNER})
    assert stores.rooms.create(again) == replace(room, member_count=2)
    assert stores.rooms.open_rooms(tenant, [HOUSE]) == {room.room_id}


def test_who_sees_an_open_room_first_begins_at_its_end(stores: Stores, tenant: TenantId) -> None:
    room = an_open_room(stores, tenant)
    joined = stores.rooms.join(room, BOB, MEMBER, 7)
    assert joined == Membership(
        room.room_id, tenant, BOB, MEMBER, NOON, Cursor(7, 7), space_id=HOUSE
    )
    assert stores.rooms.membership(tenant, BOB, room.room_id) == joined
    assert stores.rooms.memberships(tenant, BOB) == [joined]
    assert stores.rooms.cursors(tenant, room.room_id, [BOB]) == {BOB: Cursor(7, 7)}
    assert stores.rooms.members(tenant, room.room_id, [BOB]) == {BOB: Member(BOB, MEMBER, NOON)}
    assert stores.rooms.room(tenant, room.room_id) == replace(room, member_count=2)


def test_who_has_seen_an_open_room_keeps_the_older_note(stores: Stores, tenant: TenantId) -> None:
    room = an_open_room(stores, tenant)
    stores.rooms.join(room, BOB, MEMBER, 0)
    stores.rooms.move_cursor(tenant, BOB, room.room_id, 2, 1)
    muted = stores.rooms.mute(tenant, BOB, room.room_id, muted=True)
    assert stores.rooms.join(room, BOB, MEMBER, 9) == muted
    creator = stores.rooms.join(room, ANNA, MEMBER, 9)
    assert (creator.role, creator.cursor) == (OWNER, Cursor())
    assert stores.rooms.room(tenant, room.room_id) == replace(room, member_count=2)


def test_one_who_comes_over_eight_ways_at_once_is_counted_once(
    stores: Stores, tenant: TenantId
) -> None:
    room = an_open_room(stores, tenant)
    joined = at_once(8, lambda number: stores.rooms.join(room, BOB, MEMBER, number))
    assert len(set(joined)) == 1
    assert stores.rooms.membership(tenant, BOB, room.room_id) == joined[0]
    assert stores.rooms.room(tenant, room.room_id) == replace(room, member_count=2)


def test_eight_people_at_once_are_counted_each(stores: Stores, tenant: TenantId) -> None:
    room = an_open_room(stores, tenant, None)
    people = [UserId(f"u{number}") for number in range(8)]
    at_once(8, lambda number: stores.rooms.join(room, people[number], MEMBER, 0))
    assert stores.rooms.room(tenant, room.room_id) == replace(room, member_count=9)
    assert len(stores.rooms.members(tenant, room.room_id, people)) == 8


def test_nobody_joins_a_room_that_is_not_there(stores: Stores, tenant: TenantId) -> None:
    room = Room(RoomId("c-none"), tenant, RoomType.CHANNEL, ANNA, NOON, 1, None, HOUSE)
    with pytest.raises(NotFound):
        stores.rooms.join(room, BOB, MEMBER, 0)
    assert stores.rooms.room(tenant, room.room_id) is None


def test_a_change_of_an_open_room_keeps_the_count_of_those_who_came_meanwhile(
    stores: Stores, tenant: TenantId
) -> None:
    room = an_open_room(stores, tenant)
    stores.rooms.join(room, BOB, MEMBER, 0)
    assert stores.rooms.revise(Revision(replace(room, rev=1, name="Yard"))) == Revised()
    changed = replace(room, rev=1, name="Yard", member_count=2)
    assert stores.rooms.room(tenant, room.room_id) == changed
    assert stores.rooms.join(room, UserId("cid"), MEMBER, 1).cursor == Cursor(1, 1)
    assert stores.rooms.room(tenant, room.room_id) == replace(changed, member_count=3)


def test_open_rooms_are_found_by_spaces_and_tenant(stores: Stores, tenant: TenantId) -> None:
    # Spaces whose names begin alike, or hold what separates the parts of a key.
    spaces = [SpaceId(name) for name in ("a", "a#", "a#c-a", "a$", "a ", "%23", "b")]
    channels = {
        space: {an_open_room(stores, tenant, space, f"c-{number}-{more}").room_id for more in "xy"}
        for number, space in enumerate(spaces)
    }
    hall = an_open_room(stores, tenant, None, "o-hall").room_id
    other = TenantId(tenant + "-other")
    an_open_room(stores, other, spaces[0], "c-theirs")
    an_open_room(stores, other, None, "o-theirs")
    assert stores.rooms.open_rooms(tenant, []) == {hall}
    for space in spaces:
        assert stores.rooms.open_rooms(tenant, [space]) == {hall} | channels[space]
    both = stores.rooms.open_rooms(tenant, [spaces[0], spaces[1], spaces[0]])
    assert both == {hall} | channels[spaces[0]] | channels[spaces[1]]
    assert stores.rooms.open_rooms(tenant, [SpaceId("none")]) == {hall}


@pytest.mark.parametrize("count", [MAX_SPACE_QUERIES, MAX_SPACE_QUERIES + 1, 100])
def test_of_however_many_spaces_only_ones_own_channels_are_found(
    stores: Stores, tenant: TenantId, count: int
) -> None:
    mine = [SpaceId(f"mine#{number}") for number in range(count)]
    wanted = {an_open_room(stores, tenant, mine[n], f"c-{n}").room_id for n in (0, count - 1)}
    an_open_room(stores, tenant, SpaceId("mine#"), "c-theirs")
    hall = an_open_room(stores, tenant, None, "o-hall").room_id
    assert stores.rooms.open_rooms(tenant, mine) == {hall} | wanted


def test_groups_are_no_open_rooms(stores: Stores, tenant: TenantId) -> None:
    room = Room(RoomId("g-1"), tenant, RoomType.GROUP, ANNA, NOON, 1)
    stores.rooms.create(Roster(room, {ANNA: OWNER}))
    assert stores.rooms.open_rooms(tenant, [HOUSE]) == set()
