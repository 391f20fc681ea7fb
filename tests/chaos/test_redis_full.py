"""Redis has no room left, or makes room by taking what it likes (facts 4 and 7)."""

import logging

import pytest

from tests.chaos.conftest import MakeScene
from tests.chaos.test_redis_lost import group_of
from tests.support.faults.valkey import ValkeyUnderTest

pytestmark = pytest.mark.e2e


@pytest.mark.scenario("R7")
def test_a_full_redis_is_one_that_does_not_answer(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, ben) = group_of(world, "anna", "ben")
    valkey.oom()
    for seq in range(2, 6):
        reply = world.send(anna, room_id)["data"]
        assert (reply["message"]["seq"], reply["degraded"]) == (seq, True)
    assert world.seqs(ben, room_id) == [1, 2, 3, 4, 5]
    assert world.refused(ben, "presence.heartbeat", status="online") == "UNAVAILABLE"
    world.come("cleo")
    valkey.make_room()
    reply = world.send(anna, room_id)["data"]
    assert "degraded" not in reply
    assert world.heard(ben) == [6]


@pytest.mark.scenario("R7")
def test_keys_that_are_taken_one_by_one_cost_no_message_and_no_order(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene(messages_per_10s=1_000, messages_per_minute=1_000)
    room_id, people = group_of(world, "anna", "ben", "cleo")
    sent = 1
    for turn in range(12):
        taken = valkey.evict(0.3)
        for person in people:
            reply = world.send(person, room_id, f"turn-{turn}")["data"]
            again = world.send(person, room_id, f"turn-{turn}")["data"]
            sent += 1
            assert (reply["message"]["seq"], reply["duplicate"]) == (sent, False)
            assert (again["message"]["seq"], again["duplicate"]) == (sent, True)
        assert taken > 0 or turn == 0
        world.beat(people[turn % 3])
    assert world.seqs(people[0], room_id) == list(range(1, sent + 1))
    # One heartbeat of each puts right whatever else was taken.
    for person in people:
        world.beat(person)
    world.forget_pushes()
    world.say(people[0], room_id)
    assert [len(world.heard(person)) for person in people] == [0, 1, 1]


@pytest.mark.scenario("R7")
@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-lru", "noeviction"])
def test_a_policy_that_takes_any_key_is_complained_of_with_every_sweep(
    scene: MakeScene,
    valkey: ValkeyUnderTest,
    caplog: pytest.LogCaptureFixture,
    policy: str,
) -> None:
    world = scene()
    world.come("anna")
    with valkey.admin() as admin:
        admin.config_set("maxmemory-policy", policy)
    caplog.clear()
    world.app.presence.sweep()
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors == (["cache_may_evict_anything"] if policy == "allkeys-lru" else [])
