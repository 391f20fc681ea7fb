"""Rooms: creating, listing, looking at one (SPEC §4, §6)."""

from functools import partial
from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Connection
from parley.domain.rooms import MemberRole, Membership
from parley.errors import CacheUnavailable
from tests.support.memory import World

ACME = TenantId("acme")


# --- Creating ------------------------------------------------------------------------------------


@pytest.mark.covers("C-2", "C-6")
def test_a_direct_room_is_the_same_whoever_asks_first(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [
        world.do(alice, "room.create", type="direct", memberIds=["bob"]),
        world.do(bob, "room.create", type="direct", memberIds=["alice"]),
        world.do(alice, "room.create", type="direct", memberIds=["bob", "bob"], clientId="x"),
    ]
    sent = world.do(bob, "message.send", toUserId="alice", clientId="c", body="x")
    assert {room["roomId"] for room in rooms} == {sent["message"]["roomId"]}
    assert [member["userId"] for member in rooms[0]["members"]] == ["alice", "bob"]
    assert [member["role"] for member in rooms[0]["members"]] == ["member", "member"]


@pytest.mark.covers("B-6", "C-2")
def test_a_group_is_shown_as_the_contract_says(world: World) -> None:
    alice = world.person("alice")
    room = world.do(alice, "room.create", type="group", memberIds=["bob"], name=" Cafe\u0301 ")
    member = {"deliveredSeq": 0, "readSeq": 0}
    assert room == {
        "roomId": room["roomId"],
        "tenantId": "acme",
        "type": "group",
        "name": "Caf\u00e9",
        "spaceId": None,
        "createdBy": "alice",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "lastSeq": 0,
        "rev": 0,
        "lastMessage": None,
        "memberCount": 2,
        "members": [
            {"userId": "alice", "name": "Alice", "role": "owner", **member},
            {"userId": "bob", "name": "bob", "role": "member", **member},
        ],
        "me": {**member, "unread": 0, "muted": False, "role": "owner"},
    }


def test_the_other_members_hear_of_a_new_room_without_anybodys_own_side(world: World) -> None:
    alice, tablet, bob = world.person("alice"), world.person("alice"), world.person("bob")
    eve = world.person("eve")
    room = world.do(alice, "room.create", type="group", memberIds=["bob"])
    room.pop("me")
    assert world.events_of(bob, "room:updated") == [room]
    assert world.events_of(tablet, "room:updated") == [room]
    assert world.events_of(alice, "room:updated") == world.events_of(eve, "room:updated") == []


def test_a_retried_creation_gives_the_first_room(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    first = world.group(alice, "bob", clientId="same", name="One")
    world.wait(100)
    world.forget_pushes()
    assert world.group(alice, "carol", clientId="same", name="Two") == first
    assert world.events_of(bob, "room:updated") == []
    assert world.do(alice, "room.get", roomId=first)["name"] == "One"
    assert world.group(alice, "bob", clientId="other") != first
    assert world.group(bob, "alice", clientId="same") != first
    assert world.group(alice, "bob") != world.group(alice, "bob")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"type": "direct"}, "VALIDATION_ERROR"),
        ({"type": "direct", "memberIds": ["bob", "carol"]}, "VALIDATION_ERROR"),
        ({"type": "direct", "memberIds": ["alice"]}, "VALIDATION_ERROR"),
        ({"type": "direct", "memberIds": ["bob"], "name": "x"}, "VALIDATION_ERROR"),
        ({"type": "direct", "memberIds": ["bob"], "spaceId": "s"}, "VALIDATION_ERROR"),
        ({"type": "direct", "memberIds": ["bob"], "tenantId": "acme"}, "VALIDATION_ERROR"),
        ({"type": "direct", "memberIds": ["@manage/root"]}, "NOT_FOUND"),
        ({"type": "group", "memberIds": ["@manage/root"]}, "NOT_FOUND"),
        ({"type": "group", "spaceId": "s"}, "VALIDATION_ERROR"),
        ({"type": "group", "name": ""}, "VALIDATION_ERROR"),
        ({"type": "group", "name": "   "}, "VALIDATION_ERROR"),
        ({"type": "group", "name": "a\nb"}, "VALIDATION_ERROR"),
        ({"type": "group", "name": "x" * 129}, "VALIDATION_ERROR"),
        ({"type": "group", "memberIds": [f"u{n}" for n in range(201)]}, "VALIDATION_ERROR"),
        ({"type": "group", "memberIds": ["a\u0000"]}, "VALIDATION_ERROR"),
        ({"type": "group", "memberIds": ["e\u0301"]}, "VALIDATION_ERROR"),
        ({"type": "group", "memberIds": [""]}, "VALIDATION_ERROR"),
        ({"type": "channel"}, "VALIDATION_ERROR"),
        ({"type": "channel", "spaceId": "s"}, "NOT_FOUND"),
        ({"type": "channel", "spaceId": "s", "memberIds": ["bob"]}, "VALIDATION_ERROR"),
        ({"type": "channel", "spaceId": "s", "tenantId": "acme"}, "VALIDATION_ERROR"),
        ({"type": "channel", "spaceId": "s", "name": "a\u0007"}, "NOT_FOUND"),
        ({"type": "organization", "spaceId": "s"}, "VALIDATION_ERROR"),
        ({"type": "organization", "memberIds": ["bob"]}, "VALIDATION_ERROR"),
        ({"type": "organization", "tenantId": "acme"}, "VALIDATION_ERROR"),
        ({"type": "party"}, "VALIDATION_ERROR"),
        ({"type": "group", "createdBy": "bob"}, "VALIDATION_ERROR"),
    ],
)
def test_what_cannot_be_a_room_is_refused(world: World, data: dict[str, Any], code: str) -> None:
    world.person("root", manages=True)
    assert world.refused(world.person("alice"), "room.create", **data) == code
    assert "rooms.create" not in world.out.calls


def test_a_group_has_a_greatest_size() -> None:
    world = World(group_members_max=3)
    alice = world.person("alice")
    world.group(alice, "bob", "carol", "alice", "bob")
    members = ["bob", "carol", "dan"]
    assert world.refused(alice, "room.create", type="group", memberIds=members) == "CONFLICT"


@pytest.mark.parametrize("last", ["direct", "group"])
def test_a_user_has_so_many_rooms_and_no_more(last: str) -> None:
    world = World(rooms_per_user=2)
    alice = world.person("alice")
    first = world.group(alice, "bob", clientId="first")
    world.do(alice, "room.create", type="direct", memberIds=["bob"])
    more = {"type": last, "memberIds": ["carol"]}
    assert world.refused(alice, "room.create", **more) == "CONFLICT"
    assert world.group(alice, "bob", clientId="first") == first
    world.do(alice, "room.create", type="direct", memberIds=["bob"])


def test_a_room_is_created_without_the_cache(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.out.server.down = True
    room_id = world.group(alice, "bob")
    assert world.do(bob, "room.get", roomId=room_id)["memberCount"] == 2


# --- Looking at one ------------------------------------------------------------------------------


def test_a_room_shows_the_first_hundred_members_owners_first(world: World) -> None:
    zoe = world.person("zoe")
    room_id = world.group(zoe, *(f"u{number:03}" for number in range(150)))
    room = world.do(world.person("u149"), "room.get", roomId=room_id)
    names = [member["userId"] for member in room["members"]]
    assert names == ["zoe", *(f"u{number:03}" for number in range(99))]
    assert (room["memberCount"], room["me"]["role"]) == (151, "member")


def test_a_room_shows_its_true_end_whatever_the_cache_believes(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    world.say(alice, room_id, "one")
    world.out.faults["cache.raise_heads"].append(CacheUnavailable("lost"))
    world.say(alice, room_id, "x" * 300)
    room = world.do(world.person("bob"), "room.get", roomId=room_id)
    assert (room["lastSeq"], room["me"]["unread"]) == (2, 2)
    assert room["lastMessage"]["body"] == "x" * 200


def test_somebody_who_left_between_two_looks_finds_nothing(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    world.out.faults["rooms.membership"].append(lambda: leave(world, alice, room_id))
    assert world.refused(alice, "room.get", roomId=room_id) == "NOT_FOUND"


def leave(world: World, person: Connection, room_id: str) -> None:
    caller = person.caller
    memberships: dict[Any, Any] = world.out.rooms._memberships
    del memberships[caller.tenant_id, caller.user_id][RoomId(room_id)]


def test_a_member_whom_a_stale_roster_does_not_name_is_let_in(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    roster = world.out.rooms.roster(ACME, RoomId(room_id))
    assert roster is not None
    world.out.cache.put_roster(type(roster)(roster.room, {alice.caller.user_id: MemberRole.OWNER}))
    assert world.say(bob, room_id)["seq"] == 1


def test_a_membership_without_its_room_lets_nobody_in(world: World) -> None:
    alice = world.person("alice")
    unfinished(world, alice, "g-half")
    assert world.refused(alice, "room.get", roomId="g-half") == "NOT_FOUND"
    assert world.refused(alice, "message.send", roomId="g-half", clientId="c", body="x") == (
        "NOT_FOUND"
    )


def unfinished(world: World, person: Connection, room_id: str) -> None:
    """Leave the user's side of a room whose creation was killed, as `RoomStore.memberships` has."""
    caller = person.caller
    mine = Membership(
        RoomId(room_id), ACME, caller.user_id, MemberRole.OWNER, world.out.clock.now()
    )
    memberships: dict[Any, Any] = world.out.rooms._memberships
    memberships.setdefault((ACME, caller.user_id), {})[mine.room_id] = mine


# --- Listing -------------------------------------------------------------------------------------


def listed(world: World, person: Connection, **data: Any) -> list[str]:
    """Return all rooms of a list, page by page."""
    rooms: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.do(person, "room.list", **data, **cursor)
        rooms += [room["roomId"] for room in page["rooms"]]
        if page["cursor"] is None:
            return rooms
        cursor = {"cursor": page["cursor"]}


@pytest.mark.covers("C-10", "C-42", "C-43")
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_rooms_are_listed_by_newest_activity_on_any_page_size(world: World, limit: int) -> None:
    alice = world.person("alice")
    rooms = []
    for _ in range(7):
        world.wait(1)
        rooms.append(world.group(alice, "bob"))
    world.wait(1)
    world.say(alice, rooms[2])
    world.wait(1)
    world.say(world.person("bob"), rooms[4])
    order = [4, 2, 6, 5, 3, 1, 0]
    assert listed(world, alice, limit=limit) == [rooms[number] for number in order]


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize("state", ["warm", "lost", "down"])
def test_rooms_whose_creation_was_killed_do_not_disturb_a_list(
    world: World, limit: int, state: str
) -> None:
    alice = world.person("alice")
    rooms = set()
    for number in range(5):
        world.wait(1)
        unfinished(world, alice, f"g-{number}")
        rooms.add(world.group(alice, "bob"))
    world.wait(1)
    unfinished(world, alice, "g-newest")
    if state == "lost":
        world.out.server.flush_all()
    world.out.server.down = state == "down"
    found = listed(world, alice, limit=limit)
    assert (set(found), len(found)) == (rooms, 5)


def test_rooms_of_one_moment_are_each_listed_once(world: World) -> None:
    alice = world.person("alice")
    rooms = {world.group(alice, "bob") for _ in range(9)}
    found = listed(world, alice, limit=2)
    assert (set(found), len(found)) == (rooms, 9)


def test_only_direct_rooms_are_listed_with_their_members(world: World) -> None:
    alice = world.person("alice")
    world.group(alice, "bob")
    world.do(alice, "room.create", type="direct", memberIds=["bob"])
    rooms = {room["type"]: room for room in world.do(alice, "room.list")["rooms"]}
    assert [member["userId"] for member in rooms["direct"]["members"]] == ["alice", "bob"]
    assert "members" not in rooms["group"]


def test_a_list_ends_early_at_30_kb_and_leads_on(world: World) -> None:
    alice = world.person("alice")
    rooms = {world.group(alice, "bob", name="\U0001f600" * 128) for _ in range(60)}
    first = world.do(alice, "room.list", limit=100)
    assert 0 < len(first["rooms"]) < 60
    found = listed(world, alice, limit=100)
    assert (set(found), len(found)) == (rooms, 60)


@pytest.mark.parametrize("cursor", ["x", "WzFd", "e30", "WzEsMl0", "W1siYSJdLCJiIl0", "-_-_"])
def test_a_cursor_of_nobodys_is_refused(world: World, cursor: str) -> None:
    assert world.refused(world.person("alice"), "room.list", cursor=cursor) == "VALIDATION_ERROR"


def test_somebody_without_rooms_has_an_empty_list(world: World) -> None:
    assert world.do(world.person("alice"), "room.list") == {"rooms": [], "cursor": None}


def test_a_direct_room_that_vanishes_while_it_is_listed_has_no_members(world: World) -> None:
    alice = world.person("alice")
    room = world.do(alice, "room.create", type="direct", memberIds=["bob"])
    vanish = partial(world.out.rooms.unfinish, alice.caller.tenant_id, RoomId(room["roomId"]))
    world.out.faults["rooms.roster"].append(vanish)
    assert "members" not in world.do(alice, "room.list")["rooms"][0]
