"""`bootstrap.App` over the real adapters, in this process: for what needs many threads."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.servers import emulator
from parley.adapters.clock import SystemClock
from parley.adapters.dynamodb.clearing import DynamoClearingStore
from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.adapters.dynamodb.tenants import DynamoSettingsStore
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.adapters.memory.push import MemoryPush
from parley.adapters.memory.queue import MemoryFanoutQueue, MemoryFlushQueue
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.presence import RedisPresenceStore
from parley.bootstrap import App
from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.people import Caller, Connection, Scope
from parley.settings import Settings
from tests.support.valkeys import IS_CLUSTER, some_valkey

TABLE = "contention"
# A busy machine must not turn a slow answer into an outage.
PATIENT_S = 20.0


@dataclass
class RealAdapters:
    """What `bootstrap.Adapters` has, but for push and queue, which only record."""

    table: Table
    redis: RedisClient
    clock: SystemClock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        """Make the stores."""
        self.messages = DynamoMessageStore(self.table)
        self.rooms = DynamoRoomStore(self.table)
        self.users = DynamoUserStore(self.table)
        self.tenants = DynamoSettingsStore(self.table)
        self.clearing = DynamoClearingStore(self.table)
        self.cache = RedisRoomCache(self.redis)
        self.presence = RedisPresenceStore(self.redis)
        self.push = MemoryPush()
        self.queue = MemoryFlushQueue(self.clock)
        self.fanout = MemoryFanoutQueue()


@contextmanager
def real_stores() -> Iterator[tuple[str, str]]:
    """Start Valkey and the emulator with a table; give their addresses."""
    with some_valkey() as redis_url, real_table() as endpoint_url:
        yield redis_url, endpoint_url


@contextmanager
def real_table() -> Iterator[str]:
    """Start the emulator with a table; give its address."""
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    os.environ.update({**credentials, "AWS_DEFAULT_REGION": "us-east-1"})
    with emulator() as endpoint_url:
        client: Any = dynamodb_client(endpoint_url, read_timeout_s=PATIENT_S)
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        yield endpoint_url


def real_app(redis_url: str, endpoint_url: str, commit_budget_ms: int = 2_000) -> App:
    """Return services over these stores, with the limits raised."""
    table = Table(dynamodb_client(endpoint_url, read_timeout_s=PATIENT_S), TABLE)
    adapters = RealAdapters(table, RedisClient(redis_url, cluster=IS_CLUSTER, timeout_s=PATIENT_S))
    raised = Settings(
        messages_per_10s=100_000,
        messages_per_minute=100_000,
        commit_budget_ms=commit_budget_ms,
        commit_tries=100 if commit_budget_ms > 2_000 else 8,
    )
    return App(raised, adapters)


def connection(tenant: str, user: str, name: str) -> Connection:
    """Return a connection of somebody, without opening one."""
    now = datetime.now(UTC)
    issued_at = int(now.timestamp())
    caller = Caller(
        user_id=UserId(user),
        tenant_id=TenantId(tenant),
        scope=Scope.TENANT,
        role="member",
        name=user,
        expires_at=issued_at + 3_600,
        issued_at=issued_at,
    )
    return Connection(ConnectionId(name), caller, now)


def all_at_once(calls: Sequence[Any]) -> list[Any]:
    """Run calls in a thread each, released at the same moment; give results or exceptions."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        barrier.wait(30)
        try:
            results[place] = calls[place]()
        except Exception as exc:
            results[place] = exc

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
