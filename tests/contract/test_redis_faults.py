"""The Redis adapters when the server hangs, refuses or dies."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typing_extensions import override

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.redis.breaker import Breaker
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.keyspace import Keyspace
from parley.adapters.redis.presence import RedisPresenceStore
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.presence import Status
from parley.errors import CacheDefect, CacheUnavailable
from tests.contract.redis_fixtures import Caches, Server, redis_caches
from tests.contract.test_room_cache import ANNA, MESSAGES, ROOM, roster_of
from tests.support.faults.valkey import ValkeyUnderTest


@pytest.fixture
def own() -> Iterator[ValkeyUnderTest]:
    """Give a server that this test may break."""
    with ValkeyUnderTest() as server:
        yield server


def client_of(server: ValkeyUnderTest, **options: Any) -> RedisClient:
    return Server(server.url, cluster=False).client(**options)


def timed(call: Callable[[], Any]) -> float:
    start = time.monotonic()
    with pytest.raises(CacheUnavailable):
        call()
    return time.monotonic() - start


def test_a_server_that_hangs_costs_one_timeout_and_is_found_again(
    own: ValkeyUnderTest, tenant: TenantId
) -> None:
    clock = MemoryClock()
    client = client_of(own, timeout_s=0.25, breaker=Breaker(2.0, clock.monotonic))
    caches = redis_caches(own, client)
    first = caches.rooms.epoch(tenant)
    own.stop()
    assert 0.2 < timed(lambda: caches.rooms.epoch(tenant)) < 1.5
    assert sum(timed(lambda: caches.rooms.epoch(tenant)) for _ in range(20)) < 0.2
    clock.advance(2)
    assert timed(lambda: caches.rooms.epoch(tenant)) > 0.2
    own.go_on()
    with pytest.raises(CacheUnavailable):
        caches.rooms.epoch(tenant)
    clock.advance(2)
    assert caches.rooms.epoch(tenant) == first
    client.close()


def test_what_timed_out_is_not_sent_again(own: ValkeyUnderTest, tenant: TenantId) -> None:
    client = client_of(own, timeout_s=0.1)
    caches = redis_caches(own, client)
    caches.rooms.epoch(tenant)
    connection = caches.connection(tenant, "anna", "c1")
    with own.admin() as admin:
        before = scripts_run(admin)
        own.stop()
        # Back after the timeout, while whoever tries again would still be at it.
        back = threading.Timer(0.15, own.go_on)
        back.start()
        timed(lambda: caches.rooms.allow(connection, MESSAGES))
        back.join()
        assert scripts_run(admin) - before <= 1
    client.close()


def scripts_run(admin: Any) -> int:
    stats = admin.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))


def test_a_server_that_died_is_found_again_empty(own: ValkeyUnderTest, tenant: TenantId) -> None:
    clock = MemoryClock()
    client = client_of(own, breaker=Breaker(2.0, clock.monotonic))
    caches = redis_caches(own, client)
    first = caches.rooms.epoch(tenant)
    own.kill9()
    assert timed(lambda: caches.rooms.epoch(tenant)) < 1.5
    own.start()
    clock.advance(2)
    assert caches.rooms.epoch(tenant) != first
    client.close()


def test_a_connection_that_was_idle_for_long_is_not_trusted(
    own: ValkeyUnderTest, tenant: TenantId
) -> None:
    clock = MemoryClock()
    client = client_of(own, breaker=Breaker(2.0, clock.monotonic))
    caches = redis_caches(own, client)
    seen = []
    with own.admin() as admin:
        for idle_s in (0, 29, 31):
            clock.advance(idle_s)
            caches.rooms.epoch(tenant)
            seen.append({each["id"] for each in admin.client_list() if each["name"] == "parley"})
    first, soon, late = seen
    assert first == soon
    assert len(late) == 1
    assert not first & late
    client.close()


def test_nobody_listening_is_an_outage(tenant: TenantId) -> None:
    for cluster in (False, True):
        client = RedisClient("redis://127.0.0.1:1", cluster=cluster)
        cache = RedisRoomCache(client)
        assert timed(lambda cache=cache: cache.epoch(tenant)) < 1.5  # type: ignore[misc]
        assert timed(lambda cache=cache: cache.epoch(tenant)) < 0.1  # type: ignore[misc]


# --- Refusals -----------------------------------------------------------------------------------


def test_a_full_server_is_an_outage_of_that_call_only(
    own: ValkeyUnderTest, tenant: TenantId
) -> None:
    client = client_of(own)
    caches = redis_caches(own, client)
    with own.admin() as admin:
        admin.config_set("maxmemory", 1)
        for _ in range(2):
            with pytest.raises(CacheUnavailable, match="OutOfMemory"):
                caches.rooms.epoch(tenant)
        assert caches.rooms.progress(tenant, ROOM)[0] is None
        admin.config_set("maxmemory", 0)
    assert caches.rooms.epoch(tenant)
    client.close()


def test_a_demoted_server_is_an_outage_until_it_is_promoted(
    own: ValkeyUnderTest, tenant: TenantId
) -> None:
    client = client_of(own)
    caches = redis_caches(own, client)
    with own.admin() as admin:
        admin.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(CacheUnavailable):
            caches.rooms.epoch(tenant)
        admin.execute_command("REPLICAOF", "NO", "ONE")
        before = admin.info("stats")["total_connections_received"]
        assert caches.rooms.epoch(tenant)
        # By then the name leads to another server, so the old connection would be of no use.
        assert admin.info("stats")["total_connections_received"] == before + 1
    client.close()


def test_a_bug_is_not_taken_for_an_outage(
    valkey: Server, valkey_caches: Caches, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    with valkey.admin() as admin:
        key = Keyspace(valkey_caches.prefix).of(tenant, "log")
        admin.set(key, "not a sorted set", ex=60)
    with pytest.raises(CacheDefect, match="log_changes"):
        valkey_caches.rooms.epoch(tenant)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert valkey_caches.rooms.progress(tenant, ROOM)[0] is None


def test_keys_of_two_slots_are_a_bug(valkey_cluster: Server) -> None:
    client = valkey_cluster.client()
    with pytest.raises(CacheDefect):
        client.run("heads", ["{a}", "{b}"])
    client.close()


def test_a_server_of_which_nothing_may_be_asked_does_its_work_all_the_same(
    own: ValkeyUnderTest, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(own)
    caches = redis_caches(own, client)
    with_life = caches.rooms.epoch(tenant)
    with own.admin() as admin:
        admin.execute_command("ACL", "SETUSER", "default", "-info")
    client.close()
    # A failover cannot be told from its epoch then; a loss can.
    assert with_life.startswith(caches.rooms.epoch(tenant))
    caches.rooms.put_roster(roster_of(tenant, "anna"))
    anna = caches.connection(tenant, "anna", "c1")
    assert caches.rooms.probe(tenant, anna, ROOM, None).roster is not None
    assert caches.presence.tenants_due(10) == []
    messages = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert messages == [(logging.WARNING, "cache_policy_unknown")]
    with own.admin() as admin:
        admin.execute_command("ACL", "SETUSER", "default", "+info")
    client.close()


# --- The server's own clock ---------------------------------------------------------------------


def test_without_a_clock_of_its_own_the_servers_decides(valkey: Server, tenant: TenantId) -> None:
    client = valkey.client()
    presence, rooms = RedisPresenceStore(client), RedisRoomCache(client)
    clock = MemoryClock()
    connection = Caches(rooms, presence, clock, list).connection(tenant, "anna", "c1", 10**9)
    before = time.time()
    assert presence.register(connection, Status.ONLINE).flush_in_s == 0
    since = presence.heartbeat(connection, Status.ONLINE).since
    assert before - 1 < since < time.time() + 1
    assert [seen.user_id for seen in presence.online(tenant)] == ["anna"]
    rooms.add_rooms(tenant, ANNA, [ROOM], complete=True)
    rooms.log_changes(tenant, [ROOM])
    assert rooms.changed_since(tenant, ANNA, before - 1)[1] == [ROOM]
    assert rooms.may_push_receipt(tenant, RoomId("r"), UserId("u")) == "now"
    client.close()


class Askless(RedisClient):
    """Does not answer when it is asked who subscribed."""

    @override
    def run(self, name: str, keys: Any, args: Any = (), *, repeatable: bool = False) -> Any:
        if name == "presence_askers":
            raise CacheUnavailable("died in between")
        return super().run(name, keys, args, repeatable=repeatable)


def test_changes_that_were_taken_are_told_though_who_asked_for_them_is_not_known(
    valkey: Server, tenant: TenantId
) -> None:
    client = Askless(valkey.url, cluster=valkey.cluster, timeout_s=20)
    caches = redis_caches(valkey, client)
    one, other = (caches.connection(tenant, user, f"c-{user}") for user in ("anna", "ben"))
    caches.presence.register(one, Status.ONLINE)
    assert caches.presence.subscribe(one, [UserId("zoe")])
    caches.presence.register(other, Status.ONLINE)
    flush = caches.presence.flush(tenant)
    assert [seen.user_id for seen in flush.changes] == ["anna", "ben"]
    assert flush.subscriptions == {"c-anna": {"anna", "ben"}}
    with pytest.raises(CacheUnavailable):
        caches.presence.audience(tenant, [ANNA])
    client.close()
