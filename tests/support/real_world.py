"""`World` over the real adapters of DynamoDB and Redis; push and queue only record."""

from collections import defaultdict, deque
from typing import Any

from typing_extensions import override

from parley.adapters.memory.push import MemoryPush
from parley.adapters.memory.queue import MemoryFanoutQueue, MemoryFlushQueue
from parley.bootstrap import App
from parley.settings import Settings
from tests.support.memory import World
from tests.support.memory_stream import MemoryStream
from tests.support.real_app import RealAdapters
from tests.support.valkeys import lose_everything
from tests.support.watched import Fault, Watched


class WatchedAdapters:
    """Real adapters whose calls are written down, so that `World.relay` knows what was stored."""

    def __init__(self, real: RealAdapters) -> None:
        """Stand before these."""
        self.calls: list[str] = []
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.writes: list[tuple[str, tuple[Any, ...], Any]] = []
        self.clock = real.clock
        self.queue = MemoryFlushQueue(real.clock)
        self.fanout = MemoryFanoutQueue()
        self.push = MemoryPush()
        self.tenants, self.clearing = real.tenants, real.clearing
        for name in ("messages", "rooms", "users", "cache", "presence"):
            setattr(self, name, Watched(name, getattr(real, name), self))


class RealWorld(World):
    """Some people and their connections, over stores that run."""

    def __init__(self, real: RealAdapters, redis_url: str, **settings: Any) -> None:
        """Start with nobody, over adapters that other worlds may share."""
        super().__init__()
        self.app = App(Settings(**settings), WatchedAdapters(real))
        self.out = self.app.adapters
        self._redis_url = redis_url
        self._stream = MemoryStream(self.out.messages, self.out.rooms)

    @override
    def wait(self, seconds: float) -> None:
        """Carry out what was asked of the queue, as if so much time had passed."""
        asked, self.out.queue.asked = self.out.queue.asked, []
        for each in asked:
            self.app.flushes.carry_out(each.record)

    @override
    def flush_redis(self) -> None:
        """Make Redis lose everything, scripts too."""
        lose_everything(self._redis_url)
