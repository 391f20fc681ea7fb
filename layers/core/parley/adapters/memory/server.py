"""What stands for Redis in the memory adapters: shared state that can be lost or unreachable."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from parley.adapters.millis import to_ms
from parley.domain.ids import ConnectionId, RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Head
from parley.domain.presence import Lease, Status
from parley.domain.rooms import Roster
from parley.errors import CacheUnavailable
from parley.ports import Clock


@dataclass(slots=True)
class Entry:
    """A registered connection; times in epoch milliseconds, ``expires_at`` in seconds.

    Attributes:
        missed: How many more heartbeats tell it that it missed changes.
    """

    connection_id: ConnectionId
    status: Status
    registered_at: int
    heard_at: int
    lease_until: int
    registered_until: int
    expires_at: int
    spaces: tuple[SpaceId, ...] = ()
    missed: int = 0

    def lease(self) -> Lease:
        """Return it as the rules of presence know it."""
        return Lease(
            connection_id=self.connection_id,
            status=self.status,
            heard_at=self.heard_at / 1000,
            lease_until=self.lease_until / 1000,
            registered_until=self.registered_until / 1000,
            expires_at=self.expires_at,
            registered_at=self.registered_at / 1000,
        )


@dataclass(frozen=True, slots=True)
class Persona:
    """What a person's last token said of them."""

    name: str | None = None
    picture: str | None = None
    role: str | None = None


@dataclass(slots=True)
class PresenceState:
    """One tenant's presence; times in epoch milliseconds."""

    conns: dict[UserId, list[Entry]] = field(default_factory=dict)
    online: dict[UserId, int] = field(default_factory=dict)
    people: dict[UserId, Persona] = field(default_factory=dict)
    seen: dict[UserId, int] = field(default_factory=dict)
    announced: dict[UserId, tuple[Status | None, int]] = field(default_factory=dict)
    pending: dict[UserId, int] = field(default_factory=dict)
    taken: dict[UserId, int] = field(default_factory=dict)
    gone: dict[ConnectionId, int] = field(default_factory=dict)
    subscriptions: dict[ConnectionId, frozenset[UserId]] = field(default_factory=dict)
    next_flush: int | None = None
    rest_until: int = 0
    crowd_until: int = 0
    swept_at: int | None = None


@dataclass(slots=True)
class Queue:
    """Those who commit in a room: the last ticket, the last one served, and a commit's length."""

    ticket: int = 0
    served: int = 0
    cost_ms: float = 10
    touched_ms: float = 0
    left: set[int] = field(default_factory=set)

    def leave(self, ticket: int, *, has_committed: bool) -> None:
        """Let the next one go, if nobody is ahead of this one who is still waited for."""
        if has_committed:
            self.served = max(self.served, ticket)
        elif ticket > self.served:
            self.left.add(ticket)
        while self.served + 1 in self.left:
            self.served += 1
        self.left = {each for each in self.left if each > self.served}


@dataclass(frozen=True, slots=True)
class KnownRoster:
    """The rev below which rosters are refused, and the roster, if one is known.

    Attributes:
        until_ms: Until when the roster is believed.
    """

    rev: int
    roster: Roster | None = None
    until_ms: int = 0


@dataclass(slots=True)
class RoomState:
    """What one tenant's cache knows of rooms; times in epoch milliseconds."""

    rosters: dict[RoomId, KnownRoster] = field(default_factory=dict)
    heads: dict[RoomId, Head] = field(default_factory=dict)
    queues: dict[RoomId, Queue] = field(default_factory=lambda: defaultdict(Queue))
    attempts: dict[tuple[str, UserId], list[int]] = field(default_factory=lambda: defaultdict(list))
    log: dict[RoomId, int] = field(default_factory=dict)
    epoch: str | None = None
    rooms_of: dict[UserId, set[RoomId]] = field(default_factory=lambda: defaultdict(set))
    complete: set[UserId] = field(default_factory=set)
    receipts: dict[tuple[RoomId, UserId], tuple[int, bool]] = field(default_factory=dict)


class MemoryServer:
    """The state behind `MemoryRoomCache` and `MemoryPresenceStore`, as one Redis is behind both.

    Attributes:
        down: While true, every call raises `CacheUnavailable`.
    """

    def __init__(self, clock: Clock) -> None:
        """Start empty, with the clock that stands for the server's."""
        self.down = False
        self._clock = clock
        self._lock = threading.RLock()
        self.flush_all()

    def flush_all(self) -> None:
        """Lose everything, as FLUSHALL or a restart does."""
        self.presence: dict[TenantId, PresenceState] = defaultdict(PresenceState)
        self.rooms: dict[TenantId, RoomState] = defaultdict(RoomState)
        self.sweeps: dict[TenantId, float] = {}

    def now_ms(self) -> int:
        """Return the server's time in epoch milliseconds, rounded down."""
        return to_ms(self._clock.now())

    @contextmanager
    def transition(self) -> Iterator[None]:
        """Run one call alone, as Redis runs a script; raises `CacheUnavailable` while down."""
        if self.down:
            raise CacheUnavailable("down")
        with self._lock:
            yield
