"""Records of the flush queue (SPEC §5.8)."""

import pytest

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
