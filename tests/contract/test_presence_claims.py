"""`PresenceStore`: changes are told at least once, and nothing newer is told before."""

import pytest

from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile
from parley.domain.presence import Status
from tests.contract.redis_fixtures import Caches, Server, target_of
from tests.contract.test_presence_announcements import announced, settled
from tests.contract.test_presence_store import ANNA, BEN, connected

CLAIM_S = 10


def taken(caches: Caches, tenant: TenantId) -> list[tuple[str, Status]]:
    """Take the changes that are due, and never confirm them."""
    return [(seen.user_id, seen.status) for seen in caches.presence.flush(tenant).changes]


# --- Claims --------------------------------------------------------------------------------------


def test_changes_that_were_taken_and_not_confirmed_are_due_again(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    assert taken(caches, tenant) == [(ANNA, Status.ONLINE)]
    caches.clock.advance(CLAIM_S - 0.001)
    assert caches.presence.heartbeat(connection, Status.ONLINE).flush_in_s is None
    caches.clock.advance(0.001)
    assert caches.presence.heartbeat(connection, Status.ONLINE).flush_in_s == 0
    assert taken(caches, tenant) == [(ANNA, Status.ONLINE)]


def test_the_sweep_asks_for_what_was_taken_and_not_confirmed(
    caches: Caches, tenant: TenantId
) -> None:
    connected(caches, tenant)
    taken(caches, tenant)
    caches.clock.advance(30)
    assert caches.presence.sweep(tenant).flush_in_s == 0


def test_confirmed_changes_are_told_once(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    assert announced(caches, tenant) == {ANNA: Status.ONLINE}
    caches.clock.advance(CLAIM_S)
    assert caches.presence.heartbeat(connection, Status.ONLINE).flush_in_s is None
    assert announced(caches, tenant) == {}


def test_nothing_newer_of_a_person_is_taken_while_they_are_being_announced(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    first = caches.presence.flush(tenant)
    caches.presence.heartbeat(connection, Status.AWAY)
    caches.clock.advance(4)
    connected(caches, tenant, "ben", "c2")
    second = caches.presence.flush(tenant)
    assert [seen.user_id for seen in second.changes] == [BEN]
    assert second.flush_in_s == CLAIM_S - 4
    caches.presence.confirm(tenant, first)
    caches.clock.advance(CLAIM_S - 4)
    assert taken(caches, tenant) == [(ANNA, Status.AWAY)]


def test_a_confirmation_that_comes_too_late_ends_no_other_claim(
    caches: Caches, tenant: TenantId
) -> None:
    connected(caches, tenant)
    slow = caches.presence.flush(tenant)
    caches.clock.advance(CLAIM_S)
    assert taken(caches, tenant) == [(ANNA, Status.ONLINE)]
    caches.presence.confirm(tenant, slow)
    caches.clock.advance(CLAIM_S)
    assert taken(caches, tenant) == [(ANNA, Status.ONLINE)]


def test_what_is_due_again_is_told_as_it_is_by_then(caches: Caches, tenant: TenantId) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    caches.presence.close(target_of(connection))
    caches.clock.advance(5)
    assert taken(caches, tenant) == [(ANNA, Status.OFFLINE)]
    connected(caches, tenant, name="c2")
    caches.clock.advance(CLAIM_S)
    assert taken(caches, tenant) == [(ANNA, Status.ONLINE)]


def test_somebody_who_went_and_was_never_confirmed_is_told_again_after_a_sweep(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    settled(caches, tenant)
    caches.presence.close(target_of(connection))
    caches.clock.advance(5)
    assert taken(caches, tenant) == [(ANNA, Status.OFFLINE)]
    caches.clock.advance(CLAIM_S)
    assert caches.presence.sweep(tenant).flush_in_s == 0
    assert announced(caches, tenant) == {ANNA: Status.OFFLINE}
    caches.clock.advance(CLAIM_S)
    assert caches.presence.sweep(tenant).flush_in_s is None


# --- Renaming ------------------------------------------------------------------------------------


def test_a_new_name_is_announced_like_any_change_of_the_person(
    caches: Caches, tenant: TenantId
) -> None:
    connected(caches, tenant)
    assert announced(caches, tenant) == {ANNA: Status.ONLINE}
    caches.clock.advance(0.5)
    for name in ("Anna A.", "Anna B.", "Anna C."):
        caches.presence.rename(Profile(tenant, ANNA, name))
    assert announced(caches, tenant) == {}
    caches.clock.advance(1.5)
    (change,) = caches.announce(tenant).changes
    assert (change.status, change.name) == (Status.ONLINE, "Anna C.")


def test_a_new_name_asks_for_a_flush_but_not_of_somebody_unknown(
    caches: Caches, tenant: TenantId
) -> None:
    connected(caches, tenant)
    settled(caches, tenant)
    assert caches.presence.rename(Profile(tenant, BEN, "Ben")) is None
    assert caches.presence.rename(Profile(tenant, ANNA, "Anna A.")) == 0
    assert caches.presence.rename(Profile(tenant, ANNA, "Anna B.")) is None


# --- What was missed -----------------------------------------------------------------------------


@pytest.mark.parametrize("again", [False, True])
def test_the_next_two_heartbeats_say_that_changes_were_missed(
    caches: Caches, tenant: TenantId, again: bool
) -> None:
    one, other = connected(caches, tenant), connected(caches, tenant, name="c2")
    caches.presence.note_missed([target_of(one)])
    if again:
        caches.presence.register(one, Status.ONLINE)
    told = [caches.presence.heartbeat(one, Status.ONLINE).missed for _ in range(3)]
    assert told == [True, True, False]
    assert not caches.presence.heartbeat(other, Status.ONLINE).missed


def test_what_an_unknown_connection_missed_is_not_noted(caches: Caches, tenant: TenantId) -> None:
    caches.presence.note_missed([target_of(caches.connection(tenant, "anna", "c1"))])
    assert not caches.presence.heartbeat(connected(caches, tenant), Status.ONLINE).missed
    caches.presence.note_missed([])


# --- Eviction, of which memory has none ----------------------------------------------------------


def evict(server: Server, caches: Caches, tenant: TenantId, name: str) -> None:
    with server.admin() as admin:
        assert admin.delete(Keyspace(caches.prefix).of(tenant, name)) == 1


def test_a_connection_whose_subscription_was_evicted_is_told_and_hears_like_the_others(
    valkey: Server, valkey_caches: Caches, tenant: TenantId
) -> None:
    connection = connected(valkey_caches, tenant)
    valkey_caches.presence.subscribe(connection, [BEN])
    evict(valkey, valkey_caches, tenant, "subs")
    told = [valkey_caches.presence.heartbeat(connection, Status.ONLINE).missed for _ in range(3)]
    assert told == [True, True, False]
    assert valkey_caches.presence.audience(tenant, [BEN]).subscriptions == {}
    valkey_caches.presence.subscribe(connection, [BEN])
    assert valkey_caches.presence.audience(tenant, [BEN]).subscriptions == {
        connection.connection_id: frozenset({BEN})
    }
    assert not valkey_caches.presence.heartbeat(connection, Status.ONLINE).missed


def test_who_went_is_announced_though_it_was_evicted_what_others_know(
    valkey: Server, valkey_caches: Caches, tenant: TenantId
) -> None:
    connection = connected(valkey_caches, tenant)
    settled(valkey_caches, tenant)
    valkey_caches.presence.close(target_of(connection))
    evict(valkey, valkey_caches, tenant, "announced")
    valkey_caches.clock.advance(5)
    assert announced(valkey_caches, tenant) == {ANNA: Status.OFFLINE}


@pytest.mark.parametrize("name", ["conns", "online", "pending", "flush", "gone", "people", "seen"])
def test_whichever_key_is_evicted_a_heartbeat_and_a_sweep_make_it_right(
    valkey: Server, valkey_caches: Caches, tenant: TenantId, name: str
) -> None:
    presence, clock = valkey_caches.presence, valkey_caches.clock
    stays, goes = connected(valkey_caches, tenant, "ben", "c2"), connected(valkey_caches, tenant)
    settled(valkey_caches, tenant)
    presence.close(target_of(connected(valkey_caches, tenant, "carl", "c3")))
    presence.close(target_of(goes))
    evict(valkey, valkey_caches, tenant, name)
    if not presence.heartbeat(stays, Status.ONLINE).known:
        presence.register(stays, Status.ONLINE)
    presence.sweep(tenant)
    told: dict[UserId, Status] = {}
    for _ in range(3):
        clock.advance(5)
        told |= announced(valkey_caches, tenant)
    assert [seen.user_id for seen in presence.online(tenant)] == [BEN]
    assert told.get(ANNA) is Status.OFFLINE
    assert told.get(BEN, Status.ONLINE) is Status.ONLINE
