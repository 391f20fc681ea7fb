"""`PresenceStore`: changes are announced together, to everybody, and silence is noticed."""

import itertools

import pytest

from parley.domain.ids import TenantId, UserId
from parley.domain.presence import Seen, Status
from tests.contract.redis_fixtures import Caches, target_of, with_token_until
from tests.contract.test_presence_store import ANNA, BEN, connected, shown


def announced(caches: Caches, tenant: TenantId) -> dict[UserId, Status]:
    return {seen.user_id: seen.status for seen in caches.announce(tenant).changes}


def settled(caches: Caches, tenant: TenantId) -> None:
    """Let everything be announced that waits."""
    for _ in range(3):
        caches.clock.advance(6)
        caches.announce(tenant)


# --- Snapshots and announcements ----------------------------------------------------------------


def test_who_was_seen_online_before_it_was_announced_is_announced_when_they_leave(
    caches: Caches, tenant: TenantId
) -> None:
    connected(caches, tenant)
    caches.announce(tenant)
    caches.clock.advance(0.5)
    ben = caches.connection(tenant, "ben", "c2")
    caches.presence.register(ben, Status.ONLINE)
    assert {seen.user_id for seen in caches.presence.online(tenant)} == {ANNA, BEN}
    caches.clock.advance(0.5)
    caches.presence.close(target_of(ben))
    caches.clock.advance(5)
    assert announced(caches, tenant) == {BEN: Status.OFFLINE}


@pytest.mark.parametrize("by_name", [True, False])
def test_who_was_seen_offline_in_the_grace_is_announced_when_they_return(
    caches: Caches, tenant: TenantId, by_name: bool
) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    caches.presence.close(target_of(connection))
    caches.clock.advance(1)
    if by_name:
        assert caches.presence.statuses(tenant, [ANNA])[ANNA].status is Status.OFFLINE
    else:
        assert caches.presence.online(tenant) == []
    connected(caches, tenant, name="c2")
    caches.clock.advance(2)
    assert announced(caches, tenant) == {ANNA: Status.ONLINE}


def test_who_was_seen_offline_before_the_sweep_is_announced_when_they_are_heard_again(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    caches.clock.advance(90)
    assert caches.presence.online(tenant) == []
    caches.presence.heartbeat(connection, Status.ONLINE)
    assert announced(caches, tenant) == {ANNA: Status.ONLINE}


# --- Announcing ---------------------------------------------------------------------------------


def test_the_first_change_in_a_quiet_tenant_is_announced_at_once(
    caches: Caches, tenant: TenantId
) -> None:
    connection = caches.connection(tenant, "anna", "c1")
    assert caches.presence.register(connection, Status.ONLINE).flush_in_s == 0
    flush = caches.announce(tenant)
    assert flush.changes == (Seen(ANNA, Status.ONLINE, None, "Anna", None, "member"),)
    assert flush.targets == (target_of(connection),)
    assert flush.flush_in_s is None


def test_changes_that_follow_wait_for_one_flush_together(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    caches.announce(tenant)
    asked = []
    for number in range(50):
        caches.clock.advance(0.01)
        joined = caches.connection(tenant, f"u{number:02}", f"d{number}")
        asked.append(caches.presence.register(joined, Status.ONLINE).flush_in_s)
    assert asked[0] == pytest.approx(1.99)
    assert asked[1:] == [None] * 49
    caches.clock.advance(1.5)
    flush = caches.announce(tenant)
    assert len(flush.changes) == 50
    assert len(flush.targets) == 51
    assert flush.flush_in_s is None


def test_a_quick_reconnect_is_not_announced(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    assert caches.presence.close(target_of(connection)) == 5
    caches.clock.advance(4.9)
    assert announced(caches, tenant) == {}
    connected(caches, tenant, name="c2")
    caches.clock.advance(60)
    assert announced(caches, tenant) == {}


def test_going_offline_is_announced_after_the_grace_with_the_time_last_seen(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    closed_at = caches.clock.now()
    caches.presence.close(target_of(connection))
    caches.clock.advance(5)
    (change,) = caches.announce(tenant).changes
    assert change == Seen(ANNA, Status.OFFLINE, closed_at, "Anna", None, "member")
    assert announced(caches, tenant) == {}


def test_one_person_is_announced_at_most_every_two_seconds_the_newest_state_last(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    told: list[tuple[float, Status]] = []
    for step in range(100):
        status = Status.AWAY if step % 2 else Status.ONLINE
        caches.presence.heartbeat(connection, status)
        told += [(step / 10, one) for one in announced(caches, tenant).values()]
        caches.clock.advance(0.1)
    caches.clock.advance(2)
    told += [(12, one) for one in announced(caches, tenant).values()]
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(told)]
    assert min(gaps) >= 2
    assert told[-1][1] is Status.AWAY
    assert shown(caches, tenant) is Status.AWAY


def test_a_flush_that_was_lost_is_asked_for_again_at_the_next_change(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    assert caches.presence.heartbeat(connection, Status.ONLINE).flush_in_s is None
    caches.clock.advance(5)
    assert caches.presence.heartbeat(connection, Status.ONLINE).flush_in_s == 0


def test_a_flush_that_was_lost_is_asked_for_again_by_the_sweep(
    caches: Caches, tenant: TenantId
) -> None:
    connected(caches, tenant)
    caches.clock.advance(30)
    assert caches.presence.sweep(tenant).flush_in_s == 0


def test_an_earlier_need_is_asked_for_though_a_later_flush_is_on_its_way(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    assert caches.presence.close(target_of(connection)) == 5
    joined = caches.connection(tenant, "ben", "c2")
    assert caches.presence.register(joined, Status.ONLINE).flush_in_s == 0
    flush = caches.announce(tenant)
    assert [seen.user_id for seen in flush.changes] == [BEN]
    assert flush.flush_in_s == 5


def test_a_duplicate_flush_announces_nothing(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    assert len(caches.presence.flush(tenant).changes) == 1
    again = caches.presence.flush(tenant)
    assert (again.changes, again.targets, again.flush_in_s) == ((), (), None)


def test_more_changes_than_one_flush_takes_are_due_at_once(
    caches: Caches, tenant: TenantId
) -> None:
    for number in range(501):
        connected(caches, tenant, f"u{number}", f"c{number}")
    first = caches.announce(tenant)
    assert (len(first.changes), first.flush_in_s) == (500, 0)
    second = caches.announce(tenant)
    assert (len(second.changes), second.flush_in_s) == (1, None)


def test_a_person_is_not_announced_twice_while_a_crowd_is(caches: Caches, tenant: TenantId) -> None:
    crowd = [connected(caches, tenant, f"u{number:03}", f"c{number}") for number in range(501)]
    assert "u000" in announced(caches, tenant)
    caches.presence.heartbeat(crowd[0], Status.AWAY)
    assert list(announced(caches, tenant)) == ["u500"]
    caches.clock.advance(2)
    assert announced(caches, tenant) == {"u000": Status.AWAY}


# --- Sweeping -----------------------------------------------------------------------------------


def test_a_sweep_announces_who_fell_silent(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    heard_at = caches.clock.now()
    settled(caches, tenant)
    caches.clock.advance(90)
    swept = caches.presence.sweep(tenant)
    assert (swept.ended, swept.flush_in_s) == ((), 0)
    (change,) = caches.announce(tenant).changes
    assert (change.status, change.last_seen_at) == (Status.OFFLINE, heard_at)


def test_a_silent_connection_is_still_pushed_to(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    caches.clock.advance(300)
    caches.presence.sweep(tenant)
    assert caches.presence.targets(tenant, [ANNA]) == [target_of(connection)]
    assert caches.presence.heartbeat(connection, Status.ONLINE).known


def test_a_sweep_says_when_to_look_again(caches: Caches, tenant: TenantId) -> None:
    soon_s = 2
    assert caches.presence.sweep(tenant).look_in_s is None
    connected(caches, tenant)
    # What waits to be announced may be forgotten by whoever was asked to.
    assert caches.presence.sweep(tenant).look_in_s == soon_s
    caches.announce(tenant)
    assert caches.presence.sweep(tenant).look_in_s == 90
    caches.clock.advance(100)
    assert caches.presence.sweep(tenant).look_in_s == soon_s
    caches.announce(tenant)
    assert caches.presence.sweep(tenant).look_in_s == pytest.approx(7_100, abs=0.01)
    caches.clock.advance(7_700)
    # Gone, and not yet forgotten.
    assert caches.presence.sweep(tenant).look_in_s in {soon_s, None}
    caches.clock.advance(soon_s)
    assert caches.presence.sweep(tenant).look_in_s is None


def test_a_connection_whose_token_ended_gets_no_pushes_and_is_swept(
    caches: Caches, tenant: TenantId
) -> None:
    ends_at = int(caches.clock.now().timestamp()) + 20
    connection = with_token_until(caches.connection(tenant, "anna", "c1"), ends_at)
    caches.presence.register(connection, Status.ONLINE)
    caches.clock.advance(20)
    assert caches.presence.targets(tenant, [ANNA]) == [target_of(connection)]
    assert caches.presence.sweep(tenant).ended == ()
    caches.clock.advance(0.001)
    assert caches.presence.targets(tenant, [ANNA]) == []
    assert caches.presence.sweep(tenant).ended == (target_of(connection),)
    assert caches.presence.heartbeat(connection, Status.ONLINE).closed
    assert caches.presence.sweep(tenant).ended == ()


def test_a_silent_connection_whose_token_ends_later_is_ended_once(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    caches.clock.advance(95)
    assert caches.presence.sweep(tenant).ended == ()
    caches.clock.advance(7_200)
    assert caches.presence.sweep(tenant).ended == (target_of(connection),)
    assert caches.presence.sweep(tenant).ended == ()


# --- The index of tenants -----------------------------------------------------------------------


def test_a_tenant_is_due_when_its_next_lease_ends(caches: Caches, tenant: TenantId) -> None:
    caches.presence.note_tenant(tenant, 10)
    caches.presence.note_tenant(tenant, 50)
    assert caches.presence.tenants() == [tenant]
    assert caches.presence.tenants_due(10) == []
    caches.clock.advance(10)
    assert caches.presence.tenants_due(10) == [tenant]
    caches.presence.note_tenant(tenant, 190)
    caches.clock.advance(189)
    assert caches.presence.tenants_due(10) == []
    caches.clock.advance(1)
    assert caches.presence.tenants_due(10) == [tenant]


def test_a_tenant_that_was_claimed_and_not_swept_is_due_again(
    caches: Caches, tenant: TenantId
) -> None:
    caches.presence.note_tenant(tenant, 0)
    assert caches.presence.tenants_due(10) == [tenant]
    assert caches.presence.tenants_due(10) == []
    caches.clock.advance(91)
    assert caches.presence.tenants_due(10) == [tenant]


def test_steady_registrations_put_no_sweep_off(caches: Caches, tenant: TenantId) -> None:
    caches.presence.note_tenant(tenant, 90)
    for _ in range(91):
        caches.clock.advance(1)
        caches.presence.note_tenant(tenant, 90)
    assert caches.presence.tenants_due(10) == [tenant]


def test_no_more_tenants_are_due_than_asked_for_the_longest_due_first(
    caches: Caches, tenant: TenantId
) -> None:
    for wait_s in (1, 3, 2):
        caches.presence.note_tenant(TenantId(f"{tenant}-{wait_s}"), wait_s)
    caches.clock.advance(5)
    assert caches.presence.tenants_due(2) == [f"{tenant}-1", f"{tenant}-2"]


def test_a_tenant_without_connections_leaves_the_index(caches: Caches, tenant: TenantId) -> None:
    caches.presence.note_tenant(tenant, 1)
    caches.presence.note_tenant(tenant, None)
    assert caches.presence.tenants() == []
