"""Caches to hold against each other: in memory, on Valkey, on a cluster of one, and as on AWS."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pytest

from parley.adapters.memory.cache import MemoryRoomCache
from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.presence import MemoryPresenceStore
from parley.adapters.memory.server import MemoryServer
from parley.adapters.redis.breaker import Breaker
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.presence import RedisPresenceStore
from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.people import Caller, Connection, Scope
from parley.domain.presence import PresenceRules, Target
from parley.ports import Flush, PresenceStore, RoomCache
from tests.support.faults.valkey_cluster import ValkeyCluster
from tests.support.on_aws import OnAws, on_aws
from tests.support.valkeys import IS_CLUSTER, admin_of, some_valkey

__all__ = ["caches", "serverless", "valkey", "valkey_caches", "valkey_cluster"]

# No test but those of the timeout itself may fail because the machine is busy.
PATIENT_S = 20
RULES = PresenceRules()


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, or cluster."""

    url: str
    cluster: bool

    def admin(self, *, decode: bool = True) -> Any:
        """Return a client that may do what Parley never does."""
        return admin_of(self.url, cluster=self.cluster, decode=decode)

    def client(self, timeout_s: float = PATIENT_S, breaker: Breaker | None = None) -> RedisClient:
        """Return Parley's own client."""
        breakers = None if breaker is None else lambda: breaker
        return RedisClient(self.url, cluster=self.cluster, timeout_s=timeout_s, breakers=breakers)


@dataclass(slots=True)
class Caches:
    """Both caches of one kind, on one clock that stands still."""

    rooms: RoomCache
    presence: PresenceStore
    clock: MemoryClock
    lose_everything: Callable[[], Any]
    prefix: str = ""

    def connection(self, tenant: TenantId, user: str, name: str, ttl_s: int = 7_200) -> Connection:
        """Return a connection that is made now, whose token lasts a while."""
        now = self.clock.now()
        caller = Caller(
            user_id=UserId(user),
            tenant_id=tenant,
            scope=Scope.TENANT,
            role="member",
            name=user.title(),
            expires_at=int(now.timestamp()) + ttl_s,
            issued_at=int(now.timestamp()),
        )
        return Connection(ConnectionId(name), caller, now)

    def announce(self, tenant: TenantId) -> Flush:
        """Take the changes that are due, and tell them."""
        flush = self.presence.flush(tenant)
        self.presence.confirm(tenant, flush)
        return flush


def target_of(connection: Connection) -> Target:
    """Return a connection as pushes know it."""
    caller = connection.caller
    return Target(caller.tenant_id, caller.user_id, connection.connection_id)


def memory_caches(rules: PresenceRules = RULES) -> Caches:
    """Return caches in memory."""
    clock = MemoryClock()
    server = MemoryServer(clock)
    return Caches(
        MemoryRoomCache(server, rules),
        MemoryPresenceStore(server, rules),
        clock,
        server.flush_all,
    )


class HasAdmin(Protocol):
    """Any server that a test may look into."""

    def admin(self) -> Any:
        """Return a client that may do what Parley never does."""
        ...


def redis_caches(server: HasAdmin, client: RedisClient, rules: PresenceRules = RULES) -> Caches:
    """Return caches on a server, under a prefix of their own."""
    clock, prefix = MemoryClock(), uuid.uuid4().hex
    return Caches(
        RedisRoomCache(client, rules, prefix=prefix, clock=clock),
        RedisPresenceStore(client, rules, prefix=prefix, clock=clock),
        clock,
        lambda: server.admin().flushall(),
        prefix,
    )


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    """Run one server for this session, or what TEST_CLUSTER asks for."""
    with some_valkey() as url:
        yield Server(url, IS_CLUSTER)


@pytest.fixture(scope="session")
def valkey_cluster() -> Iterator[Server]:
    """Run a cluster of one node that has all slots: it refuses what a larger one would."""
    with ValkeyCluster(masters=1) as cluster:
        yield Server(cluster.url, cluster=True)


@pytest.fixture(scope="session")
def serverless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnAws]:
    """Run one serverless cache for this session; no test may break it."""
    with on_aws(tmp_path_factory.mktemp("serverless")) as running:
        yield running


@pytest.fixture(params=["memory", "valkey", "cluster", "serverless"])
def caches(request: pytest.FixtureRequest) -> Iterator[Caches]:
    """Give every kind of cache in turn."""
    if request.param == "memory":
        yield memory_caches()
        return
    name = {"cluster": "valkey_cluster"}.get(request.param, request.param)
    yield from _caches_on(request.getfixturevalue(name))


@pytest.fixture
def valkey_caches(valkey: Server) -> Iterator[Caches]:
    """Give the caches on a server, for what memory does not have."""
    yield from _caches_on(valkey)


def _caches_on(server: Server | OnAws) -> Iterator[Caches]:
    client = server.client()
    yield redis_caches(server, client)
    client.close()


def with_token_until(connection: Connection, expires_at: int) -> Connection:
    """Return the connection with a token that ends at another time."""
    return replace(connection, caller=replace(connection.caller, expires_at=expires_at))
