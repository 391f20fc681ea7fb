"""Pushes: one budget, contained failures, what follows from a 410 (SPEC §5.8)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from parley.adapters.memory.clock import MemoryClock
from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.presence import Target
from parley.ports import PushReport
from parley.protocol.views import RoomRemoved
from parley.services.delivery import GOING_AWAY, Delivery
from tests.support.memory import MemoryAdapters, World

EVENT = RoomRemoved(room_id="g-1")


@dataclass
class SlowPush:
    """Posts that never end: each wait takes all the time that it is given."""

    clock: MemoryClock
    waits: list[float] = field(default_factory=list)

    def start(self, connection_ids: Sequence[ConnectionId], frame: bytes) -> "SlowPush":
        del connection_ids, frame
        return self

    def wait(self, timeout_s: float) -> PushReport:
        self.waits.append(timeout_s)
        self.clock.advance(timeout_s)
        return PushReport(failed={ConnectionId("of-a"): "timeout"})

    def close(self, connection_ids: Sequence[ConnectionId], timeout_s: float) -> None:
        """Unused."""


def target(name: str, tenant: str = "acme") -> Target:
    return Target(TenantId(tenant), UserId(name), ConnectionId(f"of-{name}"))


def delivery(world: World) -> Delivery:
    return world.app.delivery


def test_several_events_share_one_budget(world: World) -> None:
    out: MemoryAdapters = world.out
    push = SlowPush(out.clock)
    slow = Delivery(push, out.presence, out.queue, out.fanout, out.clock, 0.5)
    slow.finish(*(slow.start([target("a")], "room:removed", EVENT) for _ in range(5)))
    assert sum(push.waits) == pytest.approx(0.5)
    assert out.clock.monotonic() == pytest.approx(0.5)


def test_a_connection_that_is_named_twice_hears_an_event_once(world: World) -> None:
    delivery(world).send([target("a"), target("b"), target("a")], "room:removed", EVENT)
    assert [to for to, _ in world.out.push.sent] == ["of-a", "of-b"]
    frame = json.loads(world.out.push.sent[0][1])
    assert frame == {"event": "room:removed", "data": {"roomId": "g-1"}}


def test_nobody_to_tell_is_no_work(world: World) -> None:
    delivery(world).send([], "room:removed", EVENT)
    delivery(world).end([], GOING_AWAY)
    assert world.out.calls == []


def test_one_dead_connection_does_not_stop_the_others(world: World) -> None:
    people = [world.person(name) for name in ("a", "b", "c")]
    world.settle()
    for person, status in zip(people, (410, 500, 200), strict=True):
        world.out.push.answer_always(person.connection_id, status)
    targets = world.out.presence.everyone(TenantId("acme"))
    delivery(world).send(targets, "room:removed", EVENT)
    left = {each.user_id for each in world.out.presence.everyone(TenantId("acme"))}
    assert left == {"b", "c"}


def test_gone_connections_of_two_tenants_are_forgotten_in_each(world: World) -> None:
    people = [world.person("a", tenant) for tenant in ("x", "y")]
    world.settle()
    for person in people:
        world.out.push.answer_always(person.connection_id, 410)
    everyone = [each for t in ("x", "y") for each in world.out.presence.everyone(TenantId(t))]
    delivery(world).send(everyone, "room:removed", EVENT)
    assert [world.out.presence.everyone(TenantId(tenant)) for tenant in ("x", "y")] == [[], []]


def test_a_throttled_push_is_tried_three_times_and_left(world: World) -> None:
    world.out.push.answer_always(ConnectionId("of-a"), 429)
    delivery(world).send([target("a")], "room:removed", EVENT)
    assert len(world.out.push.sent) == 3
