"""`PresenceStore`: what a crowd costs that comes or goes at once."""

import pytest

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection
from parley.domain.presence import Status
from tests.contract.redis_fixtures import Caches, target_of
from tests.contract.test_presence_announcements import announced, settled
from tests.contract.test_presence_store import connected

CROWD = 10
COMES_BACK_S = 90


def crowd(caches: Caches, tenant: TenantId, count: int) -> list[Connection]:
    """Return connections of so many people, of whom everybody knows."""
    people = [connected(caches, tenant, f"u{number:02}", f"c{number}") for number in range(count)]
    settled(caches, tenant)
    return people


def leave(caches: Caches, people: list[Connection]) -> None:
    for connection in people:
        caches.presence.close(target_of(connection))


@pytest.mark.parametrize(
    ("count", "pause_s"), [(1, 2), (9, 2), (10, 4), (20, 6), (30, 7), (400, 7)]
)
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


def test_a_crowd_that_went_is_shown_as_before_while_it_may_come_back(
    caches: Caches, tenant: TenantId
) -> None:
    people = crowd(caches, tenant, CROWD)
    caches.presence.heartbeat(people[1], Status.AWAY)
    settled(caches, tenant)
    leave(caches, people)
    for wait_s in (0, 5, 80):
        caches.clock.advance(wait_s)
        assert announced(caches, tenant) == {}
        assert [seen.user_id for seen in caches.presence.online(tenant)] == [
            f"u{number:02}" for number in range(CROWD)
        ]
        one, other = (UserId(name) for name in ("u00", "u01"))
        seen = caches.presence.statuses(tenant, [one, other])
        assert (seen[one].status, seen[one].last_seen_at) == (Status.ONLINE, None)
        assert (seen[other].status, seen[other].name) == (Status.AWAY, "U01")
    connected(caches, tenant, "u00", "d0")
    caches.clock.advance(5)
    assert announced(caches, tenant) == {
        f"u{number:02}": Status.OFFLINE for number in range(1, CROWD)
    }
    assert [seen.user_id for seen in caches.presence.online(tenant)] == ["u00"]


@pytest.mark.parametrize("others", [190, 191])
def test_a_few_who_leave_a_large_tenant_are_no_crowd(
    caches: Caches, tenant: TenantId, others: int
) -> None:
    for number in range(others):
        connected(caches, tenant, f"v{number}", f"e{number}")
    leave(caches, crowd(caches, tenant, CROWD))
    caches.clock.advance(5)
    assert len(announced(caches, tenant)) == (0 if others == 190 else CROWD)


def test_people_who_leave_one_after_the_other_are_no_crowd(
    caches: Caches, tenant: TenantId
) -> None:
    told: dict[UserId, Status] = {}
    for connection in crowd(caches, tenant, CROWD):
        caches.presence.close(target_of(connection))
        caches.clock.advance(2)
        told |= announced(caches, tenant)
    caches.clock.advance(5)
    assert len(told | announced(caches, tenant)) == CROWD


def test_a_crowd_that_fell_silent_was_waited_for_already(caches: Caches, tenant: TenantId) -> None:
    crowd(caches, tenant, CROWD)
    caches.clock.advance(90)
    caches.presence.sweep(tenant)
    assert len(announced(caches, tenant)) == CROWD
