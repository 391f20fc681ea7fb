"""Floods: limits are a person's, over all connections, and survive Redis well enough (SPEC §6)."""

import itertools
from collections.abc import Iterable

import pytest

from parley.domain.people import Connection
from parley.errors import RateLimited
from tests.chaos.conftest import MakeScene
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.memory import World
from tests.support.redis_scene import RedisScene

pytestmark = pytest.mark.e2e

LIMIT = 10


def accepted(
    worlds: Iterable[World], connections: Iterable[Connection], room_id: str, attempts: int
) -> int:
    """Let connections attempt in turn, each at the next process; return how many were accepted."""
    takers = itertools.cycle(worlds)
    senders = itertools.cycle(connections)
    replies = [
        next(takers).ask(next(senders), "message.send", roomId=room_id, clientId=f"c{n}", body="x")
        for n in range(attempts)
    ]
    refused = {reply["error"] for reply in replies if not reply["ok"]}
    assert refused <= {"RATE_LIMITED"}
    assert all(reply["retryAfter"] > 0 for reply in replies if not reply["ok"])
    return sum(reply["ok"] for reply in replies)


@pytest.mark.scenario("A12")
def test_a_flood_over_many_connections_counts_as_one_persons() -> None:
    world = World()
    flooding = [world.person("anna") for _ in range(10)]
    rooms = [world.group(flooding[0], "ben") for _ in range(5)]
    assert sum(accepted([world], flooding, room_id, 40) for room_id in rooms) == LIMIT
    # Whoever comes again, or by REST, is the same person still.
    newcomers = [world.person("anna"), world.rest_connection(flooding[0].caller)]
    assert accepted([world], newcomers, rooms[0], 20) == 0


@pytest.mark.scenario("A12")
def test_a_flood_is_nobody_elses_problem() -> None:
    world = World()
    flooding = [world.person(f"anna{number}", "noisy") for number in range(5)]
    neighbours = {name: world.person("anna0", name) for name in ("quiet", "calm")}
    noisy = world.group(flooding[0], *(f"anna{number}" for number in range(1, 5)))
    rooms = {name: world.group(person, "ben") for name, person in neighbours.items()}
    for turn in range(LIMIT):
        accepted([world], flooding, noisy, 50)
        for name, person in neighbours.items():
            assert accepted([world], [person], rooms[name], 1) == 1, turn


@pytest.mark.scenario("A12")
def test_coming_and_going_is_limited_as_well() -> None:
    world = World()
    caller = world.caller("anna")
    opened = 0
    for _ in range(200):
        connection = world.connection(caller)
        try:
            world.app.presence.connected(connection)
        except RateLimited:
            continue
        opened += 1
        world.app.presence.disconnected(connection)
    assert opened == 60


def flooded(scene: RedisScene) -> tuple[list[Connection], str]:
    """Return connections of one person, and a room to flood."""
    people = [scene.come("anna") for _ in range(5)]
    return people, scene.group(people[0], "ben")


@pytest.mark.scenario("R12")
@pytest.mark.parametrize("verb", ["flush", "restart_empty", "kill9"])
def test_a_flood_while_redis_loses_its_counts_gets_through_twice_at_most(
    scene: MakeScene, valkey: ValkeyUnderTest, verb: str
) -> None:
    world = scene()
    connections, room_id = flooded(world)
    before = accepted([world], connections, room_id, 30)
    getattr(valkey, verb)()
    after = accepted([world], connections, room_id, 30)
    assert before == LIMIT
    assert 0 < after <= LIMIT


@pytest.mark.scenario("R12")
def test_without_redis_each_process_counts_for_itself(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    worlds = [scene() for _ in range(3)]
    connections, room_id = flooded(worlds[0])
    valkey.kill9()
    assert accepted(worlds, connections, room_id, 90) <= LIMIT * len(worlds)
    valkey.start()
    # What got through meanwhile was not counted there: a new window begins.
    assert accepted(worlds, connections, room_id, 60) <= LIMIT
