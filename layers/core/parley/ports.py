"""What Parley needs of the outside world, as narrow protocols.

Each port has a memory adapter and a real one that pass the same contract suite (tests/contract).
Adapters translate foreign errors: a cache that does not answer raises `CacheUnavailable`, a
store `StoreUnavailable`; nothing else escapes. Everything here is synchronous.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from parley.domain.ids import ConnectionId, RoomId, TenantId, UserId
from parley.domain.messages import Draft, Head, Message
from parley.domain.people import Connection, Profile
from parley.domain.presence import Seen, Status, Target
from parley.domain.rooms import Cursor, Membership, Room, Roster


class Clock(Protocol):
    """Tells the time, and waits."""

    def now(self) -> datetime:
        """Return the time, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, for measuring spans."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


# --- Messages (DynamoDB) ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """The message is committed."""

    message: Message


@dataclass(frozen=True, slots=True)
class Repeated:
    """The marker of (sender, room, clientId) was there: this is the first message, as it is now."""

    message: Message


@dataclass(frozen=True, slots=True)
class Taken:
    """Another message has this ``seq``, which is therefore committed; nothing was stored."""

    seq: int


@dataclass(frozen=True, slots=True)
class Contended:
    """Another transaction was in the way, or throttled us; nothing was stored by this attempt."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer never came: it may be stored. The marker tells at the next attempt."""


class MessageStore(Protocol):
    """Messages of rooms; all reads are strongly consistent."""

    def append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken | Contended | Unknown:
        """Store the draft as message ``seq`` with its marker, both or none, in one transaction.

        The caller must know that ``seq - 1`` is committed (or that ``seq`` is 1). One request;
        `Repeated` costs one more to read the first message. An adapter never retries by itself.
        """
        ...

    def found(self, draft: Draft) -> Message | None:
        """Return the message that this draft's marker leads to, as it is now, or None."""
        ...

    def head(self, tenant_id: TenantId, room_id: RoomId) -> Head:
        """Return the room's end (one query)."""
        ...

    def get(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> Message | None:
        """Return one message."""
        ...

    def at(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, int]]
    ) -> dict[tuple[RoomId, int], Message]:
        """Return those messages that exist at these (room, seq); 100 a request."""
        ...

    def page(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int,
        newest: bool,
    ) -> list[Message]:
        """Return messages with ``after < seq < before``, ascending and without a hole.

        Args:
            tenant_id: The room's tenant.
            room_id: The room.
            after: Exclusive lower bound.
            before: Exclusive upper bound, or None.
            limit: At most so many, 1..1000.
            newest: Take them from the upper end of the range, else from the lower.
        """
        ...


# --- Rooms, members, cursors, people (DynamoDB) -------------------------------------------------


class RoomStore(Protocol):
    """Rooms, their members, and members' cursors; all reads are strongly consistent."""

    def create(self, roster: Roster) -> Room:
        """Store a room and its members, or return the room that has this id already.

        The room becomes visible last, so that a half-done creation is invisible and a retry with
        the same id completes it. New members' cursors start at 0, the end of an empty room.
        """
        ...

    def room(self, tenant_id: TenantId, room_id: RoomId) -> Room | None:
        """Return a room."""
        ...

    def rooms(self, keys: Collection[tuple[TenantId, RoomId]]) -> dict[RoomId, Room]:
        """Return those of the rooms that exist."""
        ...

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """Return a room with all its members; members are at least as new as ``room.rev``."""
        ...

    def memberships(self, home: TenantId, user_id: UserId) -> list[Membership]:
        """Return all rooms of a user, in order of room id.

        ``home`` is the user's own partition (`domain.people.home_tenant`).
        """
        ...

    def membership(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership | None:
        """Return one room from a user's side."""
        ...

    def cursors(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Cursor]:
        """Return the cursors of members of a room (manage users' live in their own partition)."""
        ...

    def move_cursor(
        self, home: TenantId, user_id: UserId, room_id: RoomId, delivered: int, read: int
    ) -> tuple[Cursor, Cursor]:
        """Max-merge a member's cursor; return it before and after. Idempotent.

        The caller has clamped both to the room's end. Raises `NotFound` for one who is no member.
        """
        ...


class UserStore(Protocol):
    """Profiles and revocation."""

    def remember(self, profile: Profile) -> None:
        """Store what a token said of a user, and that the tenant exists."""
        ...

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users."""
        ...

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        ...

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        ...

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        ...


class TicketStore(Protocol):
    """Single-use tickets to connect with (SPEC §2). Keys are SHA-256 of the ticket."""

    def put(self, digest: str, claims: Mapping[str, str], expires_at: int) -> None:
        """Store a ticket until an epoch second."""
        ...

    def take(self, digest: str, now: int) -> dict[str, str] | None:
        """Consume a ticket: its claims the first time and before its end, else None. Atomic."""
        ...


# --- The cache (Redis, Valkey) ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Sliding windows of one user over all connections.

    Attributes:
        name: What is limited: ``message``, ``typing``, ``receipt`` …
        windows: Pairs of (attempts, seconds); every one of them must have room.
    """

    name: str
    windows: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the queue of those who commit in a room: advice, never trusted.

    Attributes:
        ticket: One's number.
        ahead: How many are before.
        commit_s: How long a commit took lately.
    """

    ticket: int
    ahead: int
    commit_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """All that one round trip tells before an operation in a room.

    Attributes:
        roster: The room and members, or None where the cache does not hold it.
        head_seq: A ``seq`` that is committed, perhaps not the last; None if not known.
        turn: One's place in the queue, where it was asked for and the caller is a known member.
        targets: Connections of the room's members whose tokens have not ended, but for members
            of manage scope, whose connections are kept elsewhere.
        sender_known: Whether the cache knows the asking connection.
    """

    roster: Roster | None
    head_seq: int | None
    turn: Turn | None
    targets: tuple[Target, ...]
    sender_known: bool


class RoomCache(Protocol):
    """What is known of rooms without asking DynamoDB. All of it may be lost at any time."""

    def probe(
        self,
        tenant_id: TenantId,
        connection: Connection,
        room_id: RoomId,
        limit: RateLimit | None,
        *,
        take_turn: bool = False,
    ) -> Probe:
        """Count an attempt and look at the room, in one round trip.

        Args:
            tenant_id: The room's tenant.
            connection: Who asks, over what.
            room_id: The room.
            limit: Raises `RateLimited` when it has no room left; such an attempt is not counted.
            take_turn: Also take a turn for a commit.
        """
        ...

    def allow(self, connection: Connection, limit: RateLimit) -> None:
        """Count an attempt that is not about a room; raises `RateLimited`."""
        ...

    def heads(self, tenant_id: TenantId, room_ids: Sequence[RoomId]) -> dict[RoomId, Head]:
        """Return the known heads of these rooms; one round trip."""
        ...

    def raise_heads(self, tenant_id: TenantId, heads: Mapping[RoomId, Head]) -> None:
        """Move heads up (never down) after their messages were committed."""
        ...

    def progress(self, tenant_id: TenantId, room_id: RoomId) -> tuple[int | None, int]:
        """Return a committed ``seq`` of the room, if one is known, and the ticket served last."""
        ...

    def end_turn(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        turn: Turn | None,
        head: Head | None = None,
        commit_s: float = 0,
    ) -> None:
        """Leave the queue of a room; everybody with a lower ticket counts as served, too.

        Args:
            tenant_id: The room's tenant.
            room_id: The room.
            turn: One's place in the queue, if one had any.
            head: The room's end after one's commit, which moves it up; None without a commit.
            commit_s: How long the commit took; the next ones are told.
        """
        ...

    def put_roster(self, roster: Roster) -> None:
        """Keep a roster, unless a newer one or a newer invalidation is known."""
        ...

    def drop_roster(self, tenant_id: TenantId, room_id: RoomId, rev: int) -> None:
        """Forget the roster, and refuse ones older than ``rev``."""
        ...

    def log_changes(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> None:
        """Note that these rooms changed now; heartbeats read this log."""
        ...

    def add_rooms(
        self, tenant_id: TenantId, user_id: UserId, room_ids: Collection[RoomId], *, complete: bool
    ) -> None:
        """Add to the known rooms of a user; ``complete`` says that these are all of them.

        Additions that come while a complete list is on its way are never lost.
        """
        ...

    def changed_since(
        self, tenant_id: TenantId, user_id: UserId, since: float
    ) -> tuple[str, list[RoomId] | None]:
        """Return the epoch, and the user's rooms that changed since an epoch second.

        None instead of the rooms where the user's rooms are not (completely) known.
        """
        ...

    def epoch(self, tenant_id: TenantId) -> str:
        """Return the tenant's epoch; a new one whenever the log was lost."""
        ...

    def may_push_receipt(self, tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> str:
        """Coalesce receipts to one a second for a reader and room.

        Returns:
            ``now``: push; ``later``: ask for one flush in 1 s; ``never``: a flush will do it.
        """
        ...


# --- Presence (Redis, Valkey) -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat found.

    Attributes:
        known: Whether the connection was registered; if not, nothing was done.
        since: Epoch second of the connection's previous heartbeat (or its registration).
        flush_in_s: Ask for a flush after so many seconds (0: at once); None: none needed.
        closed: The connection was closed or replaced; it must not be registered again.
    """

    known: bool
    since: float = 0
    flush_in_s: float | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration did.

    Attributes:
        accepted: False for a connection that was closed before it could be registered.
        replaced: Connections of the same user that had to go (the limit of SPEC §2).
    """

    accepted: bool
    replaced: tuple[ConnectionId, ...] = ()
    flush_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Flush:
    """Changes to announce now, and to whom.

    Attributes:
        changes: One for each person whose shown status changed.
        targets: Every live connection of the tenant.
        flush_in_s: Ask for another flush after so many seconds; None: nothing waits.
    """

    changes: tuple[Seen, ...]
    targets: tuple[Target, ...]
    flush_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep over one tenant found.

    Attributes:
        ended: Connections whose token ended more than the grace ago; they are forgotten.
        next_lease_end: When to look again, epoch seconds; None: nobody is left.
    """

    ended: tuple[Target, ...]
    flush_in_s: float | None
    next_lease_end: float | None


class PresenceStore(Protocol):
    """Leases of connections, by tenant. Each method is one atomic transition on one tenant.

    Times are the cache's own clock. ``flush_in_s`` in a result asks the caller for a `flush` of
    that tenant after so many seconds; without it somebody was asked already.
    """

    def register(self, connection: Connection, status: Status) -> Registered:
        """Add a connection with a fresh lease; repeated, it renews. Refused after `close`."""
        ...

    def heartbeat(self, connection: Connection, status: Status) -> Beat:
        """Renew the lease of a known connection and set its status."""
        ...

    def close(self, target: Target) -> float | None:
        """Remove a connection and leave a tombstone; return ``flush_in_s``. Idempotent."""
        ...

    def forget(self, targets: Collection[Target]) -> float | None:
        """Remove connections that a push found gone, but for young ones. One tenant only."""
        ...

    def flush(self, tenant_id: TenantId) -> Flush:
        """Take the changes that are due."""
        ...

    def sweep(self, tenant_id: TenantId) -> Swept:
        """Expire leases and ended tokens, and drop registrations that ran out."""
        ...

    def online(self, tenant_id: TenantId) -> list[Seen]:
        """Return everyone who is not offline, in order of user id."""
        ...

    def statuses(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> dict[UserId, Seen]:
        """Return the status of exactly these users."""
        ...

    def targets(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> list[Target]:
        """Return the live connections of these users."""
        ...

    def everyone(self, tenant_id: TenantId) -> list[Target]:
        """Return every live connection of a tenant."""
        ...

    def tenants_due(self, limit: int) -> list[TenantId]:
        """Return tenants in which a lease may have ended (index ``{sys}``)."""
        ...

    def note_tenant(self, tenant_id: TenantId, next_lease_end: float | None) -> None:
        """Set when to sweep a tenant next; None removes it from the index."""
        ...

    def tenants(self) -> list[TenantId]:
        """Return every tenant that has connections."""
        ...


# --- Push, queue, tokens ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PushReport:
    """What became of one frame for each connection.

    Attributes:
        delivered: Answered 200.
        gone: Answered 410.
        failed: Throttled after two retries (429), too large (413), refused, broken, or not
            answered in time. Left to the recipients' next heartbeat.
    """

    delivered: tuple[ConnectionId, ...] = ()
    gone: tuple[ConnectionId, ...] = ()
    failed: Mapping[ConnectionId, str] = field(default_factory=dict)


class PendingPush(Protocol):
    """Posts on their way."""

    def wait(self, timeout_s: float) -> PushReport:
        """Return what is known after at most so long; what is still open counts as failed."""
        ...


class Push(Protocol):
    """The management API of the WebSocket: one POST for each connection."""

    def start(self, connection_ids: Sequence[ConnectionId], frame: bytes) -> PendingPush:
        """Begin to send one frame to all of these; does not block, never raises."""
        ...

    def close(self, connection_ids: Sequence[ConnectionId], timeout_s: float) -> None:
        """End connections (DELETE); one that is gone already is fine. Never raises."""
        ...


class FlushQueue(Protocol):
    """Asks for work after a delay (SQS); a record may come twice, late or out of order."""

    def ask(self, record: Mapping[str, str], delay_s: float) -> None:
        """Send one record; raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Claims:
    """A verified token's claims, as far as Parley knows them; values are not judged yet."""

    values: Mapping[str, Any]


class TokenVerifier(Protocol):
    """Checks signatures, times, issuer and audience."""

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token; raises `Unauthorized` for any other."""
        ...
