"""`PresenceStore`: online is a fold over leases, changes are announced together, nothing lingers."""

import pytest

from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.people import Connection
from parley.domain.presence import Seen, Status, Target
from tests.contract.redis_fixtures import Caches, target_of, with_token_until

ANNA, BEN = UserId("anna"), UserId("ben")


def shown(caches: Caches, tenant: TenantId, user: UserId = ANNA) -> Status:
    return caches.presence.statuses(tenant, [user])[user].status


def announced(caches: Caches, tenant: TenantId) -> dict[UserId, Status]:
    return {seen.user_id: seen.status for seen in caches.presence.flush(tenant).changes}


def connected(
    caches: Caches, tenant: TenantId, user: str = "anna", name: str = "c1"
) -> Connection:
    connection = caches.connection(tenant, user, name)
    assert caches.presence.register(connection, Status.ONLINE).accepted
    return connection


def settled(caches: Caches, tenant: TenantId) -> None:
    """Let everything be announced that waits."""
    for _ in range(3):
        caches.clock.advance(6)
        caches.presence.flush(tenant)


# --- Leases -------------------------------------------------------------------------------------


def test_a_user_is_online_from_the_first_connection_to_the_last(
    caches: Caches, tenant: TenantId
) -> None:
    one, other = connected(caches, tenant), connected(caches, tenant, name="c2")
    caches.presence.close(target_of(one))
    assert shown(caches, tenant) is Status.ONLINE
    caches.presence.close(target_of(other))
    assert shown(caches, tenant) is Status.OFFLINE


def test_a_lease_that_is_not_renewed_ends_without_a_sweep(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    caches.clock.advance(89.999)
    assert [seen.user_id for seen in caches.presence.online(tenant)] == [ANNA]
    caches.clock.advance(0.001)
    assert caches.presence.online(tenant) == []
    assert shown(caches, tenant) is Status.OFFLINE


def test_a_heartbeat_renews_the_lease_and_tells_when_the_last_one_was(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    start = caches.clock.now().timestamp()
    caches.clock.advance(60)
    beat = caches.presence.heartbeat(connection, Status.ONLINE)
    assert (beat.known, beat.closed, beat.since) == (True, False, start)
    caches.clock.advance(60)
    assert shown(caches, tenant) is Status.ONLINE
    assert caches.presence.heartbeat(connection, Status.ONLINE).since == start + 60


def test_away_is_shown_only_when_no_device_is_in_use(caches: Caches, tenant: TenantId) -> None:
    one, other = connected(caches, tenant), connected(caches, tenant, name="c2")
    caches.presence.heartbeat(one, Status.AWAY)
    assert shown(caches, tenant) is Status.ONLINE
    caches.presence.heartbeat(other, Status.AWAY)
    assert shown(caches, tenant) is Status.AWAY


def test_a_heartbeat_of_an_unknown_connection_does_nothing(
    caches: Caches, tenant: TenantId
) -> None:
    beat = caches.presence.heartbeat(caches.connection(tenant, "anna", "c1"), Status.ONLINE)
    assert (beat.known, beat.closed, beat.flush_in_s) == (False, False, None)
    assert shown(caches, tenant) is Status.OFFLINE


def test_registering_again_renews(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    caches.clock.advance(80)
    assert caches.presence.register(connection, Status.AWAY).accepted
    caches.clock.advance(80)
    assert shown(caches, tenant) is Status.AWAY
    assert len(caches.presence.targets(tenant, [ANNA])) == 1


def test_the_eleventh_connection_replaces_the_one_heard_longest_ago(
    caches: Caches, tenant: TenantId
) -> None:
    connections = []
    for number in range(10):
        connections.append(connected(caches, tenant, name=f"c{number}"))
        caches.clock.advance(1)
    caches.presence.heartbeat(connections[0], Status.ONLINE)
    eleventh = caches.presence.register(caches.connection(tenant, "anna", "new"), Status.ONLINE)
    assert eleventh.replaced == ("c1",)
    assert len(caches.presence.targets(tenant, [ANNA])) == 10
    assert caches.presence.heartbeat(connections[1], Status.ONLINE).closed
    assert not caches.presence.register(connections[1], Status.ONLINE).accepted


def test_a_registration_ends_though_nobody_closed_it(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    caches.clock.advance(7_800)
    assert caches.presence.targets(tenant, [ANNA]) == []
    assert not caches.presence.heartbeat(connection, Status.ONLINE).known


# --- Closing ------------------------------------------------------------------------------------


def test_a_close_removes_its_own_connection_only(caches: Caches, tenant: TenantId) -> None:
    old = connected(caches, tenant, name="old")
    connected(caches, tenant, name="new")
    caches.presence.close(target_of(old))
    assert caches.presence.targets(tenant, [ANNA]) == [
        Target(tenant, ANNA, ConnectionId("new"))
    ]


def test_a_connection_that_was_closed_first_is_never_registered(
    caches: Caches, tenant: TenantId
) -> None:
    connection = caches.connection(tenant, "anna", "c1")
    caches.presence.close(target_of(connection))
    caches.clock.advance(599)
    assert not caches.presence.register(connection, Status.ONLINE).accepted
    beat = caches.presence.heartbeat(connection, Status.ONLINE)
    assert (beat.known, beat.closed) == (False, True)
    assert shown(caches, tenant) is Status.OFFLINE


def test_a_repeated_close_does_not_move_the_time_last_seen(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    caches.clock.advance(7)
    caches.presence.close(target_of(connection))
    closed_at = caches.clock.now()
    caches.clock.advance(4)
    caches.presence.close(target_of(connection))
    assert caches.presence.statuses(tenant, [ANNA])[ANNA].last_seen_at == closed_at


def test_a_gone_connection_is_forgotten_unless_it_is_young(
    caches: Caches, tenant: TenantId
) -> None:
    old = connected(caches, tenant, name="old")
    caches.clock.advance(10)
    young = connected(caches, tenant, "ben", "young")
    unknown = caches.connection(tenant, "zoe", "unknown")
    caches.presence.forget([target_of(one) for one in (old, young, unknown)])
    assert caches.presence.targets(tenant, [ANNA, BEN]) == [target_of(young)]
    assert caches.presence.heartbeat(old, Status.ONLINE).closed
    assert caches.presence.register(unknown, Status.ONLINE).accepted


def test_forgetting_nothing_is_fine(caches: Caches) -> None:
    assert caches.presence.forget([]) is None


# --- Announcing ---------------------------------------------------------------------------------


def test_the_first_change_in_a_quiet_tenant_is_announced_at_once(
    caches: Caches, tenant: TenantId
) -> None:
    connection = caches.connection(tenant, "anna", "c1")
    assert caches.presence.register(connection, Status.ONLINE).flush_in_s == 0
    flush = caches.presence.flush(tenant)
    assert flush.changes == (Seen(ANNA, Status.ONLINE, None, "Anna", None, "member"),)
    assert flush.targets == (target_of(connection),)
    assert flush.flush_in_s is None


def test_changes_that_follow_wait_for_one_flush_together(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    caches.presence.flush(tenant)
    asked = []
    for number in range(50):
        caches.clock.advance(0.01)
        joined = caches.connection(tenant, f"u{number:02}", f"d{number}")
        asked.append(caches.presence.register(joined, Status.ONLINE).flush_in_s)
    assert asked[0] == pytest.approx(1.99)
    assert asked[1:] == [None] * 49
    caches.clock.advance(1.5)
    flush = caches.presence.flush(tenant)
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
    (change,) = caches.presence.flush(tenant).changes
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
    gaps = [after[0] - before[0] for before, after in zip(told, told[1:], strict=False)]
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
    flush = caches.presence.flush(tenant)
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
    first = caches.presence.flush(tenant)
    assert (len(first.changes), first.flush_in_s) == (500, 0)
    second = caches.presence.flush(tenant)
    assert (len(second.changes), second.flush_in_s) == (1, None)


# --- Sweeping -----------------------------------------------------------------------------------


def test_a_sweep_announces_who_fell_silent(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    heard_at = caches.clock.now()
    settled(caches, tenant)
    caches.clock.advance(90)
    swept = caches.presence.sweep(tenant)
    assert (swept.ended, swept.flush_in_s) == ((), 0)
    (change,) = caches.presence.flush(tenant).changes
    assert (change.status, change.last_seen_at) == (Status.OFFLINE, heard_at)


def test_a_silent_connection_is_still_pushed_to(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    caches.clock.advance(300)
    caches.presence.sweep(tenant)
    assert caches.presence.targets(tenant, [ANNA]) == [target_of(connection)]
    assert caches.presence.heartbeat(connection, Status.ONLINE).known


def test_a_sweep_says_when_to_look_again(caches: Caches, tenant: TenantId) -> None:
    assert caches.presence.sweep(tenant).next_lease_end is None
    connected(caches, tenant)
    start = caches.clock.now().timestamp()
    assert caches.presence.sweep(tenant).next_lease_end == start + 90
    caches.clock.advance(100)
    assert caches.presence.sweep(tenant).next_lease_end == pytest.approx(start + 7_260, abs=0.01)
    caches.clock.advance(7_700)
    assert caches.presence.sweep(tenant).next_lease_end is None


def test_a_connection_whose_token_ended_gets_no_pushes_and_is_swept(
    caches: Caches, tenant: TenantId
) -> None:
    ends_at = int(caches.clock.now().timestamp()) + 20
    connection = with_token_until(caches.connection(tenant, "anna", "c1"), ends_at)
    caches.presence.register(connection, Status.ONLINE)
    caches.clock.advance(80)
    assert caches.presence.targets(tenant, [ANNA]) == [target_of(connection)]
    assert caches.presence.sweep(tenant).ended == ()
    caches.clock.advance(0.001)
    assert caches.presence.targets(tenant, [ANNA]) == []
    assert caches.presence.sweep(tenant).ended == (target_of(connection),)
    assert caches.presence.heartbeat(connection, Status.ONLINE).closed
    assert caches.presence.sweep(tenant).ended == ()


# --- Reading ------------------------------------------------------------------------------------


def test_everyone_who_is_not_offline_is_listed_in_order(caches: Caches, tenant: TenantId) -> None:
    for user in ("zoe", "anna", "Änne", "mia"):
        connected(caches, tenant, user, f"c-{user}")
    caches.presence.heartbeat(caches.connection(tenant, "mia", "c-mia"), Status.AWAY)
    listed = [(seen.user_id, seen.status) for seen in caches.presence.online(tenant)]
    assert listed == [
        ("anna", Status.ONLINE),
        ("mia", Status.AWAY),
        ("zoe", Status.ONLINE),
        ("Änne", Status.ONLINE),
    ]


def test_statuses_are_given_for_exactly_those_asked(caches: Caches, tenant: TenantId) -> None:
    connected(caches, tenant)
    closed = connected(caches, tenant, "ben", "c2")
    caches.presence.close(target_of(closed))
    asked = caches.presence.statuses(tenant, [BEN, UserId("nobody"), ANNA])
    assert asked == {
        BEN: Seen(BEN, Status.OFFLINE, caches.clock.now(), "Ben", None, "member"),
        UserId("nobody"): Seen(UserId("nobody"), Status.OFFLINE, None),
        ANNA: Seen(ANNA, Status.ONLINE, None, "Anna", None, "member"),
    }
    assert caches.presence.statuses(tenant, []) == {}
    assert caches.presence.targets(tenant, []) == []


def test_tenants_with_alike_ids_do_not_see_each_other(caches: Caches, tenant: TenantId) -> None:
    neighbours = [TenantId(f"{tenant}{tail}") for tail in ("}", ":x", "}:conns", "%7D", "")]
    for number, neighbour in enumerate(neighbours):
        connected(caches, neighbour, "anna", f"c{number}")
    for number, neighbour in enumerate(neighbours):
        assert caches.presence.targets(neighbour, [ANNA]) == [
            Target(neighbour, ANNA, ConnectionId(f"c{number}"))
        ]


# --- The index of tenants -----------------------------------------------------------------------


def test_a_tenant_is_due_when_its_next_lease_ends(caches: Caches, tenant: TenantId) -> None:
    now = caches.clock.now().timestamp()
    caches.presence.note_tenant(tenant, now + 10)
    caches.presence.note_tenant(tenant, now + 50)
    assert caches.presence.tenants() == [tenant]
    assert caches.presence.tenants_due(10) == []
    caches.clock.advance(10)
    assert caches.presence.tenants_due(10) == [tenant]
    caches.presence.note_tenant(tenant, now + 100)
    caches.clock.advance(89)
    assert caches.presence.tenants_due(10) == []
    caches.clock.advance(1)
    assert caches.presence.tenants_due(10) == [tenant]


def test_a_tenant_that_was_claimed_and_not_swept_is_due_again(
    caches: Caches, tenant: TenantId
) -> None:
    caches.presence.note_tenant(tenant, caches.clock.now().timestamp())
    assert caches.presence.tenants_due(10) == [tenant]
    assert caches.presence.tenants_due(10) == []
    caches.clock.advance(91)
    assert caches.presence.tenants_due(10) == [tenant]


def test_steady_registrations_put_no_sweep_off(caches: Caches, tenant: TenantId) -> None:
    caches.presence.note_tenant(tenant, caches.clock.now().timestamp() + 90)
    for _ in range(91):
        caches.clock.advance(1)
        caches.presence.note_tenant(tenant, caches.clock.now().timestamp() + 90)
    assert caches.presence.tenants_due(10) == [tenant]


def test_no_more_tenants_are_due_than_asked_for_the_longest_due_first(
    caches: Caches, tenant: TenantId
) -> None:
    now = caches.clock.now().timestamp()
    for age in (3, 1, 2):
        caches.presence.note_tenant(TenantId(f"{tenant}-{age}"), now - age)
    assert caches.presence.tenants_due(2) == [f"{tenant}-3", f"{tenant}-2"]


def test_a_tenant_without_connections_leaves_the_index(caches: Caches, tenant: TenantId) -> None:
    caches.presence.note_tenant(tenant, 1.0)
    caches.presence.note_tenant(tenant, None)
    assert caches.presence.tenants() == []


# --- Losing everything --------------------------------------------------------------------------


def test_after_everything_was_lost_a_heartbeat_asks_to_register_again(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    caches.lose_everything()
    assert not caches.presence.heartbeat(connection, Status.ONLINE).known
    assert caches.presence.register(connection, Status.ONLINE).accepted
    assert shown(caches, tenant) is Status.ONLINE
