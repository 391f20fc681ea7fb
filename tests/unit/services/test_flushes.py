"""Records of the flush queue (SPEC §5.8)."""

import pytest

from parley.domain.ids import TenantId, UserId
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


# --- While Redis is away -------------------------------------------------------------------------

RECORDS: list[dict[str, str]] = [
    {"kind": "presence", "tenantId": "acme"},
    {
        "kind": "receipt",
        **{"tenantId": "acme", "roomId": "r", "userId": "ann", "scope": "tenant"},
        **{"connectionId": "c", "deliveredFrom": "0"},
    },
    {"kind": "revoked", "tenantId": "acme", "userId": "ann", "until": "9e9"},
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["kind"])
def test_no_record_comes_back_because_redis_is_away(world: World, record: dict[str, str]) -> None:
    world.out.server.down = True
    world.app.flushes.carry_out(record)


def test_a_poisoned_record_fails_while_redis_is_away_too(world: World) -> None:
    world.out.server.down = True
    with pytest.raises(KeyError):
        world.app.flushes.carry_out({"kind": "presence"})


def test_a_revocation_asks_for_itself_until_redis_is_back(world: World) -> None:
    world.person("ann")
    world.settle()
    *_, revoked = RECORDS
    world.out.server.down = True
    for _ in range(20):
        world.app.flushes.carry_out(revoked)
        (asked,) = [each for each in world.out.queue.asked if each.record["kind"] == "revoked"]
        assert asked.record == {**revoked, "until": "9000000000.0"}
        world.out.queue.asked[:] = []
    world.out.server.down = False
    world.app.flushes.carry_out(revoked)
    assert not [each for each in world.out.queue.asked if each.record["kind"] == "revoked"]
    assert not world.out.presence.targets(TenantId("acme"), [UserId("ann")])


@pytest.mark.parametrize("heals", ["heartbeat", "sweep"])
def test_a_change_whose_record_was_lost_is_announced_all_the_same(world: World, heals: str) -> None:
    bob, alice = world.person("bob"), world.person("alice")
    world.settle()
    world.app.presence.disconnected(alice)
    world.out.clock.advance(6)
    world.forget_pushes()
    world.out.server.down = True
    for record in world.out.queue.take_due():
        world.app.flushes.carry_out(record)
    world.out.server.down = False
    world.wait(30)
    assert world.events_of(bob, "presence:update") == []
    if heals == "heartbeat":
        world.do(bob, "presence.heartbeat", status="online")
    else:
        world.out.clock.advance(60)
        world.app.presence.sweep()
    world.wait(5)
    told = [user for e in world.events_of(bob, "presence:update") for user in e["users"]]
    assert [user["status"] for user in told if user["userId"] == "alice"] == ["offline"]
