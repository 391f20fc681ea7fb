"""Changing a room: its name, its members, their roles (SPEC §4)."""

from typing import Any

import pytest

from parley.adapters.memory.faults import Fault
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from tests.support.memory import World

ACME = TenantId("acme")


@pytest.fixture
def alice(world: World) -> Connection:
    return world.person("alice")


@pytest.fixture
def bob(world: World) -> Connection:
    return world.person("bob")


@pytest.fixture
def group(world: World, alice: Connection, bob: Connection) -> str:
    """A group that Alice owns and Bob is in; what its creation pushed is forgotten."""
    room_id = world.group(alice, "bob", name="Crew")
    world.forget_pushes()
    return room_id


def roles(room: dict[str, Any]) -> dict[str, str]:
    return {member["userId"]: member["role"] for member in room["members"]}


def said(world: World, person: Connection) -> list[str]:
    """Return the system messages that reached a connection."""
    messages = world.events_of(person, "message:new")
    return [message["body"] for message in messages if message["type"] == "system"]


# --- Adding --------------------------------------------------------------------------------------


@pytest.mark.covers("C-7", "D-53", "D-54", "B-5", "D-92")
def test_an_added_member_is_told_to_everybody_and_told_the_room(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    tablet, carol = world.person("alice"), world.person("carol")
    world.forget_pushes()
    room = world.do(alice, "room.addMember", roomId=group, userId="carol")
    assert roles(room) == {"alice": "owner", "bob": "member", "carol": "member"}
    assert (room["memberCount"], room["rev"], room["lastSeq"]) == (3, 1, 1)
    me = room.pop("me")
    assert (me["role"], me["unread"]) == ("owner", 0)
    for hearer in (tablet, bob, carol):
        assert world.events_of(hearer, "room:updated") == [room]
        assert said(world, hearer) == ["Alice added Carol"]
    # Who asked has the room as the reply, and the message as an event.
    assert world.events_of(alice, "room:updated") == []
    (message,) = world.events_of(alice, "message:new")
    assert message == room["lastMessage"]
    assert (message["senderId"], message["senderName"]) == ("alice", "Alice")
    assert (message["clientId"], message["mentions"]) == ("rev-1", ["carol"])


def test_a_new_member_begins_at_the_end_and_can_read_what_was_before(
    world: World, alice: Connection, group: str
) -> None:
    world.say(alice, group, "before")
    world.do(alice, "room.addMember", roomId=group, userId="carol")
    carol = world.person("carol")
    me = world.do(carol, "room.get", roomId=group)["me"]
    assert (me["readSeq"], me["deliveredSeq"], me["unread"]) == (2, 2, 0)
    bodies = [m["body"] for m in world.do(carol, "message.history", roomId=group)["messages"]]
    assert bodies == ["before", "Alice added carol"]
    assert world.say(carol, group)["seq"] == 3


def test_adding_a_member_again_changes_nothing_and_tells_nobody(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    room = world.do(alice, "room.addMember", roomId=group, userId="bob")
    assert (room["rev"], room["lastSeq"], room["memberCount"]) == (0, 0, 2)
    assert world.do(alice, "room.addMember", roomId=group, userId="bob", role="member") == room
    assert world.events_of(bob) == []
    assert "rooms.revise" not in world.out.calls


def test_an_owner_hands_over_without_a_message(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    room = world.do(alice, "room.addMember", roomId=group, userId="bob", role="owner")
    assert roles(room) == {"alice": "owner", "bob": "owner"}
    assert (room["rev"], room["lastSeq"]) == (1, 0)
    assert world.events_of(bob, "room:updated")[0]["rev"] == 1
    assert world.do(bob, "room.get", roomId=group)["me"]["role"] == "owner"
    assert said(world, bob) == []
    world.do(bob, "room.addMember", roomId=group, userId="alice", role="member")
    assert world.refused(alice, "room.addMember", roomId=group, userId="x") == "FORBIDDEN"


@pytest.mark.scenario("A3")
def test_the_last_owner_cannot_be_made_a_mere_member(
    world: World, alice: Connection, group: str
) -> None:
    data = {"roomId": group, "userId": "alice", "role": "member"}
    assert world.refused(alice, "room.addMember", **data) == "CONFLICT"
    world.do(alice, "room.addMember", roomId=group, userId="bob", role="owner")
    assert roles(world.do(alice, "room.addMember", **data))["alice"] == "member"


def test_somebody_can_be_added_as_an_owner(world: World, alice: Connection, group: str) -> None:
    room = world.do(alice, "room.addMember", roomId=group, userId="carol", role="owner")
    assert roles(room)["carol"] == "owner"
    assert world.do(world.person("carol"), "room.get", roomId=group)["me"]["role"] == "owner"


def test_a_group_grows_no_larger_than_it_may() -> None:
    world = World(group_members_max=3)
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    world.do(alice, "room.addMember", roomId=room_id, userId="carol")
    assert world.refused(alice, "room.addMember", roomId=room_id, userId="dan") == "CONFLICT"
    # Who is in it can still be made an owner.
    world.do(alice, "room.addMember", roomId=room_id, userId="bob", role="owner")


def test_a_group_that_fills_up_meanwhile_is_full() -> None:
    world = World(group_members_max=3)
    alice, tablet = world.person("alice"), world.person("alice")
    room_id = world.group(alice, "bob")

    def overtake() -> None:
        world.do(tablet, "room.addMember", roomId=room_id, userId="carol")

    world.out.faults["rooms.revise"].append(overtake)
    assert world.refused(alice, "room.addMember", roomId=room_id, userId="dan") == "CONFLICT"
    assert world.do(alice, "room.get", roomId=room_id)["memberCount"] == 3


def test_somebody_with_as_many_rooms_as_allowed_cannot_be_added() -> None:
    world = World(rooms_per_user=2)
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice)
    world.group(bob)
    world.do(alice, "room.addMember", roomId=room_id, userId="bob")
    other = world.group(alice)
    assert world.refused(alice, "room.addMember", roomId=other, userId="bob") == "CONFLICT"


def test_people_of_manage_scope_cannot_be_added(
    world: World, alice: Connection, group: str
) -> None:
    world.person("root", manages=True)
    for user_id in ("@manage/root", "@manage/none"):
        data = {"roomId": group, "userId": user_id}
        assert world.refused(alice, "room.addMember", **data) == "NOT_FOUND"
        assert world.refused(alice, "room.removeMember", **data) == "NOT_FOUND"


# --- Adding many, by REST ------------------------------------------------------------------------


def many(count: int) -> list[str]:
    return [f"u{number:03}" for number in range(count)]


@pytest.mark.covers("D-55")
@pytest.mark.parametrize("count", [1, 39, 40, 41, 80, 200])
def test_many_are_added_with_one_message_and_one_event(
    world: World, alice: Connection, bob: Connection, group: str, count: int
) -> None:
    last = world.person(many(count)[-1])
    world.forget_pushes()
    rest = world.rest_connection(alice.caller)
    room = world.app.rooms.add_members(rest, group, [*many(count), "bob"], None)
    assert (room.member_count, room.last_seq) == (count + 2, 1)
    assert world.out.calls.count("rooms.revise") == -(-(count + 1) // 40)
    # A REST request has no connection of its own: everybody hears of it.
    for hearer in (alice, bob, last):
        assert len(world.events_of(hearer, "room:updated")) == 1
        assert len(said(world, hearer)) == 1
    (message,) = world.events_of(bob, "message:new")
    assert len(message["mentions"]) == min(count, 50)
    assert world.do(last, "room.get", roomId=group)["me"]["unread"] == 0


def test_members_among_many_get_the_role_with_the_others(
    world: World, alice: Connection, group: str
) -> None:
    rest = world.rest_connection(alice.caller)
    room = world.app.rooms.add_members(rest, group, ["carol", "bob", "carol"], "owner")
    assert {member.user_id for member in room.members or []} == {"alice", "bob", "carol"}
    assert {member.role for member in room.members or []} == {"owner"}
    assert room.rev == 1


def test_many_who_do_not_fit_are_not_added_at_all() -> None:
    world = World(group_members_max=100)
    alice = world.person("alice")
    room_id = world.group(alice)
    rest = world.rest_connection(alice.caller)
    with pytest.raises(Exception, match="group full"):
        world.app.rooms.add_members(rest, room_id, many(100), None)
    assert world.do(alice, "room.get", roomId=room_id)["memberCount"] == 1


def test_a_change_in_several_parts_is_told_though_the_last_part_was_done_meanwhile(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    people = many(41)
    rest = world.rest_connection(alice.caller)

    def overtake() -> None:
        world.do(alice, "room.addMember", roomId=group, userId=people[-1])

    world.out.faults["rooms.revise"].append(overtake)
    room = world.app.rooms.add_members(rest, group, people, None)
    assert room.member_count == 43
    assert world.events_of(bob, "room:updated")[-1]["memberCount"] == 43


# --- Removing and leaving ------------------------------------------------------------------------


@pytest.mark.covers("C-75", "D-54", "B-5", "D-93")
def test_a_removed_member_hears_it_once_and_nothing_more(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    phone = world.person("bob")
    world.forget_pushes()
    room = world.do(alice, "room.removeMember", roomId=group, userId="bob")
    assert (roles(room), room["memberCount"]) == ({"alice": "owner"}, 1)
    assert world.events_of(alice, "message:new")[0]["body"] == "Alice removed Bob"
    world.say(alice, group, "secret")
    for connection in (bob, phone):
        assert world.events_of(connection) == [{"event": "room:removed", "data": {"roomId": group}}]
    assert world.refused(bob, "room.get", roomId=group) == "NOT_FOUND"
    assert world.do(bob, "room.list")["rooms"] == []


def test_somebody_who_leaves_is_answered_with_the_room_without_them(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    phone = world.person("bob")
    world.forget_pushes()
    room = world.do(bob, "room.leave", roomId=group)
    assert "me" not in room
    assert (roles(room), room["rev"]) == ({"alice": "owner"}, 1)
    assert world.events_of(alice, "room:updated") == [room]
    assert said(world, alice) == ["Bob left"]
    assert world.events_of(bob) == []
    assert world.events_of(phone) == [{"event": "room:removed", "data": {"roomId": group}}]
    assert world.refused(bob, "room.leave", roomId=group) == "NOT_FOUND"


def test_removing_oneself_is_leaving(world: World, alice: Connection, bob: Connection) -> None:
    room_id = world.group(alice, "bob")
    room = world.do(bob, "room.removeMember", roomId=room_id, userId="bob")
    assert "me" not in room
    assert said(world, alice) == ["Bob left"]


@pytest.mark.scenario("A3")
def test_the_last_owner_cannot_leave_others_behind(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    assert world.refused(alice, "room.leave", roomId=group) == "CONFLICT"
    assert world.events_of(bob) == []
    world.do(alice, "room.addMember", roomId=group, userId="bob", role="owner")
    world.do(alice, "room.leave", roomId=group)
    world.do(bob, "room.leave", roomId=group)
    assert world.do(bob, "room.list")["rooms"] == []


@pytest.mark.scenario("A3")
def test_a_tenant_admin_cannot_remove_the_last_owner_either(
    world: World, alice: Connection, group: str
) -> None:
    world.do(alice, "room.addMember", roomId=group, userId="ada")
    ada = world.person("ada", role="tenant_admin")
    assert world.refused(ada, "room.removeMember", roomId=group, userId="alice") == "CONFLICT"
    world.do(ada, "room.addMember", roomId=group, userId="ada", role="owner")
    world.do(ada, "room.removeMember", roomId=group, userId="alice")


def test_removing_a_stranger_finds_nobody(world: World, alice: Connection, group: str) -> None:
    assert world.refused(alice, "room.removeMember", roomId=group, userId="eve") == "NOT_FOUND"


def test_somebody_added_again_begins_behind_what_was_said_meanwhile(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.do(alice, "room.removeMember", roomId=group, userId="bob")
    world.say(alice, group)
    world.do(alice, "room.addMember", roomId=group, userId="bob")
    assert world.do(bob, "room.get", roomId=group)["me"]["unread"] == 0
    assert world.say(bob, group)["seq"] == 4


# --- The name ------------------------------------------------------------------------------------


@pytest.mark.covers("B-45", "D-55")
def test_a_renamed_group_is_told_to_everybody(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    room = world.do(alice, "room.update", roomId=group, name="  Cafe\u0301 ")
    room.pop("me")
    assert (room["name"], room["rev"], room["lastSeq"]) == ("Caf\u00e9", 1, 1)
    assert world.events_of(bob, "room:updated") == [room]
    assert said(world, bob) == said(world, alice) == ['Alice renamed the group to "Caf\u00e9"']
    bare = world.do(alice, "room.update", roomId=group)
    assert (bare["name"], bare["rev"]) == (None, 2)
    assert said(world, bob)[1:] == ["Alice removed the name"]


def test_the_same_name_again_changes_nothing(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    assert world.do(alice, "room.update", roomId=group, name="Crew")["rev"] == 0
    assert world.events_of(bob) == []


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 129])
def test_what_is_no_name_is_refused(world: World, alice: Connection, group: str, name: str) -> None:
    assert world.refused(alice, "room.update", roomId=group, name=name) == "VALIDATION_ERROR"


# --- Muting --------------------------------------------------------------------------------------


@pytest.mark.covers("B-8")
def test_muting_is_for_oneself_and_told_to_ones_own_connections(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    phone = world.person("bob")
    world.forget_pushes()
    room = world.do(bob, "room.mute", roomId=group, muted=True)
    assert (room.pop("me")["muted"], room["rev"]) == (True, 0)
    assert world.events_of(phone) == [{"event": "room:updated", "data": room}]
    assert world.events_of(alice) == world.events_of(bob) == []
    assert world.do(bob, "room.list")["rooms"][0]["me"]["muted"] is True
    assert world.do(alice, "room.get", roomId=group)["me"]["muted"] is False
    world.do(bob, "room.mute", roomId=group, muted=True)
    assert len(world.events_of(phone)) == 1
    assert world.do(bob, "room.mute", roomId=group, muted=False)["me"]["muted"] is False


def test_a_direct_room_can_be_muted_and_nothing_else(
    world: World, alice: Connection, bob: Connection
) -> None:
    room = world.do(alice, "room.create", type="direct", memberIds=["bob"])
    room_id = room["roomId"]
    ada = world.do(alice, "room.mute", roomId=room_id, muted=True)
    assert ada["me"]["muted"] is True
    for op, data in CHANGES:
        assert world.refused(alice, op, roomId=room_id, **data) == "FORBIDDEN", op
    assert world.refused(bob, "room.leave", roomId=room_id) == "FORBIDDEN"


def test_somebody_who_is_removed_while_they_mute_finds_nothing(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.say(bob, group)
    world.forget_pushes()

    def remove() -> None:
        world.do(alice, "room.removeMember", roomId=group, userId="bob")

    world.out.faults["rooms.membership"].append(remove)
    assert world.refused(bob, "room.mute", roomId=group, muted=True) == "NOT_FOUND"


# --- Who may -------------------------------------------------------------------------------------

CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("room.update", {"name": "x"}),
    ("room.addMember", {"userId": "carol"}),
    ("room.addMember", {"userId": "bob", "role": "owner"}),
    ("room.removeMember", {"userId": "alice"}),
    ("room.removeMember", {"userId": "nobody"}),
]


@pytest.mark.parametrize(("op", "data"), CHANGES)
def test_a_mere_member_may_change_nothing(
    world: World, bob: Connection, group: str, op: str, data: dict[str, Any]
) -> None:
    assert world.refused(bob, op, roomId=group, **data) == "FORBIDDEN"
    assert "rooms.revise" not in world.out.calls


@pytest.mark.parametrize("role", ["service", "super_admin", "admin"])
def test_only_a_tenant_admin_who_is_a_member_may_manage_others_groups(
    world: World, group: str, role: str
) -> None:
    assert world.refused(world.person("bob", role=role), "room.update", roomId=group) == "FORBIDDEN"
    stranger = world.person("ada", role="tenant_admin")
    assert world.refused(stranger, "room.update", roomId=group) == "NOT_FOUND"
    admin = world.person("bob", role="tenant_admin")
    assert world.do(admin, "room.update", roomId=group, name="By Bob")["name"] == "By Bob"
    assert "carol" in roles(world.do(admin, "room.addMember", roomId=group, userId="carol"))


@pytest.mark.scenario("A3")
def test_a_right_that_is_lost_meanwhile_is_lost(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.do(alice, "room.addMember", roomId=group, userId="bob", role="owner")

    def demote() -> None:
        world.do(bob, "room.addMember", roomId=group, userId="alice", role="member")

    world.out.faults["rooms.revise"].append(demote)
    assert world.refused(alice, "room.update", roomId=group, name="Mine") == "FORBIDDEN"


def test_who_is_removed_while_they_change_a_room_finds_nothing(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.do(alice, "room.addMember", roomId=group, userId="bob", role="owner")

    def remove() -> None:
        world.do(bob, "room.removeMember", roomId=group, userId="alice")

    world.out.faults["rooms.revise"].append(remove)
    assert world.refused(alice, "room.update", roomId=group, name="Mine") == "NOT_FOUND"


# --- When things go wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "data"),
    [
        ("room.update", {"name": "New"}),
        ("room.addMember", {"userId": "carol"}),
        ("room.removeMember", {"userId": "bob"}),
    ],
)
@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.UNKNOWN_BEFORE, Fault.UNKNOWN_AFTER])
def test_a_change_happens_once_though_its_answer_is_lost(
    world: World,
    alice: Connection,
    group: str,
    op: str,
    data: dict[str, Any],
    fault: Fault,
) -> None:
    tablet = world.person("alice")
    world.forget_pushes()
    world.out.rooms.faults.append(fault)
    room = world.do(alice, op, roomId=group, **data)
    assert (room["rev"], room["lastSeq"]) == (1, 1)
    assert world.events_of(tablet, "room:updated")[0]["rev"] == 1


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.CONFLICT, "UNAVAILABLE"), (Fault.UNKNOWN_BEFORE, "INTERNAL_ERROR")]
)
def test_a_room_that_others_change_all_the_time_is_busy(
    world: World, alice: Connection, group: str, fault: Fault, code: str
) -> None:
    world.out.rooms.faults.extend([fault] * 8)
    assert world.refused(alice, "room.update", roomId=group, name="New") == code
    assert world.out.calls.count("rooms.revise") == 8
    assert world.do(alice, "room.get", roomId=group)["rev"] == 0


def test_a_change_is_not_tried_for_ever(world: World, alice: Connection, group: str) -> None:
    world.out.rooms.faults.extend([Fault.CONFLICT] * 2)
    world.out.faults["rooms.revise"].append(lambda: world.out.clock.advance(3))
    assert world.refused(alice, "room.update", roomId=group, name="New") == "UNAVAILABLE"
    assert world.out.calls.count("rooms.revise") == 1


def test_a_change_is_made_and_later_told_without_redis(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.out.server.down = True
    world.do(alice, "room.addMember", roomId=group, userId="carol")
    world.do(alice, "room.removeMember", roomId=group, userId="bob")
    world.out.server.down = False
    world.relay()
    world.say(alice, group, "secret")
    assert world.events_of(bob) == []
    assert world.refused(bob, "room.get", roomId=group) == "NOT_FOUND"


def test_targets_that_cannot_be_found_do_not_undo_a_change(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.out.faults["cache.put_roster"] += [CacheUnavailable("lost")] * 2
    assert world.do(alice, "room.update", roomId=group, name="New")["rev"] == 1
    assert world.do(bob, "room.get", roomId=group)["name"] == "New"


def test_a_room_that_is_gone_cannot_be_changed(world: World, alice: Connection, group: str) -> None:
    world.say(alice, group)
    world.out.rooms.unfinish(ACME, RoomId(group))
    assert world.refused(alice, "room.update", roomId=group, name="New") == "NOT_FOUND"


# --- Pages of members ----------------------------------------------------------------------------


def paged(world: World, person: Connection, room_id: str, limit: int) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = world.app.rooms.members(person, room_id, cursor, limit)
        found += [member.user_id for member in page.members]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 7, 12, 13, 100])
def test_members_come_each_once_on_any_page_size(
    world: World, alice: Connection, limit: int
) -> None:
    room_id = world.group(alice, *many(11))
    found = paged(world, world.rest_connection(alice.caller), room_id, limit)
    assert sorted(found) == sorted(["alice", *many(11)])


@pytest.mark.scenario("A13")
def test_a_cursor_of_another_room_or_person_leads_nowhere(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    other = world.group(alice, "bob", "carol")
    cursor = world.app.rooms.members(alice, other, None, 1).cursor
    with pytest.raises(Exception, match="not a cursor"):
        world.app.rooms.members(alice, group, cursor, 1)
    with pytest.raises(Exception, match="not a cursor"):
        world.app.rooms.members(bob, other, cursor, 1)


def test_a_member_of_a_room_shows_how_far_they_are(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    world.say(alice, group)
    world.do(bob, "receipt.read", roomId=group, seq=1)
    world.out.users.hide_reads(ACME, UserId("bob"), hidden=True)
    page = world.app.rooms.members(alice, group, None, 100)
    shown = {member.user_id: (member.delivered_seq, member.read_seq) for member in page.members}
    assert shown["bob"] == (1, 0)
    own = world.app.rooms.members(bob, group, None, 100)
    assert {member.user_id: member.read_seq for member in own.members}["bob"] == 1
