"""Records of the flush queue (SPEC §5.8)."""

import pytest

from parley.services.presence_updates import PresenceUpdates
from tests.support.memory import World


def test_a_record_of_a_newer_version_is_left_alone(world: World) -> None:
    world.app.flushes.carry_out({"kind": "fan-out", "tenantId": "acme"})
    assert world.out.calls == []


@pytest.mark.parametrize(
    "record", [{}, {"kind": "presence"}, {"kind": "receipt", "tenantId": "acme"}]
)
def test_a_poisoned_record_fails(world: World, record: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        world.app.flushes.carry_out(record)


def test_a_presence_record_that_comes_twice_announces_once(world: World) -> None:
    bob = world.person("bob")
    world.settle()
    world.app.presence.disconnected(world.person("alice"))
    world.out.clock.advance(6)
    world.forget_pushes()
    for _ in range(3):
        world.app.flushes.carry_out({"kind": "presence", "tenantId": "acme"})
        world.wait(3)
    assert len(world.events_of(bob, "presence:update")) == 1


def test_tenants_with_slow_people_leave_time_for_the_others_of_a_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def slow(_: object, tenant_id: str, push_s: float) -> None:
        given.append(push_s)
        world.out.clock.advance(push_s)

    monkeypatch.setattr(PresenceUpdates, "flush", slow)
    batch = world.app.flushes.batch()
    for number in range(10):
        batch.carry_out({"kind": "presence", "tenantId": f"t{number}"})
    assert given[0] == 4.0
    assert min(given) > 0.2
    # The function has 10 s.
    assert sum(given) < 8.5
