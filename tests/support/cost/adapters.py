"""The adapters of a function, on a clock that is told when to move."""

from functools import cached_property
from typing import Any

from typing_extensions import override

from parley import ports
from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.table import Table
from parley.adapters.memory.clock import MemoryClock
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.presence import RedisPresenceStore
from parley.bootstrap import Adapters, presence_rules
from parley.settings import Settings

PATIENT_S = 30.0


class TimedAdapters(Adapters):
    """The adapters of a function, on a clock that is told when to move."""

    def __init__(self, settings: Settings, clock: MemoryClock) -> None:
        """Make them as they are first asked for."""
        super().__init__(settings)
        self._given = clock

    @cached_property
    @override
    def clock(self) -> ports.Clock:
        """The clock."""
        return self._given

    @cached_property
    @override
    def _table(self) -> Table:
        # A busy machine must not make a try of two.
        return Table(dynamodb_client(read_timeout_s=PATIENT_S), self._settings.require("table"))

    def reconnect(self) -> None:
        """Use new sockets: the emulator ends one after 1,000 requests, which is an error."""
        client: Any = self._table.client
        client.close()

    @cached_property
    @override
    def cache(self) -> ports.RoomCache:
        """Rooms in Redis."""
        rules, prefix = presence_rules(self._settings), self._settings.redis_prefix
        return RedisRoomCache(self._redis, rules, prefix=prefix, clock=self._given)

    @cached_property
    @override
    def presence(self) -> ports.PresenceStore:
        """Leases in Redis."""
        rules, prefix = presence_rules(self._settings), self._settings.redis_prefix
        return RedisPresenceStore(self._redis, rules, prefix=prefix, clock=self._given)
