"""Changes of rooms that are stored though what follows fails: never denied, and told (SPEC §3)."""

from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Connection
from parley.errors import Conflict, OutcomeUnknown, StoreUnavailable
from tests.support.memory import World

ACME = TenantId("acme")
AWAY = StoreUnavailable("away")

# What is read after the commit: for everybody, and for the caller alone.
SHOWN, OWN_SIDE = "rooms.room", "rooms.membership"

CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("room.update", {"name": "New"}, 'Alice renamed the group to "New"'),
    ("room.addMember", {"userId": "carol"}, "Alice added carol"),
    ("room.removeMember", {"userId": "bob"}, "Alice removed Bob"),
]


@pytest.fixture
def alice(world: World) -> Connection:
    return world.person("alice")


@pytest.fixture
def bob(world: World) -> Connection:
    return world.person("bob")


@pytest.fixture
def dan(world: World) -> Connection:
    """A member who only listens."""
    return world.person("dan")


@pytest.fixture
def group(world: World, alice: Connection, bob: Connection, dan: Connection) -> str:
    room_id = world.group(alice, "bob", "dan", name="Crew")
    world.forget_pushes()
    return room_id


def fail_after_the_commit(world: World, call: str) -> None:
    world.out.faults["rooms.revise"].append(lambda: world.out.faults[call].append(AWAY))


def bodies(world: World, person: Connection) -> list[str]:
    return [message["body"] for message in world.events_of(person, "message:new")]


# --- Changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [SHOWN, OWN_SIDE])
@pytest.mark.parametrize(("op", "data", "words"), CHANGES)
def test_a_change_that_is_stored_is_not_denied_and_is_told(
    world: World,
    alice: Connection,
    bob: Connection,
    dan: Connection,
    group: str,
    call: str,
    op: str,
    data: dict[str, Any],
    words: str,
) -> None:
    fail_after_the_commit(world, call)
    assert world.refused(alice, op, roomId=group, **data) == "INTERNAL_ERROR"
    room = world.do(alice, "room.get", roomId=group)
    assert (room["rev"], room["lastMessage"]["body"]) == (1, words)
    assert bodies(world, dan) == bodies(world, alice) == [words]
    # The room as it is now cannot be shown to anybody before it is read.
    assert len(world.events_of(dan, "room:updated")) == (call == OWN_SIDE)
    removed = op == "room.removeMember"
    assert len(world.events_of(bob, "room:removed")) == removed
    assert (bodies(world, bob) == []) is removed


def test_a_repeat_of_a_change_whose_outcome_was_unknown_succeeds(
    world: World, alice: Connection, group: str
) -> None:
    fail_after_the_commit(world, SHOWN)
    world.refused(alice, "room.update", roomId=group, name="New")
    room = world.do(alice, "room.update", roomId=group, name="New")
    assert (room["name"], room["rev"]) == ("New", 1)


def test_leaving_that_is_stored_is_not_denied_and_is_told(
    world: World, bob: Connection, dan: Connection, group: str
) -> None:
    phone = world.person("bob")
    world.forget_pushes()
    fail_after_the_commit(world, SHOWN)
    assert world.refused(bob, "room.leave", roomId=group) == "INTERNAL_ERROR"
    assert bodies(world, dan) == ["Bob left"]
    assert world.events_of(phone) == [{"event": "room:removed", "data": {"roomId": group}}]


@pytest.mark.parametrize("call", [SHOWN, "users.profiles"])
def test_where_nothing_is_changed_nothing_is_stored(
    world: World, alice: Connection, group: str, call: str
) -> None:
    world.out.faults[call].append(AWAY)
    data = {"roomId": group, "userId": "bob"}
    assert world.refused(alice, "room.addMember", **data) == "UNAVAILABLE"


def test_a_change_that_cannot_be_stored_is_unavailable(
    world: World, alice: Connection, dan: Connection, group: str
) -> None:
    world.out.faults["rooms.revise"].append(AWAY)
    assert world.refused(alice, "room.update", roomId=group, name="New") == "UNAVAILABLE"
    assert world.events_of(dan) == []
    assert world.do(alice, "room.get", roomId=group)["rev"] == 0


def test_nothing_is_read_after_a_room_was_muted(world: World, bob: Connection, group: str) -> None:
    assert world.do(bob, "room.mute", roomId=group, muted=True)["me"]["muted"] is True
    after = world.out.calls[world.out.calls.index("rooms.mute") + 1 :]
    assert [call for call in after if call.split(".")[0] in {"rooms", "messages", "users"}] == []


# --- New rooms -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"type": "group", "memberIds": ["bob"]},
        {"type": "direct", "memberIds": ["bob"]},
        {"type": "organization"},
    ],
)
@pytest.mark.parametrize("call", [SHOWN, OWN_SIDE])
def test_a_creation_that_is_stored_is_not_denied(
    world: World, alice: Connection, bob: Connection, call: str, data: dict[str, Any]
) -> None:
    world.out.faults["rooms.create"].append(lambda: world.out.faults[call].append(AWAY))
    world.forget_pushes()
    assert world.refused(alice, "room.create", clientId="same", **data) == "INTERNAL_ERROR"
    heard = world.events_of(bob, "room:updated")
    assert len(heard) == (call == OWN_SIDE)
    # A moment later, as it is in reality: the repeat finds the first room.
    world.wait(1)
    room = world.do(alice, "room.create", clientId="same", **data)
    assert [room["roomId"]] == [each["roomId"] for each in world.do(bob, "room.list")["rooms"]]


def test_a_repeated_creation_that_cannot_be_answered_stored_nothing(
    world: World, alice: Connection
) -> None:
    world.group(alice, "bob", clientId="same")
    world.wait(1)
    world.out.faults[SHOWN].append(AWAY)
    data = {"type": "group", "memberIds": ["bob"], "clientId": "same"}
    assert world.refused(alice, "room.create", **data) == "UNAVAILABLE"


def test_a_repeated_creation_does_not_let_in_who_left_since(world: World) -> None:
    root, data = world.person("root", manages=True), {"type": "group", "clientId": "same"}
    world.person("bob")
    room_id = world.group(root, "bob", clientId="same", tenantId="acme")
    world.do(root, "room.addMember", roomId=room_id, userId="bob", role="owner")
    world.do(root, "room.leave", roomId=room_id)
    assert world.refused(root, "room.create", tenantId="acme", **data) == "NOT_FOUND"


def test_a_new_room_is_told_without_reading_it_back(
    world: World, alice: Connection, bob: Connection
) -> None:
    world.out.faults["rooms.roster"].append(AWAY)
    room_id = world.group(alice, "bob")
    assert [room["roomId"] for room in world.events_of(bob, "room:updated")] == [room_id]


# --- Many people ---------------------------------------------------------------------------------

PEOPLE = [f"u{number:03}" for number in range(60)]


def test_of_many_those_who_are_members_are_told_though_the_rest_failed(
    world: World, alice: Connection, bob: Connection, group: str
) -> None:
    first = world.person(PEOPLE[0])
    world.forget_pushes()
    rest = world.rest_connection(alice.caller)
    world.out.faults["rooms.revise"] += [lambda: None, AWAY]
    with pytest.raises(OutcomeUnknown):
        world.app.rooms.add_members(rest, group, PEOPLE, None)
    for hearer in (bob, first):
        assert [r["memberCount"] for r in world.events_of(hearer, "room:updated")] == [43]
        assert bodies(world, hearer) == []
    room = world.app.rooms.add_members(rest, group, PEOPLE, None)
    assert (room.member_count, room.rev) == (63, 2)
    assert bodies(world, bob) == ["Alice added u040, u041 and 18 others"]


def test_of_many_those_who_are_members_are_told_though_the_group_filled_up() -> None:
    world = World(group_members_max=62)
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")

    def overtake() -> None:
        world.do(alice, "room.addMember", roomId=room_id, userId="carol")

    world.out.faults["rooms.revise"] += [lambda: None, overtake]
    with pytest.raises(Conflict):
        world.app.rooms.add_members(world.rest_connection(alice.caller), room_id, PEOPLE, None)
    assert [r["memberCount"] for r in world.events_of(bob, "room:updated")][-2:] == [43, 43]
    assert world.do(bob, "room.get", roomId=room_id)["memberCount"] == 43


def test_of_many_who_are_members_already_a_failure_denies_nothing(
    world: World, alice: Connection, group: str
) -> None:
    rest = world.rest_connection(alice.caller)
    world.app.rooms.add_members(rest, group, PEOPLE[:40], None)
    world.out.faults["rooms.revise"].append(AWAY)
    with pytest.raises(StoreUnavailable):
        world.app.rooms.add_members(rest, group, PEOPLE[:41], None)
    stored = world.out.rooms.room(ACME, RoomId(group))
    assert stored is not None
    assert stored.member_count == 43
