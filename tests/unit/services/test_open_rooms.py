"""Channels and organization rooms: who is in them follows from tokens (SPEC §4, §5.5)."""

from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.people import Connection
from parley.services.changes import NO_EPOCH
from tests.support.memory import World

ACME = TenantId("acme")
HERE: dict[str, Any] = {"spaces": ["north"]}


def channel(world: World, person: Connection, **data: Any) -> str:
    room = world.do(person, "room.create", type="channel", spaceId="north", **data)
    return str(room["roomId"])


def organization(world: World, person: Connection, **data: Any) -> str:
    return str(world.do(person, "room.create", type="organization", **data)["roomId"])


@pytest.fixture
def alice(world: World) -> Connection:
    return world.person("alice", **HERE)


@pytest.fixture
def bob(world: World) -> Connection:
    return world.person("bob", **HERE)


@pytest.fixture
def eve(world: World) -> Connection:
    """Somebody of the tenant whose token names another space."""
    return world.person("eve", spaces=["south"])


# --- Creating ------------------------------------------------------------------------------------


@pytest.mark.covers("B-4")
def test_a_channel_is_shown_as_the_contract_says(world: World, alice: Connection) -> None:
    room = world.do(alice, "room.create", type="channel", spaceId="north", name="North")
    cursors = {"deliveredSeq": 0, "readSeq": 0}
    assert room == {
        "roomId": room["roomId"],
        "tenantId": "acme",
        "type": "channel",
        "name": "North",
        "spaceId": "north",
        "createdBy": "alice",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "lastSeq": 0,
        "rev": 0,
        "lastMessage": None,
        "memberCount": 1,
        "members": [{"userId": "alice", "name": "Alice", "role": "owner", **cursors}],
        "me": {**cursors, "unread": 0, "muted": False, "role": "owner"},
    }


def test_a_new_channel_is_told_to_whoevers_token_names_the_space(
    world: World, alice: Connection, bob: Connection, eve: Connection
) -> None:
    tablet, zed = world.person("alice", **HERE), world.person("zed", "other", **HERE)
    world.forget_pushes()
    room = world.do(alice, "room.create", type="channel", spaceId="north")
    room.pop("me")
    assert world.events_of(bob, "room:updated") == world.events_of(tablet, "room:updated") == [room]
    assert world.events_of(eve) == world.events_of(zed) == world.events_of(alice) == []


def test_a_new_organization_room_is_told_to_everybody_of_the_tenant(
    world: World, alice: Connection, eve: Connection
) -> None:
    zed = world.person("zed", "other")
    world.forget_pushes()
    organization(world, eve, name="All")
    assert [room["name"] for room in world.events_of(alice, "room:updated")] == ["All"]
    assert world.events_of(zed) == []


@pytest.mark.parametrize("make", [channel, organization])
def test_a_retried_creation_of_an_open_room_gives_the_first(
    world: World, alice: Connection, bob: Connection, make: Any
) -> None:
    first = make(world, alice, clientId="same", name="One")
    world.wait(1)
    world.forget_pushes()
    assert make(world, alice, clientId="same", name="Two") == first
    assert world.events_of(bob, "room:updated") == []
    assert make(world, alice, clientId="other") != first
    assert make(world, bob, clientId="same") != first


@pytest.mark.parametrize(
    "data", [{"type": "channel", "spaceId": "north"}, {"type": "organization"}]
)
def test_open_rooms_are_not_made_in_manage_scope(world: World, data: dict[str, Any]) -> None:
    root = world.person("root", manages=True, **HERE)
    assert world.refused(root, "room.create", **data) == "VALIDATION_ERROR"


# --- Being in one --------------------------------------------------------------------------------


@pytest.mark.covers("B-112", "B-117")
def test_a_channel_is_for_those_of_its_space_alone(
    world: World, alice: Connection, bob: Connection, eve: Connection
) -> None:
    room_id = channel(world, alice)
    assert world.say(bob, room_id)["seq"] == 1
    assert len(world.events_of(alice, "message:new")) == 1
    for op, data in [("room.get", {}), ("message.history", {}), ("receipt.read", {"seq": 1})]:
        assert world.refused(eve, op, roomId=room_id, **data) == "NOT_FOUND"
    assert world.events_of(eve, "message:new") == []
    assert world.do(eve, "room.list")["rooms"] == []


@pytest.mark.covers("B-111")
def test_an_organization_room_is_for_the_tenant_alone(
    world: World, alice: Connection, eve: Connection
) -> None:
    room_id = organization(world, alice)
    zed = world.person("zed", "other", **HERE)
    assert world.say(eve, room_id)["seq"] == 1
    assert len(world.events_of(alice, "message:new")) == 1
    assert world.refused(zed, "room.get", roomId=room_id) == "NOT_FOUND"
    assert world.do(zed, "room.list")["rooms"] == []


@pytest.mark.parametrize("state", ["warm", "lost", "down"])
def test_an_open_room_is_entered_whatever_the_cache_knows(
    world: World, alice: Connection, bob: Connection, eve: Connection, state: str
) -> None:
    room_id = channel(world, alice)
    if state == "warm":
        world.say(alice, room_id)
    if state == "lost":
        world.out.server.flush_all()
    world.out.server.down = state == "down"
    world.say(bob, room_id)
    assert world.refused(eve, "message.history", roomId=room_id) == "NOT_FOUND"


def test_what_is_said_reaches_everybody_though_redis_lost_the_room(
    world: World, alice: Connection, bob: Connection, eve: Connection
) -> None:
    north, whole = channel(world, alice), organization(world, alice)
    world.out.cache.drop_roster(ACME, RoomId(north), 1)
    world.out.cache.drop_roster(ACME, RoomId(whole), 1)
    world.forget_pushes()
    world.say(alice, north)
    world.say(alice, whole)
    assert [m["roomId"] for m in world.events_of(bob, "message:new")] == [north, whole]
    assert [m["roomId"] for m in world.events_of(eve, "message:new")] == [whole]


@pytest.mark.parametrize("see", ["room.get", "room.list", "sync.start", "room.mute"])
@pytest.mark.parametrize("make", [channel, organization])
def test_cursors_begin_at_the_end_when_somebody_first_sees_the_room(
    world: World, alice: Connection, bob: Connection, see: str, make: Any
) -> None:
    room_id = make(world, alice)
    for _ in range(3):
        world.say(alice, room_id)
    named = {"room.get": {"roomId": room_id}, "room.mute": {"roomId": room_id, "muted": False}}
    world.do(bob, see, **named.get(see, {}))
    world.say(alice, room_id)
    me = world.do(bob, "room.get", roomId=room_id)["me"]
    assert (me["readSeq"], me["unread"], me["role"]) == (3, 1, "member")
    assert world.do(alice, "room.get", roomId=room_id)["memberCount"] == 2
    assert len(world.do(bob, "message.history", roomId=room_id)["messages"]) == 4


def test_who_speaks_in_a_room_they_never_looked_at_has_seen_it(
    world: World, alice: Connection, bob: Connection
) -> None:
    room_id = channel(world, alice)
    world.say(alice, room_id)
    world.say(bob, room_id)
    world.relay()
    world.say(alice, room_id)
    me = world.do(bob, "room.get", roomId=room_id)["me"]
    assert (me["readSeq"], me["unread"]) == (2, 1)


def test_a_room_lists_who_has_seen_it(world: World, alice: Connection, bob: Connection) -> None:
    room_id = channel(world, alice)
    world.do(bob, "room.list")
    page = world.app.rooms.members(alice, room_id, None, 100)
    assert {m.user_id: m.role for m in page.members} == {"alice": "owner", "bob": "member"}


def test_a_space_that_the_token_lost_takes_its_channels_away(
    world: World, alice: Connection, bob: Connection
) -> None:
    north, whole = channel(world, alice), organization(world, alice)
    world.do(bob, "room.list")
    moved = world.person("bob", spaces=["south"])
    assert [room["roomId"] for room in world.do(moved, "room.list")["rooms"]] == [whole]
    sync = world.do(moved, "sync.start", rooms={north: {}, whole: {}})
    assert {"roomId": north, "removed": True} in sync["rooms"]
    assert world.refused(moved, "message.history", roomId=north) == "NOT_FOUND"
    world.forget_pushes()
    world.say(alice, north)
    assert world.events_of(moved, "message:new") == []
    assert len(world.events_of(bob, "message:new")) == 1


def test_open_rooms_are_no_business_of_manage_scope(world: World, alice: Connection) -> None:
    north, whole = channel(world, alice), organization(world, alice)
    root = world.person("root", manages=True, **HERE)
    assert world.do(root, "room.list")["rooms"] == []
    assert world.do(root, "sync.start")["rooms"] == []
    for room_id in (north, whole):
        assert world.refused(root, "room.get", roomId=room_id) == "NOT_FOUND"


# --- Changing one --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [channel, organization])
def test_nobody_joins_or_leaves_an_open_room_by_command(
    world: World, alice: Connection, make: Any
) -> None:
    room_id = make(world, alice)
    assert world.refused(alice, "room.leave", roomId=room_id) == "FORBIDDEN"
    for op in ("room.addMember", "room.removeMember"):
        for user_id in ("alice", "bob"):
            assert world.refused(alice, op, roomId=room_id, userId=user_id) == "FORBIDDEN"
    assert "rooms.revise" not in world.out.calls


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (channel, 'Alice renamed the channel to "X"'),
        (organization, 'Alice renamed the room to "X"'),
    ],
)
def test_who_made_an_open_room_may_rename_it(
    world: World, alice: Connection, bob: Connection, make: Any, words: str
) -> None:
    room_id = make(world, alice)
    world.forget_pushes()
    assert world.refused(bob, "room.update", roomId=room_id, name="X") == "FORBIDDEN"
    room = world.do(alice, "room.update", roomId=room_id, name="X")
    assert (room["name"], room["rev"]) == ("X", 1)
    assert [r["name"] for r in world.events_of(bob, "room:updated")] == ["X"]
    assert [m["body"] for m in world.events_of(bob, "message:new")] == [words]
    admin = world.person("ada", role="tenant_admin", **HERE)
    assert world.do(admin, "room.update", roomId=room_id, name="Y")["name"] == "Y"


def test_somebody_who_never_saw_an_open_room_may_not_rename_it(
    world: World, alice: Connection, bob: Connection
) -> None:
    assert world.refused(bob, "room.update", roomId=channel(world, alice), name="X") == "FORBIDDEN"


def test_an_open_room_is_muted_for_oneself(
    world: World, alice: Connection, bob: Connection
) -> None:
    phone, room_id = world.person("bob", **HERE), channel(world, alice)
    world.forget_pushes()
    assert world.do(bob, "room.mute", roomId=room_id, muted=True)["me"]["muted"] is True
    assert len(world.events_of(phone, "room:updated")) == 1
    assert world.events_of(alice) == []


# --- Noticing new ones ---------------------------------------------------------------------------


@pytest.mark.parametrize("make", [channel, organization])
def test_a_heartbeat_notices_a_new_open_room_whose_event_was_lost(
    world: World, alice: Connection, bob: Connection, eve: Connection, make: Any
) -> None:
    for person in (bob, eve):
        world.do(person, "sync.start")
    world.wait(5)
    room_id = make(world, alice)
    world.relay()
    world.wait(5)
    concerns_eve = make is organization
    assert world.do(bob, "presence.heartbeat")["epoch"] == NO_EPOCH
    assert (world.do(eve, "presence.heartbeat")["epoch"] == NO_EPOCH) is concerns_eve
    assert room_id in [room["roomId"] for room in world.do(bob, "sync.start")["rooms"]]
    # Seen now: the next heartbeats, which look back beyond the last, send nobody to sync again.
    world.relay()
    assert world.do(bob, "presence.heartbeat")["epoch"] != NO_EPOCH


def test_a_heartbeat_tells_of_news_in_an_open_room(
    world: World, alice: Connection, bob: Connection
) -> None:
    room_id = channel(world, alice)
    world.do(bob, "sync.start")
    world.relay()
    world.wait(100)
    world.say(alice, room_id)
    world.relay()
    world.wait(5)
    changed = world.do(bob, "presence.heartbeat")["changed"]
    assert changed == [{"roomId": room_id, "lastSeq": 1, "rev": 0}]


@pytest.mark.parametrize("count", [1, 5])
def test_a_heartbeat_tells_nothing_of_channels_whose_space_was_lost(
    world: World, alice: Connection, bob: Connection, count: int
) -> None:
    rooms = [channel(world, alice) for _ in range(count)]
    world.do(bob, "sync.start")
    world.relay()
    moved = world.person("bob", spaces=["south"])
    world.do(moved, "sync.start")
    for room_id in rooms:
        world.say(alice, room_id)
    world.relay()
    world.wait(5)
    assert world.do(moved, "presence.heartbeat")["changed"] == []
    assert len(world.do(bob, "presence.heartbeat")["changed"]) == count


def test_manage_scope_is_not_sent_to_sync_by_new_open_rooms(
    world: World, alice: Connection
) -> None:
    root = world.person("root", manages=True, **HERE)
    world.do(root, "sync.start")
    channel(world, alice)
    world.relay()
    world.wait(5)
    assert world.do(root, "presence.heartbeat")["epoch"] != NO_EPOCH


def test_a_room_that_vanishes_is_not_joined(world: World, alice: Connection) -> None:
    room_id = organization(world, alice)
    bob = world.caller("bob")
    world.out.faults["rooms.rooms"].append(lambda: world.out.rooms.unfinish(ACME, RoomId(room_id)))
    assert world.app.access.mine(bob).memberships == []
    assert world.out.rooms.members(ACME, RoomId(room_id), [UserId("bob")]) == {}


def test_whoever_reads_the_history_has_seen_the_room(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = str(world.do(alice, "room.create", type="organization")["roomId"])
    world.say(alice, room_id)
    assert len(world.do(bob, "message.history", roomId=room_id)["messages"]) == 1
    world.say(alice, room_id)
    [room] = world.do(bob, "sync.start", rooms={})["rooms"]
    assert room["me"]["unread"] == 1
