"""Exactly once, for the life of the room (SPEC §5.2)."""

import pytest

from parley.adapters.memory.faults import Fault
from parley.domain.ids import RoomId, TenantId
from tests.support.memory import World

SEND = {"toUserId": "bob", "clientId": "c1", "body": "hello"}
MONTH_S = 30 * 86_400


@pytest.mark.covers("D-25", "D-70")
@pytest.mark.parametrize("later_s", [0, 1, 299, 11 * 60, 25 * 3_600])
@pytest.mark.parametrize("cache", ["kept", "lost", "down"])
def test_a_repeat_returns_the_first_message_and_stores_nothing(
    world: World, later_s: float, cache: str
) -> None:
    first = world.do(world.person("alice"), "message.send", **SEND)["message"]
    world.wait(later_s)
    if cache == "lost":
        world.out.server.flush_all()
    world.out.server.down = cache == "down"
    elsewhere = [world.connection(world.caller("alice")) for _ in range(3)]
    replies = [world.do(connection, "message.send", **SEND) for connection in elsewhere]
    assert [(reply["duplicate"], reply["message"]) for reply in replies] == [(True, first)] * 3
    history = world.do(
        world.connection(world.caller("bob")), "message.history", roomId=first["roomId"]
    )
    assert history["messages"] == [first]


def test_a_repeat_after_a_month_returns_the_first_message(world: World) -> None:
    first = world.do(world.person("alice"), "message.send", **SEND)["message"]
    world.wait(MONTH_S)
    reply = world.do(world.person("alice"), "message.send", **SEND)
    assert (reply["duplicate"], reply["message"]) == (True, first)


def test_a_repeat_with_another_body_returns_the_first_one(world: World) -> None:
    alice = world.person("alice")
    first = world.do(alice, "message.send", **SEND)["message"]
    reply = world.do(alice, "message.send", **{**SEND, "body": "something else"})
    assert (reply["duplicate"], reply["message"]) == (True, first)


def test_a_repeat_of_a_message_that_retention_took_stores_nothing(world: World) -> None:
    alice = world.person("alice")
    first = world.do(alice, "message.send", **SEND)["message"]
    world.do(alice, "message.send", **{**SEND, "clientId": "c2"})
    world.out.messages.remove(TenantId("acme"), RoomId(first["roomId"]), 1)
    world.wait(400)
    reply = world.do(alice, "message.send", **SEND)
    assert (reply["duplicate"], reply["message"]["messageId"]) == (True, first["messageId"])
    history = world.do(alice, "message.history", roomId=first["roomId"])["messages"]
    assert [message["seq"] for message in history] == [2]


def test_the_same_client_id_of_somebody_else_or_elsewhere_is_another_message(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.do(alice, "message.send", **SEND)["message"]["roomId"]
    seqs = [
        world.do(bob, "message.send", roomId=room_id, clientId="c1", body="x")["message"]["seq"],
        world.do(alice, "message.send", toUserId="carol", clientId="c1", body="x")["message"][
            "seq"
        ],
    ]
    assert seqs == [2, 1]


@pytest.mark.covers("D-26")
@pytest.mark.parametrize(("age_s", "pushes"), [(0, 2), (299, 2), (300, 1), (3_000, 1)])
def test_a_repeat_is_pushed_again_while_the_message_is_young(
    world: World, age_s: float, pushes: int
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.do(alice, "message.send", **SEND)
    world.wait(age_s)
    world.do(alice, "message.send", **SEND)
    heard = world.events_of(bob, "message:new")
    assert len(heard) == pushes
    assert len({message["messageId"] for message in heard}) == 1


DOUBTS = [
    [Fault.UNKNOWN_AFTER],
    [Fault.UNKNOWN_BEFORE],
    [Fault.UNKNOWN_BEFORE, Fault.UNKNOWN_AFTER],
    [Fault.CONFLICT],
    [Fault.CONFLICT, Fault.UNKNOWN_AFTER],
    [Fault.UNKNOWN_BEFORE, Fault.CONFLICT, Fault.CONFLICT],
]


@pytest.mark.parametrize("faults", DOUBTS)
@pytest.mark.parametrize("down", [False, True])
def test_a_commit_whose_outcome_was_in_doubt_is_stored_once(
    world: World, faults: list[Fault], down: bool
) -> None:
    alice = world.person("alice")
    world.out.server.down = down
    world.out.messages.faults.extend(faults)
    reply = world.do(alice, "message.send", **SEND)
    assert reply["duplicate"] is False
    again = world.do(alice, "message.send", **SEND)
    assert (again["duplicate"], again["message"]) == (True, reply["message"])
    history = world.do(alice, "message.history", roomId=reply["message"]["roomId"])
    assert [message["seq"] for message in history["messages"]] == [1]


def test_two_sends_of_one_client_id_at_once_store_one_message(world: World) -> None:
    alice, tablet = world.person("alice"), world.person("alice")
    room_id = world.do(alice, "message.send", **{**SEND, "clientId": "c0"})["message"]["roomId"]
    world.out.messages.faults.append(lambda: world.do(tablet, "message.send", **SEND))
    reply = world.do(alice, "message.send", **SEND)
    assert (reply["duplicate"], reply["message"]["seq"]) == (True, 2)
    history = world.do(alice, "message.history", roomId=room_id)["messages"]
    assert [message["seq"] for message in history] == [1, 2]


@pytest.mark.parametrize("faults", DOUBTS)
def test_a_repeat_whose_outcome_was_in_doubt_is_a_duplicate(
    world: World, faults: list[Fault]
) -> None:
    first = world.do(world.person("alice"), "message.send", **SEND)["message"]
    world.wait(3_600)
    world.out.messages.faults.extend(faults)
    reply = world.do(world.person("alice"), "message.send", **SEND)
    assert (reply["duplicate"], reply["message"]) == (True, first)


def test_a_message_that_committed_while_we_looked_for_it_is_no_duplicate(world: World) -> None:
    """The answer is lost, the marker not there yet, and then the commit comes through."""
    alice = world.person("alice")
    world.out.messages.faults.append(Fault.UNKNOWN_BEFORE)

    def comes_through() -> None:
        lost = next(args for name, args, _ in world.out.writes if name == "messages.append")
        world.out.messages.append(*lost)

    world.out.messages.faults.append(comes_through)
    reply = world.do(alice, "message.send", **SEND)
    assert (reply["duplicate"], reply["message"]["seq"]) == (False, 1)


def test_giving_up_after_doubt_is_never_called_unavailable(world: World) -> None:
    world.out.messages.faults.extend([Fault.UNKNOWN_BEFORE, *[Fault.CONFLICT] * 7])
    assert world.refused(world.person("alice"), "message.send", **SEND) == "INTERNAL_ERROR"


def test_a_repeat_is_not_refused_for_what_changed_since(world: World) -> None:
    """It names people who left and a message that retention took, and is stored all the same."""
    alice = world.person("alice")
    first = world.do(alice, "message.send", **SEND)["message"]
    room_id = RoomId(first["roomId"])
    reply = {**SEND, "clientId": "re", "replyTo": first["messageId"], "mentions": ["bob"]}
    stored = world.do(alice, "message.send", **reply)["message"]
    world.out.messages.remove(TenantId("acme"), room_id, 1)
    again = world.do(alice, "message.send", **reply)
    assert (again["duplicate"], again["message"]) == (True, stored)
    other = {**reply, "clientId": "new"}
    assert world.refused(alice, "message.send", **other) == "NOT_FOUND"


# --- Functions that are killed ------------------------------------------------------------------


class Killed(BaseException):
    """Ends an invocation as Lambda does: nothing of ours catches it."""


def kill() -> None:
    raise Killed


STEPS = ["cache.probe", "messages.append", "push.start", "cache.end_turn"]


@pytest.mark.covers("C-71")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("cache", ["kept", "lost", "down"])
@pytest.mark.parametrize("retried", [False, True])
def test_a_killed_send_is_stored_once_and_noticed_by_everybody(
    world: World, step: str, cache: str, retried: bool
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.do(alice, "message.send", **{**SEND, "clientId": "c0"})["message"]["roomId"]
    world.relay()
    before = world.do(bob, "presence.heartbeat")
    world.wait(20)
    world.out.faults[step].append(kill)
    with pytest.raises(Killed):
        world.do(alice, "message.send", **SEND)
    if cache == "lost":
        world.out.server.flush_all()
    world.out.server.down = cache == "down"
    if retried:
        world.do(alice, "message.send", **SEND)
    world.out.server.down = False
    world.relay()
    world.wait(3)
    stored = 2 if retried or step in {"push.start", "cache.end_turn"} else 1
    history = world.do(bob, "message.history", roomId=room_id)["messages"]
    assert [message["seq"] for message in history] == list(range(1, stored + 1))
    after = world.do(bob, "presence.heartbeat")
    noticed = after["epoch"] != before["epoch"] or [c["lastSeq"] for c in after["changed"]] == [2]
    assert noticed or stored == 1
    again = world.do(alice, "message.send", **SEND)["message"]
    assert again["seq"] == 2
