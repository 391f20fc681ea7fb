"""What is known of rooms without asking DynamoDB (Redis, Valkey)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Head
from parley.domain.people import Connection
from parley.domain.presence import Target
from parley.domain.rooms import Roster


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
            of manage scope, whose connections are kept elsewhere. Of a channel: those whose
            token names the space; of an organization room: all of the tenant.
        sender_known: Whether the cache knows the asking connection.
        crowded: There are no targets because they would be of too many people.
    """

    roster: Roster | None
    head_seq: int | None
    turn: Turn | None
    targets: tuple[Target, ...]
    sender_known: bool
    crowded: bool = False


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
        targets_up_to: int | None = None,
    ) -> Probe:
        """Count an attempt and look at the room, in one round trip.

        Args:
            tenant_id: The room's tenant.
            connection: Who asks, over what.
            room_id: The room.
            limit: Raises `RateLimited` when it has no room left; such an attempt is not counted.
            take_turn: Also take a turn for a commit.
            targets_up_to: Return the targets only where they are of at most so many people, 0
                for never: those of an open room may be thousands, and each costs time. People are
                the members of a room, and of an open room also those who are connected.
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
        commit_s: float | None = None,
    ) -> None:
        """Leave the queue of a room.

        After a commit everybody with a lower ticket counts as served, too, and it is logged that
        the room changed, as `log_changes` does. Without one those ahead are still waited for.

        Args:
            tenant_id: The room's tenant.
            room_id: The room.
            turn: One's place in the queue, if one had any.
            head: The room's end after one's commit, which moves it up; None without a commit.
            commit_s: How long the commit took, if known; the next ones are told.
        """
        ...

    def put_roster(self, roster: Roster) -> None:
        """Keep a roster for a minute, unless a newer one or a newer invalidation is known."""
        ...

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """Return a roster that is known and still believed."""
        ...

    def drop_roster(self, tenant_id: TenantId, room_id: RoomId, rev: int) -> None:
        """Forget a roster that is older than ``rev``, and refuse such ones for a day."""
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

    def may_push_receipt(
        self, tenant_id: TenantId, room_id: RoomId, user_id: UserId, *, held: bool = False
    ) -> str:
        """Coalesce receipts to one a second for a reader and room.

        Args:
            tenant_id: The room's tenant.
            room_id: The room.
            user_id: The reader.
            held: This is the flush of what was held back. It may come early, clocks differ: then
                it is the one that is still to come, and not covered by another.

        Returns:
            ``now``: push; ``later``: ask for one flush in 1 s; ``never``: a flush will do it.
        """
        ...
