"""Functions whose clocks are off by minutes: order, presence and tokens do not follow them."""

import random
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from parley.adapters.memory.clock import MemoryClock
from parley.domain.ids import TenantId, UserId
from parley.domain.presence import Status
from tests.support.memory import World

MOST_S = 300


class SkewedClock:
    """Each look is at another machine's clock; the servers' own is right."""

    def __init__(self, right: MemoryClock, seed: int) -> None:
        self.monotonic, self.sleep = right.monotonic, right.sleep
        self._right = right
        self._random = random.Random(seed)  # noqa: S311

    def now(self) -> datetime:
        return self._right.now() + timedelta(seconds=self._random.uniform(-MOST_S, MOST_S))


def skewed_world(seed: int) -> World:
    """Return a world whose functions look at other clocks than the servers do."""
    world = World()
    right = world.out.clock
    cast("Any", world.out).clock = SkewedClock(right, seed)
    # Each service takes its clock when it is made.
    for name in ("presence_routes", "message_routes", "flushes", "relay"):
        getattr(world.app, name)
    world.out.clock = right
    return world


@pytest.mark.scenario("L9")
@pytest.mark.parametrize("seed", range(5))
def test_messages_are_in_the_order_of_their_acks_whatever_the_functions_clocks_say(
    seed: int,
) -> None:
    world = skewed_world(seed)
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    sent = [world.say((alice, bob)[number % 2], room_id, f"{number}") for number in range(20)]
    assert [message["seq"] for message in sent] == list(range(1, 21))
    stamps = [message["createdAt"] for message in sent]
    assert stamps != sorted(stamps)
    history = world.do(alice, "message.history", roomId=room_id)["messages"]
    assert [message["body"] for message in history] == [f"{number}" for number in range(20)]


def shown(world: World, user: str) -> Status:
    return world.out.presence.statuses(TenantId("acme"), [UserId(user)])[UserId(user)].status


@pytest.mark.scenario("L9")
@pytest.mark.parametrize("seed", range(5))
def test_leases_and_sweeps_go_by_the_servers_clock(seed: int) -> None:
    world = skewed_world(seed)
    world.person("alice")
    bob = world.person("bob")
    for wait_s in (30, 30, 29):
        world.wait(wait_s)
        world.do(bob, "presence.heartbeat")
        assert shown(world, "alice") is Status.ONLINE
    world.wait(1.5)
    assert shown(world, "alice") is Status.OFFLINE
    world.forget_pushes()
    world.app.presence.sweep()
    world.wait(2)
    (update,) = world.events_of(bob, "presence:update")
    assert update["users"][0]["userId"] == "alice"
    assert update["users"][0]["lastSeenAt"] == "2026-01-01T00:00:00.000Z"
