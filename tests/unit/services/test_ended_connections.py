"""Connections that have to go, and ones that are gone already (SPEC §2, §5.8)."""

import pytest

from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from tests.support.memory import World


def told(world: World, hearer: Connection) -> list[tuple[str, str]]:
    """Return what a connection heard: (user, status), in order."""
    updates = world.events_of(hearer, "presence:update")
    return [(user["userId"], user["status"]) for update in updates for user in update["users"]]


def byes(world: World, connection: Connection) -> list[dict[str, object]]:
    return world.events_of(connection, "bye")


# --- Connections that have to go -----------------------------------------------------------------


@pytest.mark.covers("B-91")
def test_an_eleventh_connection_ends_the_one_heard_longest_ago(world: World) -> None:
    devices = []
    for _ in range(10):
        devices.append(world.person("alice"))
        world.wait(0.1)
    world.do(devices[0], "presence.heartbeat")
    world.forget_pushes()
    world.person("alice")
    ended = [device for device in devices if byes(world, device)]
    assert ended == [devices[1]]
    assert byes(world, devices[1]) == [{"code": 4502, "reason": "replaced", "reconnect": False}]
    assert world.out.push.closed == [devices[1].connection_id]


def test_a_command_after_the_tokens_end_ends_the_connection(world: World) -> None:
    alice, bob = world.person("alice", ttl_s=60), world.person("bob")
    world.settle()
    world.wait(60)
    assert world.do(alice, "room.list")["rooms"] == []
    world.wait(0.1)
    assert world.refused(alice, "room.list") == "UNAUTHORIZED"
    assert byes(world, alice) == [{"code": 4001, "reason": "token expired", "reconnect": True}]
    assert world.out.push.closed == [alice.connection_id]
    world.wait(10)
    assert told(world, bob) == [("alice", "offline")]


@pytest.mark.scenario("A4")
@pytest.mark.parametrize("ends_after_s", [31, 59, 60, 89, 119])
def test_a_silent_connection_is_ended_by_the_first_sweep_after_its_tokens_end(
    world: World, ends_after_s: int
) -> None:
    alice, bob = world.person("alice", ttl_s=ends_after_s), world.person("bob")
    ended_at_s: int | None = None
    for minute in range(1, 4):
        world.wait(60)
        world.tell(bob, "presence.heartbeat")
        world.app.presence.sweep()
        if ended_at_s is None and byes(world, alice):
            ended_at_s = minute * 60
    assert ended_at_s is not None
    assert 0 <= ended_at_s - ends_after_s <= 60
    assert byes(world, alice) == [{"code": 4001, "reason": "token expired", "reconnect": True}]
    assert byes(world, bob) == []
    assert alice.connection_id in world.out.push.closed


@pytest.mark.scenario("A4")
def test_an_ended_token_receives_nothing_more(world: World) -> None:
    alice, bob = world.person("alice", ttl_s=60), world.person("bob")
    room_id = world.group(bob, "alice")
    world.wait(59)
    world.say(bob, room_id)
    world.wait(1.1)
    world.say(bob, room_id)
    assert [message["seq"] for message in world.events_of(alice, "message:new")] == [1]


# --- Connections that are gone -------------------------------------------------------------------


def test_a_connection_that_a_push_found_gone_is_forgotten_at_once(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.settle()
    world.out.push.answer_always(bob.connection_id, 410)
    for _ in range(3):
        world.say(alice, room_id)
    assert len(world.events_of(bob)) == 1
    world.wait(6)
    assert told(world, alice) == [("bob", "offline")]


def test_a_young_connection_is_not_forgotten_for_a_410(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    bob = world.person("bob")
    world.out.push.answer(bob.connection_id, 410)
    for _ in range(2):
        world.say(alice, room_id)
    assert [message["seq"] for message in world.events_of(bob, "message:new")] == [1, 2]


def test_gone_connections_of_manage_scope_are_forgotten_in_their_own_tenant(world: World) -> None:
    alice, root = world.person("alice"), world.person("root", manages=True)
    send = {"toUserId": "alice", "tenantId": "acme", "clientId": "c", "body": "x"}
    room_id = world.do(root, "message.send", **send)["message"]["roomId"]
    world.settle()
    for person in (alice, root):
        world.out.push.answer_always(person.connection_id, 410)
    world.say(alice, room_id)
    world.forget_pushes()
    world.say(alice, room_id)
    assert world.events_of(root) == []


def test_a_cache_that_cannot_forget_a_gone_connection_does_not_fail_the_send(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.settle()
    world.out.push.answer_always(bob.connection_id, 410)
    world.out.faults["presence.forget"].append(CacheUnavailable("down"))
    world.say(alice, room_id)
