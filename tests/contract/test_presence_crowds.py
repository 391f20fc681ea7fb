"""`PresenceStore` of large tenants: connections in parts, counted, and found by space."""

import pytest

from parley.adapters.memory import presence as memory_presence
from parley.adapters.redis import targets
from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import SpaceId, TenantId
from parley.domain.people import Connection
from parley.domain.presence import Status, Target
from tests.contract.redis_fixtures import Caches, Server, redis_caches, target_of, with_token_until
from tests.contract.test_presence_subscriptions import NORTH, SOUTH, in_spaces

MANY = 150
A_PART = 40


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory_presence, targets):
        monkeypatch.setattr(module, "PEOPLE_A_PART", A_PART)


def registered(caches: Caches, tenant: TenantId, user: str, *spaces: SpaceId) -> Connection:
    connection = in_spaces(caches.connection(tenant, user, f"c-{user}"), *spaces)
    assert caches.presence.register(connection, Status.ONLINE).accepted
    return connection


def crowd(caches: Caches, tenant: TenantId) -> tuple[set[Target], set[Target]]:
    """Register many people; return everybody's connections, and those of one space."""
    everybody, north = set(), set()
    for number in range(MANY):
        is_north = number % 2 == 0
        spaces = (NORTH, SOUTH) if is_north else (SOUTH,)
        one = target_of(registered(caches, tenant, f"u{number:05}", *spaces))
        everybody.add(one)
        if is_north:
            north.add(one)
    return everybody, north


def test_everybody_of_a_crowd_is_in_some_part(caches: Caches, tenant: TenantId) -> None:
    everybody, north = crowd(caches, tenant)
    for space, expected in ((None, everybody), (NORTH, north), (SOUTH, everybody)):
        parts = list(caches.presence.in_parts(tenant, space))
        assert {target for part in parts for target in part} == expected
        assert max(map(len, parts)) < len(everybody)
        assert caches.presence.count_people(tenant, space) == len(expected)
    assert not any(caches.presence.in_parts(tenant, SpaceId("none")))
    assert len(caches.presence.everyone(tenant)) == MANY


def test_who_leaves_between_two_parts_hides_nobody(caches: Caches, tenant: TenantId) -> None:
    _, north = crowd(caches, tenant)
    parts = caches.presence.in_parts(tenant, NORTH)
    first = next(parts)
    # Also the one behind whom the next part begins.
    for target in sorted(first, key=lambda each: each.user_id)[-3:]:
        caches.presence.close(target)
    rest = [target for part in parts for target in part]
    assert {*first, *rest} == north


def test_a_crowd_is_counted_by_people_as_they_come_and_go(caches: Caches, tenant: TenantId) -> None:
    one = registered(caches, tenant, "anna", NORTH)
    caches.presence.register(in_spaces(caches.connection(tenant, "anna", "c2")), Status.ONLINE)
    registered(caches, tenant, "ben", SOUTH)

    def counts() -> list[int]:
        return [caches.presence.count_people(tenant, space) for space in (None, NORTH, SOUTH)]

    assert counts() == [2, 1, 1]
    caches.presence.close(target_of(one))
    assert counts() == [2, 0, 1]
    registered(caches, tenant, "ben", NORTH)
    assert counts() == [2, 1, 0]
    assert caches.presence.count_people(TenantId(f"{tenant}x"), None) == 0


def test_a_part_names_no_connection_whose_token_ended(caches: Caches, tenant: TenantId) -> None:
    one = in_spaces(caches.connection(tenant, "anna", "c1"), NORTH)
    ends_at = int(caches.clock.now().timestamp())
    caches.presence.register(with_token_until(one, ends_at), Status.ONLINE)
    caches.clock.advance(60.001)
    for space in (None, NORTH):
        assert [each for part in caches.presence.in_parts(tenant, space) for each in part] == []


@pytest.mark.parametrize("server", ["valkey", "valkey_cluster"])
def test_a_lost_index_of_spaces_is_whole_after_one_heartbeat(
    request: pytest.FixtureRequest, server: str, tenant: TenantId
) -> None:
    running: Server = request.getfixturevalue(server)
    client = running.client()
    caches = redis_caches(running, client)
    one = registered(caches, tenant, "anna", NORTH, SOUTH)
    with running.admin() as admin:
        admin.delete(Keyspace(caches.prefix).of(tenant, "spaces"))
    assert caches.presence.in_space(tenant, SOUTH) == []
    caches.presence.heartbeat(one, Status.ONLINE)
    for space in (NORTH, SOUTH):
        assert caches.presence.in_space(tenant, space) == [target_of(one)]
    client.close()
