"""`PresenceStore`: online is a fold over leases; what nobody renews or closes ends by itself."""

import pytest

from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.people import Connection
from parley.domain.presence import Seen, Status, Target
from tests.contract.redis_fixtures import Caches, target_of, with_token_until
from tests.contract.test_room_cache import ROOM, roster_of

ANNA, BEN = UserId("anna"), UserId("ben")


def shown(caches: Caches, tenant: TenantId, user: UserId = ANNA) -> Status:
    return caches.presence.statuses(tenant, [user])[user].status


def connected(caches: Caches, tenant: TenantId, user: str = "anna", name: str = "c1") -> Connection:
    connection = caches.connection(tenant, user, name)
    assert caches.presence.register(connection, Status.ONLINE).accepted
    return connection


# --- Leases -------------------------------------------------------------------------------------


@pytest.mark.covers("B-24", "D-43", "D-44", "D-45")
def test_a_user_is_online_from_the_first_connection_to_the_last(
    caches: Caches, tenant: TenantId
) -> None:
    one, other = connected(caches, tenant), connected(caches, tenant, name="c2")
    caches.presence.close(target_of(one))
    assert shown(caches, tenant) is Status.ONLINE
    caches.presence.close(target_of(other))
    assert shown(caches, tenant) is Status.OFFLINE


@pytest.mark.covers("A-29", "B-47")
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
    connection = caches.connection(tenant, "anna", "c1", ttl_s=20_000)
    caches.presence.register(connection, Status.ONLINE)
    caches.clock.advance(7_799.999)
    caches.rooms.put_roster(roster_of(tenant, "anna"))
    probe = caches.rooms.probe(tenant, connection, ROOM, None)
    assert (probe.targets, probe.sender_known) == ((target_of(connection),), True)
    caches.clock.advance(0.001)
    probe = caches.rooms.probe(tenant, connection, ROOM, None)
    assert (probe.targets, probe.sender_known) == ((), False)
    assert caches.presence.targets(tenant, [ANNA]) == []
    assert not caches.presence.heartbeat(connection, Status.ONLINE).known


# --- Closing ------------------------------------------------------------------------------------


def test_a_close_removes_its_own_connection_only(caches: Caches, tenant: TenantId) -> None:
    old = connected(caches, tenant, name="old")
    connected(caches, tenant, name="new")
    caches.presence.close(target_of(old))
    assert caches.presence.targets(tenant, [ANNA]) == [Target(tenant, ANNA, ConnectionId("new"))]


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


# --- Reading ------------------------------------------------------------------------------------


@pytest.mark.covers("A-30", "B-28")
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


def test_every_live_connection_of_a_tenant_is_listed(caches: Caches, tenant: TenantId) -> None:
    assert caches.presence.everyone(tenant) == []
    ends_at = int(caches.clock.now().timestamp())
    expired = with_token_until(caches.connection(tenant, "anna", "c1"), ends_at)
    caches.presence.register(expired, Status.ONLINE)
    live = [connected(caches, tenant, "anna", "c2"), connected(caches, tenant, "ben", "c3")]
    caches.clock.advance(300)
    found = caches.presence.everyone(tenant)
    assert {target.connection_id for target in found} == {one.connection_id for one in live}


def test_tenants_with_alike_ids_do_not_see_each_other(caches: Caches, tenant: TenantId) -> None:
    neighbours = [TenantId(f"{tenant}{tail}") for tail in ("}", ":x", "}:conns", "%7D", "")]
    for number, neighbour in enumerate(neighbours):
        connected(caches, neighbour, "anna", f"c{number}")
    for number, neighbour in enumerate(neighbours):
        assert caches.presence.targets(neighbour, [ANNA]) == [
            Target(neighbour, ANNA, ConnectionId(f"c{number}"))
        ]


# --- Losing everything --------------------------------------------------------------------------


def test_after_everything_was_lost_a_heartbeat_asks_to_register_again(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    caches.lose_everything()
    assert not caches.presence.heartbeat(connection, Status.ONLINE).known
    assert caches.presence.register(connection, Status.ONLINE).accepted
    assert shown(caches, tenant) is Status.ONLINE


# --- Pages ---------------------------------------------------------------------------------------


def test_who_is_there_is_read_in_parts_in_order_of_user_id(
    caches: Caches, tenant: TenantId
) -> None:
    names = ["Zoe", "anna", "ben", "carl", "dora", "émile", "\U0001f600"]
    for name in reversed(names):
        connected(caches, tenant, name, f"c-{name}")
    caches.presence.close(Target(tenant, UserId("carl"), ConnectionId("c-carl")))
    there = [name for name in names if name != "carl"]
    read: list[str] = []
    while part := caches.presence.online(tenant, UserId(read[-1]) if read else None, 2):
        assert len(part) == 2
        read += [seen.user_id for seen in part]
    assert read == there
    assert [seen.user_id for seen in caches.presence.online(tenant)] == there
    assert caches.presence.online(tenant, limit=0) == []


# --- What is kept --------------------------------------------------------------------------------


@pytest.mark.scenario("R13")
def test_who_was_not_seen_for_a_week_is_forgotten_by_a_sweep(
    caches: Caches, tenant: TenantId
) -> None:
    caches.presence.close(target_of(connected(caches, tenant)))
    caches.clock.advance(7 * 86_400 - 1)
    stays = connected(caches, tenant, "ben", "c2")
    for seen_at_all in (True, False):
        caches.presence.sweep(tenant)
        anna = caches.presence.statuses(tenant, [ANNA])[ANNA]
        assert (anna.last_seen_at is not None, anna.name is not None) == (seen_at_all,) * 2
        caches.clock.advance(1)
        caches.presence.heartbeat(stays, Status.ONLINE)
    assert caches.presence.statuses(tenant, [BEN])[BEN].name == "Ben"
