"""How many rooms there may be, whose places they take, and how people see them (SPEC §6)."""

from typing import Any

import pytest

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection
from parley.services.changes import NO_EPOCH
from parley.services.room_access import JOINS_A_CALL
from tests.support.memory import World

ACME = TenantId("acme")
HERE: dict[str, Any] = {"spaces": ["north"]}


def organization(world: World, person: Connection, **data: Any) -> str:
    return str(world.do(person, "room.create", type="organization", **data)["roomId"])


def synced(world: World, person: Connection) -> list[str]:
    """Sync to the end; return the rooms as they came."""
    page = world.do(person, "sync.start")
    rooms = list(page["rooms"])
    while page["cursor"] is not None:
        page = world.do(person, "sync.start", cursor=page["cursor"])
        rooms += page["rooms"]
    return [room["roomId"] for room in rooms]


# --- Open rooms ----------------------------------------------------------------------------------


def test_open_rooms_take_nobodys_places() -> None:
    world = World(rooms_per_user=1)
    alice, bob = world.person("alice", **HERE), world.person("bob", **HERE)
    rooms = {organization(world, alice) for _ in range(3)}
    rooms.add(world.do(alice, "room.create", type="channel", spaceId="north")["roomId"])
    assert {room["roomId"] for room in world.do(bob, "room.list")["rooms"]} == rooms
    for person in (alice, bob):
        world.group(person)
        assert world.refused(person, "room.create", type="group") == "CONFLICT"


def test_who_has_as_many_rooms_as_allowed_sees_open_ones_all_the_same() -> None:
    world = World(rooms_per_user=1)
    alice, bob = world.person("alice"), world.person("bob")
    world.group(bob)
    room_id = organization(world, alice)
    assert world.do(bob, "room.get", roomId=room_id)["me"]["role"] == "member"
    assert world.say(bob, organization(world, alice))["seq"] == 1


@pytest.mark.parametrize(
    "data", [{"type": "organization"}, {"type": "channel", "spaceId": "north"}]
)
def test_there_are_so_many_open_rooms_of_a_kind_and_no_more(data: dict[str, Any]) -> None:
    world = World(open_rooms_max=2)
    alice = world.person("alice", spaces=["north", "south"])
    bob, zed = world.person("bob", **HERE), world.person("zed", "other", **HERE)
    first = world.do(alice, "room.create", clientId="same", **data)["roomId"]
    world.do(alice, "room.create", **data)
    assert world.refused(bob, "room.create", **data) == "CONFLICT"
    # A repeat makes no room; other kinds, spaces and tenants have their own.
    assert world.do(alice, "room.create", clientId="same", **data)["roomId"] == first
    world.do(alice, "room.create", type="channel", spaceId="south")
    world.do(zed, "room.create", **data)


def test_channels_and_organization_rooms_are_counted_apart() -> None:
    world = World(open_rooms_max=1)
    alice = world.person("alice", **HERE)
    world.do(alice, "room.create", type="channel", spaceId="north")
    organization(world, alice)
    assert world.refused(alice, "room.create", type="organization") == "CONFLICT"
    assert world.refused(alice, "room.create", type="channel", spaceId="north") == "CONFLICT"


def test_one_sync_brings_every_open_room_some_with_each_page(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = {organization(world, alice) for _ in range(2 * JOINS_A_CALL + 7)}
    # Their ids sort before and behind those of the rooms that are yet to be seen.
    rooms |= {
        world.group(bob),
        world.do(bob, "room.create", type="direct", memberIds=["zoe"])["roomId"],
    }
    found: list[str] = []
    cursor: dict[str, str] = {}
    while cursor or not found:
        world.forget_pushes()
        page = world.do(bob, "sync.start", **cursor)
        assert world.out.calls.count("rooms.join") <= JOINS_A_CALL
        found += [room["roomId"] for room in page["rooms"]]
        cursor = {"cursor": page["cursor"]} if page["cursor"] else {}
    assert (set(found), len(found)) == (rooms, len(rooms))


def test_a_room_made_while_a_sync_goes_on_does_not_hold_it_up(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = {organization(world, alice) for _ in range(JOINS_A_CALL + 1)}
    page = world.do(bob, "sync.start")
    found = [room["roomId"] for room in page["rooms"]]
    for number in range(JOINS_A_CALL + 1):
        organization(world, alice, clientId=f"late-{number}")
    for _ in range(4):
        page = world.do(bob, "sync.start", cursor=page["cursor"])
        found += [room["roomId"] for room in page["rooms"]]
        if page["cursor"] is None:
            break
    assert page["cursor"] is None
    assert rooms <= set(found)


def test_a_listing_sees_some_open_rooms_and_the_next_ones_the_others(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = {organization(world, alice) for _ in range(JOINS_A_CALL + 5)}
    assert len(world.do(bob, "room.list", limit=100)["rooms"]) == JOINS_A_CALL
    found = {room["roomId"] for room in world.do(bob, "room.list", limit=100)["rooms"]}
    assert found == rooms


def test_a_heartbeat_stops_asking_for_a_sync_once_all_open_rooms_are_seen() -> None:
    world = World(rooms_per_user=1)
    alice, bob = world.person("alice"), world.person("bob")
    synced(world, bob)
    world.wait(5)
    for _ in range(JOINS_A_CALL + 1):
        organization(world, alice)
    world.relay()
    world.wait(5)
    assert world.do(bob, "presence.heartbeat")["epoch"] == NO_EPOCH
    synced(world, bob)
    world.relay()
    assert world.do(bob, "presence.heartbeat")["epoch"] != NO_EPOCH


# --- People who are added ------------------------------------------------------------------------


@pytest.fixture
def tight() -> tuple[World, Connection]:
    """A world of two rooms a person, in which Bob has both of his and Alice has none."""
    world = World(rooms_per_user=2)
    bob = world.person("bob")
    for _ in range(2):
        world.group(bob)
    return world, world.person("alice")


def test_nobody_gets_one_room_too_many_by_a_new_group(tight: tuple[World, Connection]) -> None:
    world, alice = tight
    people = ["zoe", "bob"]
    assert world.refused(alice, "room.create", type="group", memberIds=people) == "CONFLICT"
    assert world.do(alice, "room.list")["rooms"] == []
    assert world.do(world.person("zoe"), "room.list")["rooms"] == []


def test_anybody_can_be_written_to_however_many_rooms_they_have(
    tight: tuple[World, Connection],
) -> None:
    world, alice = tight
    room = world.do(alice, "room.create", type="direct", memberIds=["bob"])
    assert world.say(alice, room["roomId"])["seq"] == 1


def test_a_repeated_creation_is_not_refused_for_the_places_that_it_took() -> None:
    world = World(rooms_per_user=1)
    alice = world.person("alice")
    first = world.group(alice, "bob", "carol", clientId="same")
    assert world.group(alice, "bob", "carol", clientId="same") == first


@pytest.mark.parametrize("count", [1, 25, 200])
def test_nobody_of_many_gets_one_room_too_many(tight: tuple[World, Connection], count: int) -> None:
    world, alice = tight
    room_id = world.group(alice)
    rest = world.rest_connection(alice.caller)
    people = [*(f"u{number}" for number in range(count - 1)), "bob"]
    with pytest.raises(Exception, match="too many rooms"):
        world.app.rooms.add_members(rest, room_id, people, None)
    assert world.do(alice, "room.get", roomId=room_id)["memberCount"] == 1
    assert world.out.rooms.memberships(ACME, UserId("u0")) == []
