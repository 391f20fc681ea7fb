"""A Parley over real stores whose process may be killed and begun anew."""

from typing import Any

from typing_extensions import override

from parley import bootstrap
from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.table import Table
from parley.bootstrap import App
from parley.services.relay import StreamChange
from parley.settings import Settings
from tests.support.crashes.process import (
    MortalAdapters,
    MortalRedis,
    Outside,
    Point,
    Process,
)
from tests.support.crashes.stream import TableStream
from tests.support.memory import World
from tests.support.real_app import PATIENT_S, TABLE
from tests.support.station import LIMITS
from tests.support.valkeys import IS_CLUSTER, lose_everything

# Nothing listens there.
NO_REDIS = "redis://127.0.0.1:1/0"


class Stores:
    """The table and the Redis of all scenes."""

    def __init__(self, redis_url: str, endpoint_url: str) -> None:
        """Connect."""
        self.dynamodb: Any = dynamodb_client(endpoint_url, read_timeout_s=PATIENT_S)
        self.redis = MortalRedis(redis_url, cluster=IS_CLUSTER, timeout_s=PATIENT_S)
        self.redis_url = redis_url

    def flush_redis(self) -> None:
        """Make Redis lose everything."""
        lose_everything(self.redis_url)

    def close(self) -> None:
        """End the connections."""
        self.redis.close()


class MortalWorld(World):
    """A Parley whose one process may be killed and begun anew."""

    def __init__(self, stores: Stores, **settings: Any) -> None:
        """Start with nobody, and an empty Redis."""
        super().__init__()
        self.stores = stores
        self._settings = Settings(**{**LIMITS, **settings})
        stores.flush_redis()
        # What the tests look at outlives each process.
        self.out: Any = Outside(stores.dynamodb, stores.redis)
        self.outside: Outside = self.out
        table = Table(stores.dynamodb, TABLE)
        self.stream = TableStream(table, self.outside.written)
        self.restart()

    def restart(self, point: Point | None = None, *, without_redis: bool = False) -> Process:
        """Begin a new process, which ends at a point."""
        process = Process(point)
        reached = MortalRedis(NO_REDIS) if without_redis else self.outside.redis
        self.app = App(self._settings, MortalAdapters(self.outside, process, reached))
        bootstrap.use(self.app)
        return process

    @override
    def flush_redis(self) -> None:
        self.stores.flush_redis()

    @override
    def relay(self) -> list[StreamChange]:
        """Bring what is new in the table through the stream, until it is applied."""
        self.stream.look()
        changes = list(self.stream.due)
        self.app.relay.apply(changes)
        self.stream.due.clear()
        return changes
