"""`PresenceStore`: what a crowd costs that comes or goes at once."""

import pytest

from parley.domain.ids import TenantId
from parley.domain.people import Connection
from parley.domain.presence import Status
from tests.contract.redis_fixtures import Caches, target_of
from tests.contract.test_presence_announcements import announced, settled
from tests.contract.test_presence_store import connected

CROWD = 10
COMES_BACK_S = 45


def crowd(caches: Caches, tenant: TenantId, count: int) -> list[Connection]:
    """Return connections of so many people, of whom everybody knows."""
    people = [connected(caches, tenant, f"u{number:02}", f"c{number}") for number in range(count)]
    settled(caches, tenant)
    return people


def leave(caches: Caches, people: list[Connection]) -> None:
    for connection in people:
        caches.presence.close(target_of(connection))


@pytest.mark.parametrize(("count", "pause_s"), [(1, 2), (9, 2), (10, 4), (20, 6), (400, 6)])
def test_the_more_people_change_at_once_the_longer_the_next_ones_wait(
    caches: Caches, tenant: TenantId, count: int, pause_s: float
) -> None:
    for number in range(count):
        connected(caches, tenant, f"u{number}", f"c{number}")
    assert len(announced(caches, tenant)) == count
    late = caches.connection(tenant, "late", "d")
    assert caches.presence.register(late, Status.ONLINE).flush_in_s == pause_s
    caches.clock.advance(pause_s - 0.001)
    assert announced(caches, tenant) == {}
    caches.clock.advance(0.001)
    assert announced(caches, tenant) == {"late": Status.ONLINE}


@pytest.mark.parametrize("count", [CROWD - 1, CROWD])
def test_a_crowd_that_goes_at_once_is_announced_when_it_does_not_come_back(
    caches: Caches, tenant: TenantId, count: int
) -> None:
    leave(caches, crowd(caches, tenant, count))
    caches.clock.advance(5)
    flush = caches.announce(tenant)
    if count < CROWD:
        assert len(flush.changes) == count
        return
    assert (flush.changes, flush.flush_in_s) == ((), COMES_BACK_S - 5)
    caches.clock.advance(COMES_BACK_S - 5 - 0.001)
    assert announced(caches, tenant) == {}
    caches.clock.advance(0.001)
    told = announced(caches, tenant)
    assert (len(told), set(told.values())) == (count, {Status.OFFLINE})


def test_of_a_crowd_that_comes_back_nobody_hears(caches: Caches, tenant: TenantId) -> None:
    leave(caches, crowd(caches, tenant, 30))
    caches.clock.advance(5)
    assert announced(caches, tenant) == {}
    for number in range(0, 30, 2):
        caches.clock.advance(1)
        connected(caches, tenant, f"u{number:02}", f"d{number}")
        assert announced(caches, tenant) == {}
    caches.clock.advance(COMES_BACK_S - 20)
    assert announced(caches, tenant) == {
        f"u{number:02}": Status.OFFLINE for number in range(1, 30, 2)
    }


def test_who_was_seen_offline_meanwhile_is_announced_when_they_come_back(
    caches: Caches, tenant: TenantId
) -> None:
    leave(caches, crowd(caches, tenant, CROWD))
    caches.clock.advance(5)
    assert announced(caches, tenant) == {}
    assert caches.presence.online(tenant) == []
    connected(caches, tenant, "u03", "d3")
    assert announced(caches, tenant) == {"u03": Status.ONLINE}


def test_a_crowd_that_fell_silent_was_waited_for_already(caches: Caches, tenant: TenantId) -> None:
    crowd(caches, tenant, CROWD)
    caches.clock.advance(90)
    caches.presence.sweep(tenant)
    assert len(announced(caches, tenant)) == CROWD
