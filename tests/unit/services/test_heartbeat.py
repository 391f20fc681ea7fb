"""Heartbeats: leases, what changed, and connections that Redis forgot (SPEC §5.4, §5.6, §5.7)."""

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable, StoreUnavailable
from tests.support.memory import World

ACME = TenantId("acme")


def beat(world: World, connection: Connection) -> dict[str, object]:
    return world.do(connection, "presence.heartbeat")


def changed(world: World, connection: Connection) -> list[tuple[object, ...]]:
    rooms = world.do(connection, "presence.heartbeat")["changed"]
    return [(room["roomId"], room["lastSeq"], room["rev"]) for room in rooms]


@pytest.mark.covers("A-29", "A-33", "D-50", "D-90")
def test_a_heartbeat_is_answered_as_the_contract_says(world: World) -> None:
    alice = world.person("alice")
    reply = beat(world, alice)
    epoch = reply.pop("epoch")
    assert isinstance(epoch, str)
    assert len(epoch) > 4
    assert reply == {
        "serverTime": "2026-01-01T00:00:00.000Z",
        "ttl": 90,
        "changed": [],
        "presence": "all",
    }
    assert beat(world, alice)["epoch"] == epoch


@pytest.mark.parametrize("status", ["offline", "busy", "", None, 1])
def test_a_status_of_ones_own_making_is_refused(world: World, status: object) -> None:
    alice = world.person("alice")
    assert world.refused(alice, "presence.heartbeat", status=status) == "VALIDATION_ERROR"
    assert world.refused(alice, "presence.heartbeat", userId="bob") == "VALIDATION_ERROR"


def test_a_message_whose_push_was_lost_is_noticed_at_the_next_heartbeat(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.relay()
    for _ in range(6):
        world.wait(20)
        beat(world, bob)
    assert changed(world, bob) == []
    world.out.server.down = True
    world.do(alice, "message.send", roomId=room_id, clientId="c", body="x")
    world.out.server.down = False
    world.relay()
    world.wait(3)
    # Told more than once: the reply to a heartbeat may be lost like any push (SPEC §5.4).
    for expected in (*[[(room_id, 1, 0)]] * 4, []):
        assert changed(world, bob) == expected
        world.wait(30)


def test_a_new_room_is_noticed_by_its_members_only(world: World) -> None:
    alice, bob, eve = (world.person(name) for name in ("alice", "bob", "eve"))
    for person in (alice, bob, eve):
        beat(world, person)
    world.wait(30)
    room_id = world.group(alice, "bob")
    world.relay()
    assert [changed(world, person) for person in (bob, eve)] == [[(room_id, 0, 0)], []]


@pytest.mark.parametrize("count", [3, 30])
def test_many_changed_rooms_cost_a_bounded_number_of_calls(world: World, count: int) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    beat(world, bob)
    rooms = {world.group(alice, "bob") for _ in range(count)}
    for room_id in rooms:
        world.say(alice, room_id)
        world.wait(1)
    world.relay()
    world.forget_pushes()
    assert {room for room, _, _ in changed(world, bob)} == rooms
    # Three of them since these are new rooms.
    assert len(world.out.calls) <= 10


def test_more_changes_than_a_frame_holds_ask_for_a_sync() -> None:
    world = World(requests_per_minute=100_000)
    alice, bob = world.person("alice"), world.person("bob")
    epoch = beat(world, bob)["epoch"]
    for _ in range(201):
        world.group(alice, "bob")
    world.relay()
    reply = beat(world, bob)
    assert reply["changed"] == []
    assert reply["epoch"] != epoch


def test_a_room_that_was_left_or_never_finished_is_not_among_the_changes(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    world.relay()
    world.out.cache.add_rooms(ACME, alice.caller.user_id, [RoomId("g-left")], complete=True)
    world.out.cache.log_changes(ACME, [RoomId("g-left")])
    assert changed(world, alice) == [(room_id, 0, 0)]


# --- When Redis forgot ---------------------------------------------------------------------------


def test_a_connection_that_redis_forgot_is_registered_again_and_told_to_sync(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    epoch = beat(world, bob)["epoch"]
    world.out.server.flush_all()
    world.say(alice, room_id)
    assert world.events_of(bob, "message:new") == []
    assert beat(world, bob)["epoch"] != epoch
    world.say(alice, room_id)
    assert [message["seq"] for message in world.events_of(bob, "message:new")] == [2]
    users = world.do(alice, "presence.list", userIds=["bob"])["users"]
    assert (users[0]["status"], users[0]["name"]) == ("online", "Bob")


def test_a_revoked_users_connection_is_not_registered_again(world: World) -> None:
    alice = world.person("alice")
    world.out.server.flush_all()
    world.out.users.revoke(ACME, alice.caller.user_id, alice.caller.issued_at + 1)
    assert world.refused(alice, "presence.heartbeat") == "UNAUTHORIZED"
    bye = {"code": 4501, "reason": "revoked", "reconnect": False}
    assert world.events_of(alice, "bye") == [bye]
    assert world.out.push.closed == [alice.connection_id]
    assert world.do(world.person("bob"), "presence.list", userIds=["alice"])["users"][0][
        "status"
    ] == ("offline")


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("sync.start", {}),
        ("room.list", {}),
        ("room.create", {"type": "direct", "memberIds": ["bob"]}),
        ("presence.list", {}),
        ("room.get", {"roomId": "d-x"}),
        ("message.history", {"roomId": "d-x"}),
        ("message.send", {"toUserId": "bob", "clientId": "c", "body": "x"}),
        ("receipt.read", {"roomId": "d-x", "seq": 1}),
    ],
)
def test_a_revoked_user_gets_nothing_over_a_connection_that_redis_forgot(
    world: World, operation: str, data: dict[str, object], down: bool
) -> None:
    alice = world.person("alice")
    world.out.server.flush_all()
    world.out.server.down = down
    world.out.users.revoke(ACME, alice.caller.user_id, alice.caller.issued_at + 1)
    assert world.refused(alice, operation, **data) == "UNAUTHORIZED"


def test_a_token_issued_after_the_revocation_is_welcome(world: World) -> None:
    alice = world.person("alice")
    world.out.users.revoke(ACME, alice.caller.user_id, alice.caller.issued_at)
    world.out.server.flush_all()
    beat(world, alice)


def test_a_connection_that_was_ended_but_is_still_open_is_told_to_reconnect(world: World) -> None:
    """Its `bye` and the closing were lost; it must not go on deaf."""
    alice = world.person("alice")
    world.app.presence.disconnected(alice)
    reply = world.ask(alice, "presence.heartbeat")
    assert reply["error"] == "UNAVAILABLE"
    assert world.events_of(alice, "bye") == [
        {"code": 4002, "reason": "going away", "reconnect": True}
    ]
    assert world.out.push.closed == [alice.connection_id]


def test_a_registration_that_a_disconnect_overtook_changes_nothing(world: World) -> None:
    alice = world.person("alice")
    world.out.server.flush_all()
    world.out.faults["presence.register"].append(lambda: world.app.presence.disconnected(alice))
    beat(world, alice)
    assert world.do(world.person("bob"), "presence.list", userIds=["alice"])["users"][0][
        "status"
    ] == ("offline")


# --- When parts fail -----------------------------------------------------------------------------


def test_a_heartbeat_without_the_cache_is_unavailable(world: World) -> None:
    alice = world.person("alice")
    world.out.server.down = True
    assert world.refused(alice, "presence.heartbeat") == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("cache.changed_since", CacheUnavailable("down")),
        ("rooms.sides", StoreUnavailable("down")),
        ("messages.head", StoreUnavailable("down")),
    ],
)
def test_what_a_failed_look_at_the_log_would_have_shown_is_not_lost(
    world: World, call: str, error: Exception
) -> None:
    """The lease is renewed already: the next heartbeat would look back to this one only."""
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    epoch = beat(world, bob)["epoch"]
    world.wait(20)
    world.relay()
    world.say(alice, room_id)
    world.relay()
    world.wait(25)
    world.out.server.rooms[ACME].heads.clear()
    world.out.faults[call].append(error)
    reply = beat(world, bob)
    assert reply["changed"] == []
    assert reply["epoch"] != epoch


def test_a_list_of_rooms_that_is_lost_again_at_once_asks_for_a_sync(world: World) -> None:
    alice = world.person("alice")
    world.out.faults["cache.changed_since"].extend(
        [world.out.server.flush_all, world.out.server.flush_all]
    )
    assert beat(world, alice)["epoch"] == "none"


def test_a_flush_that_fails_does_not_take_the_changes_of_a_heartbeat_with_it(
    world: World,
) -> None:
    """The lease, and with it the place in the log, has moved on already."""
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.relay()
    world.settle()
    world.wait(20)
    world.out.faults["presence.flush"].append(CacheUnavailable("down"))
    reply = world.do(bob, "presence.heartbeat", status="away")
    assert [room["roomId"] for room in reply["changed"]] == [room_id]
