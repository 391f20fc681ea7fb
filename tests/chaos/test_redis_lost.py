"""Redis is lost and comes back (SPEC §5.7): nothing of it is missed, and nobody need reconnect."""

from typing import Any

import pytest

from parley.domain.people import Connection
from parley.protocol.commands import OPERATIONS
from tests.chaos.conftest import MakeScene
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.redis_scene import OPEN_S, RedisScene
from tests.support.stack import until

pytestmark = pytest.mark.e2e


def group_of(scene: RedisScene, *names: str) -> tuple[str, list[Connection]]:
    """Return a group of these people, each with a connection, of which the cache knows all."""
    people = [scene.come(name) for name in names]
    room_id = scene.group(people[0], *names[1:])
    for person in people:
        scene.beat(person)
    scene.say(people[0], room_id)
    scene.forget_pushes()
    return room_id, people


def operations(scene: RedisScene, room_id: str, anna: Connection) -> dict[str, dict[str, Any]]:
    """Return data for every operation of somebody who has the room."""
    message = scene.say(anna, room_id)
    at = {"roomId": room_id, "messageId": message["messageId"]}
    room = {"roomId": room_id}
    return {
        "message.send": {**room, "clientId": "c", "body": "hello"},
        "message.edit": {**at, "body": "edited"},
        "message.react": {**at, "emoji": "👍", "on": True},
        "message.delete": at,
        "message.history": room,
        "receipt.delivered": {**room, "seq": 1},
        "receipt.read": {**room, "seq": 1},
        "typing.start": room,
        "typing.stop": room,
        "room.create": {"type": "group", "memberIds": ["ben"]},
        "room.list": {},
        "room.get": room,
        "room.update": {**room, "name": "new"},
        "room.mute": {**room, "muted": True},
        "room.addMember": {**room, "userId": "cleo"},
        "room.removeMember": {**room, "userId": "cleo"},
        "presence.heartbeat": {"status": "online"},
        "presence.list": {},
        "presence.subscribe": {"userIds": ["ben"]},
        "sync.start": {"rooms": {}},
        "room.leave": room,
    }


def until_pushed(scene: RedisScene, sender: Connection, room_id: str) -> None:
    """Send until a reply is not marked as degraded any more."""
    until(lambda: "degraded" not in scene.send(sender, room_id)["data"])


@pytest.mark.scenario("R1")
def test_a_repeat_after_redis_lost_everything_returns_the_first_message(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, _) = group_of(world, "anna", "ben")
    first = world.send(anna, room_id, "once")["data"]["message"]
    world.say(anna, room_id)
    for lose in (valkey.flush, valkey.restart_empty, lambda: valkey.evict(1.0)):
        lose()
        for connection in (anna, world.come("anna")):
            again = world.send(connection, room_id, "once")["data"]
            assert (again["message"], again["duplicate"]) == (first, True)
    assert world.seqs(anna, room_id) == [1, 2, 3]


@pytest.mark.scenario("R2")
@pytest.mark.covers("C-73")
def test_while_redis_is_dead_sends_are_stored_and_say_that_nobody_was_told(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, ben) = group_of(world, "anna", "ben")
    valkey.kill9()
    for seq in range(2, 10):
        reply = world.send(anna, room_id)["data"]
        assert (reply["message"]["seq"], reply["degraded"]) == (seq, True)
    assert world.seqs(ben, room_id) == list(range(1, 10))
    synced = world.do(ben, "sync.start", rooms={room_id: {"seq": 1, "rev": 0}})
    assert [m["seq"] for m in synced["changes"][0]["messages"]] == list(range(2, 10))
    # Nobody is called offline of whom nothing is known.
    assert (synced["users"], synced["epoch"]) == ([], "unknown")
    for asked in ({}, {"userIds": ["anna"]}):
        assert world.refused(ben, "presence.list", **asked) == "UNAVAILABLE"
    assert world.refused(ben, "presence.heartbeat", status="online") == "UNAVAILABLE"


@pytest.mark.scenario("R2")
def test_while_redis_is_dead_members_send_and_are_named_and_nobody_else(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, _) = group_of(world, "anna", "ben")
    eve = world.come("eve")
    valkey.kill9()
    asked = {"roomId": room_id, "clientId": "named", "body": "hello", "mentions": ["ben"]}
    assert world.do(anna, "message.send", **asked)["message"]["mentions"] == ["ben"]
    refused = world.refused(anna, "message.send", **asked | {"clientId": "x", "mentions": ["eve"]})
    assert refused == "VALIDATION_ERROR"
    assert world.refused(eve, "message.send", **asked | {"clientId": "y"}) == "NOT_FOUND"
    missing = asked | {"clientId": "z", "roomId": "g-" + "0" * 32}
    assert world.refused(anna, "message.send", **missing) == "NOT_FOUND"
    assert world.do(anna, "message.send", **asked)["duplicate"]


@pytest.mark.scenario("R2")
def test_whoever_connects_while_redis_is_dead_is_known_with_the_first_heartbeat_after(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, _) = group_of(world, "anna", "ben")
    valkey.kill9()
    late = world.come("ben")
    valkey.start()
    until_pushed(world, anna, room_id)
    assert world.heard(late) == []
    missed = until(lambda: world.ask(late, "presence.heartbeat", status="online").get("data"))
    assert missed["epoch"]
    assert world.say(anna, room_id)["seq"] in world.heard(late)


@pytest.mark.parametrize("verb", ["cut", "oom"])
def test_the_first_message_after_redis_is_back_is_pushed(
    scene: MakeScene, valkey: ValkeyUnderTest, verb: str
) -> None:
    world = scene()
    room_id, (anna, ben) = group_of(world, "anna", "ben")
    getattr(valkey, verb)()
    assert world.send(anna, room_id)["data"]["degraded"]
    assert world.heard(ben) == []
    valkey.clear()
    world.out.clock.sleep(OPEN_S)
    reply = world.send(anna, room_id)["data"]
    assert "degraded" not in reply
    assert world.heard(ben) == [reply["message"]["seq"]]


@pytest.mark.scenario("R11")
@pytest.mark.parametrize("verb", ["flush", "restart_empty"])
def test_after_a_loss_everybody_is_registered_again_with_their_next_heartbeat(
    scene: MakeScene, valkey: ValkeyUnderTest, verb: str
) -> None:
    world = scene()
    names = [f"user{number:03}" for number in range(10)]
    room_id, people = group_of(world, *names)
    before = {person.connection_id: world.beat(person)["epoch"] for person in people}
    getattr(valkey, verb)()
    missed = world.say(people[0], room_id)
    assert not any(world.heard(person) for person in people[1:])
    for person in people:
        # The log went with the rest, so that only the epoch tells that something may be missing.
        assert world.beat(person)["epoch"] != before[person.connection_id]
        synced = world.do(person, "sync.start", rooms={room_id: {"seq": 1, "rev": 0}})
        assert [m["seq"] for m in synced["changes"][0]["messages"]] == [missed["seq"]]
    seen = world.say(people[0], room_id)
    assert all(world.heard(person) == [seen["seq"]] for person in people[1:])
    listed = world.do(people[0], "presence.list", userIds=names)["users"]
    assert {user["status"] for user in listed} == {"online"}


@pytest.mark.scenario("R6")
def test_no_operation_notices_that_redis_forgot_the_scripts(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, ben) = group_of(world, "anna", "ben")
    asked = operations(world, room_id, anna)
    assert asked.keys() == OPERATIONS.keys()
    world.do(anna, "room.addMember", roomId=room_id, userId="ben", role="owner")
    for operation, data in asked.items():
        valkey.script_flush()
        reply = world.tell(anna, operation, **data) or {"ok": True, "data": {}}
        assert reply["ok"], (operation, reply)
        assert "degraded" not in reply["data"]
    valkey.script_flush()
    world.app.presence.sweep()
    valkey.script_flush()
    world.wait(0)
    world.app.presence.disconnected(ben)
