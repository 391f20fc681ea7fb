"""Replies that never arrive, over several tabs: each message is there once (SPEC §5.2)."""

import random

import pytest

from tests.support.memory import World

LOST = 0.3


@pytest.mark.scenario("C11")
@pytest.mark.parametrize("seed", range(20))
def test_two_tabs_that_lose_replies_store_each_message_once(seed: int) -> None:
    """Whatever is not answered is sent again, by either tab, over new connections, out of order."""
    chance = random.Random(seed)  # noqa: S311
    world = World(messages_per_10s=100_000, messages_per_minute=100_000, connections_per_user=100)
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    tabs = [alice, world.person("alice")]
    waiting = [f"c-{number}" for number in range(20)]
    answers: dict[str, list[object]] = {name: [] for name in waiting}
    while waiting:
        client_id = chance.choice(waiting)
        if chance.random() < LOST:
            tabs[chance.randrange(2)] = world.person("alice")
        data = {"roomId": room_id, "clientId": client_id, "body": client_id}
        reply = world.do(chance.choice(tabs), "message.send", **data)
        assert reply["duplicate"] is bool(answers[client_id])
        answers[client_id].append(reply["message"])
        if chance.random() >= LOST:
            waiting.remove(client_id)
    shown = world.do(bob, "message.history", roomId=room_id, after=0, limit=100)["messages"]
    assert [message["seq"] for message in shown] == list(range(1, 21))
    assert {message["clientId"] for message in shown} == answers.keys()
    # Every answer that there ever was, lost or not, is about the one message.
    for message in shown:
        assert all(answer == message for answer in answers[message["clientId"]])
    heard = {message["messageId"] for message in world.events_of(bob, "message:new")}
    assert heard == {message["messageId"] for message in shown}


@pytest.mark.scenario("D4")
@pytest.mark.parametrize("minutes", [11, 61, 25 * 60, 45 * 24 * 60])
def test_a_repeat_after_any_time_and_with_another_body_is_the_first_message(
    world: World, minutes: int
) -> None:
    alice = world.person("alice")
    data = {"toUserId": "bob", "clientId": "c", "body": "first"}
    first = world.do(alice, "message.send", **data)["message"]
    world.wait(minutes * 60)
    world.flush_redis()
    again = world.person("alice")
    for body in ("first", "another"):
        reply = world.do(again, "message.send", **{**data, "body": body})
        assert (reply["duplicate"], reply["message"]) == (True, first)
    assert world.do(again, "room.get", roomId=first["roomId"])["lastSeq"] == 1
