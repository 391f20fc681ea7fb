"""A function's process that is killed at a point, over stores that stay.

Killed in this process, by an exception that nothing catches. From then on its adapters do nothing
any more, so that a ``finally`` of ours has no effect that a killed process could not have.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from parley.adapters.dynamodb.clearing import DynamoClearingStore
from parley.adapters.dynamodb.client import DynamoClient
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table, Update
from parley.adapters.dynamodb.tenants import DynamoSettingsStore
from parley.adapters.dynamodb.tickets import DynamoTicketStore
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.push import MemoryPush
from parley.adapters.memory.queue import MemoryFanoutQueue, MemoryFlushQueue
from parley.adapters.memory.tokens import MemoryTokens
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.client import Arg, RedisClient
from parley.adapters.redis.presence import RedisPresenceStore
from tests.support.crashes.boundaries import READS, ports
from tests.support.real_app import TABLE


class Killed(BaseException):
    """Raised where the process ends, and by all that it tries to do afterwards."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process ends.

    Attributes:
        name: A boundary, or a request of the store inside of one of its methods.
        nth: At which time that the operation comes there.
    """

    name: str
    nth: int = 1


@dataclass
class Process:
    """Notes what an operation passes, and ends at a point.

    Attributes:
        passed: Boundaries, and requests inside of them, in order.
        inside: Of which method's requests the stores are told now.
    """

    point: Point | None = None
    is_dead: bool = False
    passed: list[str] = field(default_factory=list)
    inside: str | None = None
    _times: Counter[str] = field(default_factory=Counter)

    def require_life(self) -> None:
        """Do nothing any more once killed."""
        if self.is_dead:
            raise Killed

    def reach(self, name: str) -> None:
        """Come to a point."""
        self.passed.append(name)
        self._times[name] += 1
        if self.point == Point(name, self._times[name]):
            self.is_dead = True
            raise Killed

    def note_request(self, name: str) -> None:
        """Come to the end of a request that a method with an effect makes."""
        if self.inside is not None:
            self.reach(f"{self.inside}/{name}")

    @contextmanager
    def crossing(self, name: str) -> Iterator[None]:
        """Cross both boundaries of a method."""
        self.reach(f"{name}:before")
        self.inside = name
        try:
            yield
        finally:
            self.inside = None
        self.reach(f"{name}:after")


class Mortal:
    """An adapter that dies with its process."""

    def __init__(self, name: str, adapter: object, process: Process) -> None:
        """Stand before an adapter."""
        self._name = name
        self._adapter = adapter
        self._process = process

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        full_name = f"{self._name}.{name}"

        def call(*args: Any, **kwargs: Any) -> Any:
            self._process.require_life()
            if full_name in READS:
                return found(*args, **kwargs)
            with self._process.crossing(full_name):
                return found(*args, **kwargs)

        return call


@dataclass(frozen=True)
class MortalTable(Table):
    """A table whose writes are points, and which knows the partitions that were written."""

    process: Process = field(default_factory=Process)
    written: set[str] = field(default_factory=set)

    @override
    def put(self, key: Key, attributes: Item) -> None:
        self.written.add(key.pk)
        super().put(key, attributes)
        self.process.note_request("put")

    @override
    def update(self, update: Update) -> Item:
        self.written.add(update.key.pk)
        old = super().update(update)
        self.process.note_request("update")
        return old

    @override
    def take(self, key: Key) -> Item:
        taken = super().take(key)
        self.process.note_request("take")
        return taken

    @override
    def transact_once(self, actions: Sequence[Mapping[str, Any]], token: str) -> None:
        self.written.update(_partitions(actions))
        super().transact_once(actions, token)
        self.process.note_request("transact_once")

    @override
    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        self.written.update(_partitions(actions))
        super().transact(actions)
        self.process.note_request("transact")


def _partitions(actions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for action in actions:
        for request in action.values():
            yield (request.get("Key") or request["Item"])["pk"]["S"]


class MortalRedis(RedisClient):
    """A client of Redis whose scripts are points."""

    process = Process()

    @override
    def run(
        self,
        name: str,
        keys: Sequence[str],
        args: Sequence[Arg] = (),
        *,
        repeatable: bool = False,
    ) -> Any:
        answer = super().run(name, keys, args, repeatable=repeatable)
        self.process.note_request(name)
        return answer


@dataclass
class Outside:
    """What no process of ours owns: it stays when one is killed.

    Attributes:
        written: The partitions of the table that were written to.
        calls: For `World`, whose adapters note them; here processes note what they pass.
    """

    dynamodb: DynamoClient
    redis: MortalRedis
    clock: MemoryClock = field(default_factory=MemoryClock)
    push: MemoryPush = field(default_factory=MemoryPush)
    written: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make what tells the same time."""
        self.queue = MemoryFlushQueue(self.clock)
        self.fanout = MemoryFanoutQueue()
        self.verifier = MemoryTokens(self.clock)


class MortalAdapters:
    """What `bootstrap.Adapters` has, for one process."""

    def __init__(self, outside: Outside, process: Process, redis: MortalRedis) -> None:
        """Begin a process; ``redis`` may be one that does not answer."""
        clock = self.clock = outside.clock
        self.verifier = outside.verifier
        self.process = process
        redis.process = process
        table = MortalTable(
            outside.dynamodb,
            TABLE,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            process=process,
            written=outside.written,
        )
        makers: dict[str, Callable[[], object]] = {
            "messages": lambda: DynamoMessageStore(table),
            "rooms": lambda: DynamoRoomStore(table),
            "users": lambda: DynamoUserStore(table),
            "tenants": lambda: DynamoSettingsStore(table),
            "clearing": lambda: DynamoClearingStore(table),
            "tickets": lambda: DynamoTicketStore(table),
            "cache": lambda: RedisRoomCache(redis, clock=clock),
            "presence": lambda: RedisPresenceStore(redis, clock=clock),
            "push": lambda: outside.push,
            "queue": lambda: outside.queue,
            "fanout": lambda: outside.fanout,
        }
        for name in ports():
            setattr(self, name, Mortal(name, makers[name](), process))
