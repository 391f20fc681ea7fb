"""`PresenceStore`: who hears of whom, which connections name a space, and changed profiles."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from parley.domain.ids import ConnectionId, SpaceId, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.presence import Status, watched_id
from tests.contract.redis_fixtures import Caches, target_of, with_token_until
from tests.contract.test_presence_store import ANNA, BEN, connected

ZOE = UserId("zoe")
NORTH, SOUTH = SpaceId("north"), SpaceId("s:üd {}")


def asked_of(
    caches: Caches, tenant: TenantId, *users: UserId
) -> dict[ConnectionId, frozenset[UserId]]:
    return dict(caches.presence.audience(tenant, users).subscriptions)


def in_spaces(connection: Connection, *spaces: SpaceId) -> Connection:
    return replace(connection, caller=replace(connection.caller, spaces=spaces))


# --- Subscribing --------------------------------------------------------------------------------


def test_an_audience_is_everybody_with_who_asked_for_whom(caches: Caches, tenant: TenantId) -> None:
    one, other = connected(caches, tenant), connected(caches, tenant, "ben", "c2")
    third = connected(caches, tenant, "mia", "c3")
    assert caches.presence.subscribe(one, [BEN, ZOE, BEN])
    assert caches.presence.subscribe(other, [])
    audience = caches.presence.audience(tenant, [ANNA, BEN])
    assert set(audience.targets) == {target_of(each) for each in (one, other, third)}
    assert audience.subscriptions == {"c1": {BEN}, "c2": set()}
    assert audience.online == 3
    assert asked_of(caches, tenant, ZOE, BEN) == {"c1": {BEN, ZOE}, "c2": set()}
    assert asked_of(caches, tenant) == {"c1": set(), "c2": set()}


def test_a_second_set_replaces_the_first(caches: Caches, tenant: TenantId) -> None:
    one = connected(caches, tenant)
    caches.presence.subscribe(one, [ANNA, BEN])
    for people in ([BEN, ZOE], [BEN, ZOE], []):
        assert caches.presence.subscribe(one, people)
        assert asked_of(caches, tenant, ANNA, BEN, ZOE) == {"c1": set(people)}


def test_an_unknown_connection_stays_unknown(caches: Caches, tenant: TenantId) -> None:
    known = connected(caches, tenant, name="c1")
    assert not caches.presence.subscribe(caches.connection(tenant, "anna", "c2"), [BEN])
    assert not caches.presence.subscribe(caches.connection(tenant, "ben", "c1"), [BEN])
    assert asked_of(caches, tenant, BEN) == {}
    assert caches.presence.targets(tenant, [ANNA, BEN]) == [target_of(known)]


def test_a_flush_tells_who_asked_for_those_who_changed(caches: Caches, tenant: TenantId) -> None:
    one, _ = connected(caches, tenant), connected(caches, tenant, "mia", "c2")
    caches.presence.subscribe(one, [BEN, ZOE])
    caches.announce(tenant)
    caches.clock.advance(5)
    caches.announce(tenant)
    connected(caches, tenant, "ben", "c3")
    flush = caches.announce(tenant)
    assert [seen.user_id for seen in flush.changes] == [BEN]
    assert flush.subscriptions == {"c1": {BEN}}
    assert len(flush.targets) == 3
    assert flush.online == 3


def test_a_large_set_of_people_with_ids_of_any_kind_is_kept(
    caches: Caches, tenant: TenantId
) -> None:
    one = connected(caches, tenant)
    people = [
        UserId(f"{kind}{n}") for kind in ("u", "=", ">", '"\\', "😀" * 30) for n in range(100)
    ]
    assert caches.presence.subscribe(one, people)
    assert asked_of(caches, tenant, *people) == {"c1": set(people)}
    assert asked_of(caches, tenant, UserId("u"), UserId("u1000"), UserId("")) == {"c1": set()}
    caches.presence.subscribe(one, people[:1])
    assert asked_of(caches, tenant, *people) == {"c1": {"u0"}}


def test_people_of_two_tenants_are_told_apart_in_manage_scope(
    caches: Caches, tenant: TenantId
) -> None:
    one = connected(caches, tenant, "@manage/root", "c1")
    mine = watched_id(TenantId("a"), ANNA)
    caches.presence.subscribe(one, [mine])
    others = [watched_id(TenantId("b"), ANNA), watched_id(TenantId("a"), BEN), ANNA, UserId("a")]
    assert asked_of(caches, tenant, mine, *others) == {"c1": {mine}}


def test_a_subscription_lasts_as_long_as_its_connection(caches: Caches, tenant: TenantId) -> None:
    one = connected(caches, tenant)
    caches.presence.subscribe(one, [BEN])
    for _ in range(3):
        caches.clock.advance(60)
        caches.presence.heartbeat(one, Status.AWAY)
        caches.presence.sweep(tenant)
        assert asked_of(caches, tenant, BEN) == {"c1": {BEN}}
    caches.presence.register(one, Status.ONLINE)
    assert asked_of(caches, tenant, BEN) == {"c1": {BEN}}


def closed(caches: Caches, one: Connection) -> None:
    caches.presence.close(target_of(one))


def forgotten(caches: Caches, one: Connection) -> None:
    caches.clock.advance(10)
    caches.presence.forget([target_of(one)])


def replaced(caches: Caches, one: Connection) -> None:
    caches.clock.advance(1)
    other = caches.connection(one.caller.tenant_id, one.caller.user_id, "other")
    assert caches.presence.register(other, Status.ONLINE, 1).replaced == (one.connection_id,)


def token_ended(caches: Caches, one: Connection) -> None:
    caches.clock.advance(7_300)
    assert caches.presence.sweep(one.caller.tenant_id).ended == (target_of(one),)


@pytest.mark.parametrize("end", [closed, forgotten, replaced, token_ended])
def test_a_subscription_goes_with_its_connection(
    caches: Caches, tenant: TenantId, end: Callable[[Caches, Connection], None]
) -> None:
    one = connected(caches, tenant)
    caches.presence.subscribe(one, [BEN])
    end(caches, one)
    assert asked_of(caches, tenant, BEN) == {}
    assert not caches.presence.subscribe(one, [BEN])
    # Ten minutes later nobody remembers the id, and the next one who has it begins anew.
    caches.clock.advance(601)
    again = with_token_until(one, int(caches.clock.now().timestamp()) + 60)
    caches.presence.register(again, Status.ONLINE)
    assert asked_of(caches, tenant, BEN) == {}


@pytest.mark.parametrize("drop", ["register", "sweep"])
def test_a_subscription_goes_with_a_registration_that_ran_out(
    caches: Caches, tenant: TenantId, drop: str
) -> None:
    one = caches.connection(tenant, "anna", "c1", ttl_s=90_000)
    caches.presence.register(one, Status.ONLINE)
    caches.presence.subscribe(one, [BEN])
    caches.clock.advance(7_800)
    assert not caches.presence.subscribe(one, [ZOE])
    if drop == "register":
        connected(caches, tenant, name="c2")
    else:
        caches.presence.sweep(tenant)
    caches.presence.register(one, Status.ONLINE)
    assert asked_of(caches, tenant, BEN, ZOE) == {}


# --- How many are there -------------------------------------------------------------------------


def test_those_who_are_not_offline_are_counted(caches: Caches, tenant: TenantId) -> None:
    assert caches.presence.count_online(tenant) == 0
    one = connected(caches, tenant)
    connected(caches, tenant, name="c2")
    other = caches.connection(tenant, "ben", "c3")
    assert caches.presence.register(other, Status.AWAY).online == 2
    assert caches.presence.heartbeat(one, Status.AWAY).online == 2
    caches.presence.close(target_of(other))
    assert caches.presence.count_online(tenant) == 1
    assert caches.announce(tenant).online == 1
    caches.clock.advance(90)
    assert caches.presence.count_online(tenant) == 0
    assert caches.presence.audience(tenant, []).online == 0


def test_a_smaller_limit_of_connections_replaces_several(caches: Caches, tenant: TenantId) -> None:
    for number in range(4):
        connected(caches, tenant, name=f"c{number}")
        caches.clock.advance(1)
    fresh = caches.connection(tenant, "anna", "new")
    assert caches.presence.register(fresh, Status.ONLINE, 2).replaced == ("c0", "c1", "c2")
    assert caches.presence.register(fresh, Status.ONLINE, 2).replaced == ()
    kept = {target.connection_id for target in caches.presence.targets(tenant, [ANNA])}
    assert kept == {"c3", "new"}


# --- Spaces -------------------------------------------------------------------------------------


def test_connections_are_found_by_a_space_that_their_token_names(
    caches: Caches, tenant: TenantId
) -> None:
    both = in_spaces(caches.connection(tenant, "anna", "c1"), NORTH, SOUTH)
    south = in_spaces(caches.connection(tenant, "ben", "c2"), SOUTH)
    older = in_spaces(caches.connection(tenant, "ben", "c3"), NORTH)
    for connection in (both, south, older, caches.connection(tenant, "zoe", "c4")):
        caches.presence.register(connection, Status.ONLINE)
    found = [set(caches.presence.in_space(tenant, space)) for space in (NORTH, SOUTH)]
    assert found == [{target_of(both), target_of(older)}, {target_of(both), target_of(south)}]
    assert caches.presence.in_space(tenant, SpaceId("nort")) == []
    assert caches.presence.in_space(TenantId(f"{tenant}x"), NORTH) == []


def test_heartbeats_and_subscriptions_keep_a_connections_spaces(
    caches: Caches, tenant: TenantId
) -> None:
    one = in_spaces(caches.connection(tenant, "anna", "c1"), NORTH)
    caches.presence.register(one, Status.ONLINE)
    caches.presence.heartbeat(replace(one, caller=replace(one.caller, spaces=())), Status.AWAY)
    caches.presence.subscribe(one, [BEN])
    connected(caches, tenant, name="c2")
    assert caches.presence.in_space(tenant, NORTH) == [target_of(one)]
    caches.presence.register(in_spaces(one, SOUTH), Status.ONLINE)
    assert caches.presence.in_space(tenant, NORTH) == []
    assert caches.presence.in_space(tenant, SOUTH) == [target_of(one)]


def test_a_connection_whose_token_ended_is_in_no_space(caches: Caches, tenant: TenantId) -> None:
    ends_at = int(caches.clock.now().timestamp()) + 10
    one = in_spaces(caches.connection(tenant, "anna", "c1"), NORTH)
    caches.presence.register(with_token_until(one, ends_at), Status.ONLINE)
    caches.clock.advance(10)
    assert caches.presence.in_space(tenant, NORTH) == [target_of(one)]
    caches.clock.advance(0.001)
    assert caches.presence.in_space(tenant, NORTH) == []


# --- Profiles -----------------------------------------------------------------------------------


def test_a_new_name_is_shown_until_the_next_connection_opens(
    caches: Caches, tenant: TenantId
) -> None:
    one = connected(caches, tenant)
    caches.presence.rename(Profile(tenant, ANNA, "Änne", "https://a.example/1", "boss"))
    caches.presence.heartbeat(one, Status.ONLINE)
    seen = caches.presence.statuses(tenant, [ANNA])[ANNA]
    assert (seen.name, seen.picture, seen.role) == ("Änne", "https://a.example/1", "boss")
    assert [each.name for each in caches.presence.online(tenant)] == ["Änne"]
    connected(caches, tenant, name="c2")
    assert caches.presence.statuses(tenant, [ANNA])[ANNA].name == "Anna"


def test_a_new_name_is_shown_of_somebody_who_just_left_too(
    caches: Caches, tenant: TenantId
) -> None:
    caches.presence.close(target_of(connected(caches, tenant)))
    caches.presence.rename(Profile(tenant, ANNA))
    seen = caches.presence.statuses(tenant, [ANNA])[ANNA]
    assert (seen.name, seen.picture, seen.role) == (None, None, None)


def test_nothing_is_kept_of_somebody_who_was_never_here(caches: Caches, tenant: TenantId) -> None:
    caches.presence.rename(Profile(tenant, ANNA, "Änne"))
    assert caches.presence.statuses(tenant, [ANNA])[ANNA].name is None
