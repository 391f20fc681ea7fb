"""Rooms, their members, and how far each member has read (SPEC §4, §5.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from parley.domain.ids import RoomId, SpaceId, TenantId, UserId


class RoomType(StrEnum):
    """Kinds of room."""

    DIRECT = "direct"
    GROUP = "group"
    CHANNEL = "channel"
    ORGANIZATION = "organization"


class MemberRole(StrEnum):
    """What a member may do in the room."""

    OWNER = "owner"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Room:
    """A room itself, without its members or messages.

    Attributes:
        rev: The room's change number; counts edits, deletions, reactions, name and members.
    """

    room_id: RoomId
    tenant_id: TenantId
    type: RoomType
    created_by: UserId
    created_at: datetime
    member_count: int
    name: str | None = None
    space_id: SpaceId | None = None
    rev: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in a room."""

    user_id: UserId
    role: MemberRole
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a member has received and read; reading implies delivered."""

    delivered_seq: int = 0
    read_seq: int = 0


@dataclass(frozen=True, slots=True)
class Membership:
    """A room from one member's side.

    Attributes:
        tenant_id: The room's tenant; differs from the member's own only in manage scope.
    """

    room_id: RoomId
    tenant_id: TenantId
    user_id: UserId
    role: MemberRole
    joined_at: datetime
    cursor: Cursor = Cursor()
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """A room with all its members: what one needs to know to let somebody speak in it."""

    room: Room
    members: Mapping[UserId, MemberRole]


def advanced(cursor: Cursor, delivered: int, read: int, end: int) -> Cursor:
    """Move a cursor forward: never back, never past the room's end (SPEC §5.5).

    Args:
        cursor: Where it is.
        delivered: The ``seq`` reported as received, or 0.
        read: The ``seq`` reported as read, or 0.
        end: The room's last ``seq``.
    """
    read_seq = max(cursor.read_seq, min(read, end))
    delivered_seq = max(cursor.delivered_seq, min(delivered, end), read_seq)
    return replace(cursor, delivered_seq=delivered_seq, read_seq=read_seq)


def unread(cursor: Cursor, last_seq: int) -> int:
    """Return how many messages follow the reader's cursor: a distance, so it cannot drift."""
    return max(0, last_seq - cursor.read_seq)


def passed_range(before: Cursor, after: Cursor) -> tuple[int, int]:
    """Return the half-open range (low, high] of ``seq`` that a cursor passed in this move.

    What was already delivered and is not read yet was not passed. Where both moved, the range
    spans both moves; where none did, it is empty.
    """
    read = (before.read_seq, after.read_seq)
    delivered = (before.delivered_seq, after.delivered_seq)
    moves = [(start, end) for start, end in (read, delivered) if start < end]
    low = min((start for start, _ in moves), default=after.read_seq)
    high = max((end for _, end in moves), default=after.read_seq)
    return low, high
