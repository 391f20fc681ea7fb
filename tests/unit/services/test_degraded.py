"""Sending while parts of Parley do not answer (SPEC §5.7)."""

import pytest

from parley.adapters.memory.faults import Fault
from parley.errors import CacheUnavailable, ParleyError, StoreUnavailable
from tests.support.memory import World


def direct(world: World) -> str:
    """Return the room of alice and bob, of which the cache knows everything."""
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.do(alice, "message.send", toUserId="bob", clientId="first", body="hi")
    world.do(bob, "room.get", roomId=room_id["message"]["roomId"])
    world.settle()
    return str(room_id["message"]["roomId"])


@pytest.mark.covers("C-73")
def test_without_the_cache_a_message_is_stored_and_says_so(world: World) -> None:
    room_id = direct(world)
    alice, bob = world.person("alice"), world.person("bob")
    world.out.server.down = True
    for to in ({"roomId": room_id}, {"toUserId": "bob"}, {"toUserId": "new"}):
        sent = {**to, "clientId": str(to), "body": "x"}
        reply = world.do(alice, "message.send", **sent)
        assert (reply["degraded"], reply["duplicate"]) == (True, False)
    assert world.events_of(bob, "message:new") == []
    world.out.server.down = False
    world.say(alice, room_id)
    assert [message["seq"] for message in world.events_of(bob, "message:new")] == [4]


def test_without_the_cache_the_limit_holds_in_the_process(world: World) -> None:
    room_id = direct(world)
    alice, namesake = world.person("alice"), world.person("alice", "other")
    world.out.server.down = True
    for number in range(10):
        sent = {"roomId": room_id, "clientId": str(number), "body": "x"}
        world.do(alice, "message.send", **sent)
    assert world.refused(alice, "message.send", roomId=room_id, clientId="x", body="x") == (
        "RATE_LIMITED"
    )
    world.do(namesake, "message.send", toUserId="bob", clientId="c", body="not my limit")


def test_a_cache_that_dies_after_the_look_costs_only_the_hint(world: World) -> None:
    room_id = direct(world)
    alice, bob = world.person("alice"), world.person("bob")
    world.out.faults["cache.end_turn"].append(CacheUnavailable("down"))
    world.say(alice, room_id)
    assert len(world.events_of(bob, "message:new")) == 1
    assert world.say(alice, room_id)["seq"] == 3


@pytest.mark.parametrize("call", ["cache.put_roster", "presence.targets"])
def test_a_cache_that_dies_while_the_room_is_looked_up_degrades(world: World, call: str) -> None:
    room_id = direct(world)
    alice = world.person("alice")
    world.out.server.flush_all()
    world.out.faults[call].append(CacheUnavailable("down"))
    reply = world.do(alice, "message.send", roomId=room_id, clientId="c", body="x")
    assert reply["degraded"] is True


@pytest.mark.covers("C-71", "C-3")
def test_a_store_that_does_not_answer_is_said_so_and_nothing_is_stored(world: World) -> None:
    room_id = direct(world)
    alice = world.person("alice")
    world.out.messages.faults.append(Fault.UNAVAILABLE)
    reply = world.ask(alice, "message.send", roomId=room_id, clientId="c", body="x")
    assert (reply["error"], reply["retryAfter"]) == ("UNAVAILABLE", 1)
    assert len(world.do(alice, "message.history", roomId=room_id)["messages"]) == 1


def test_what_may_be_stored_is_never_called_unavailable(world: World) -> None:
    """After UNAVAILABLE nothing was stored (SPEC §3), and here nobody knows."""
    room_id = direct(world)
    alice = world.person("alice")
    world.out.messages.faults.append(Fault.UNKNOWN_AFTER)
    world.out.faults["messages.found"].append(StoreUnavailable("timeout"))
    sent = {"roomId": room_id, "clientId": "c", "body": "x"}
    assert world.refused(alice, "message.send", **sent) == "INTERNAL_ERROR"
    again = world.do(alice, "message.send", **sent)
    assert (again["duplicate"], again["message"]["seq"]) == (True, 2)


def test_a_failed_push_does_not_fail_the_message(world: World) -> None:
    room_id = direct(world)
    alice, bob = world.person("alice"), world.person("bob")
    world.out.push.answer_always(bob.connection_id, 429)
    assert world.say(alice, room_id)["seq"] == 2


def test_nothing_that_fails_after_the_commit_fails_the_reply(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    world.out.faults["cache.end_turn"].append(ParleyError("a defect"))
    sent = world.do(alice, "message.send", roomId=room_id, clientId="after", body="x")
    assert sent["message"]["seq"] == 1


def test_a_change_made_without_the_cache_makes_nobody_be_alone_in_the_room(world: World) -> None:
    room_id = direct(world)
    alice, bob = world.person("alice"), world.person("bob")
    message = world.say(alice, room_id)
    world.out.faults["cache.probe"].append(CacheUnavailable("down"))
    what = {"roomId": room_id, "messageId": message["messageId"]}
    world.do(alice, "message.react", **what, emoji="👍", on=True)
    world.forget_pushes()
    world.say(alice, room_id, "are you there?")
    assert [heard["body"] for heard in world.events_of(bob, "message:new")] == ["are you there?"]


def test_without_the_cache_ones_own_messages_are_not_unread(world: World) -> None:
    room_id = direct(world)
    alice = world.person("alice")
    world.out.server.down = True
    for _ in range(3):
        world.say(alice, room_id)
        me = world.do(alice, "room.get", roomId=room_id)["me"]
        assert me["unread"] == 0


def test_a_sender_whose_cursor_cannot_be_moved_is_answered_all_the_same(world: World) -> None:
    room_id = direct(world)
    alice = world.person("alice")
    world.out.server.down = True
    world.out.faults["rooms.move_cursor"].append(StoreUnavailable("down"))
    assert world.say(alice, room_id)["seq"] == 2
