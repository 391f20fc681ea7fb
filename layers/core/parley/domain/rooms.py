"""Rooms, their members, and how far each member has read (SPEC §4, §5.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from parley.domain.ids import RoomId, SpaceId, TenantId, UserId
from parley.domain.people import Caller


class RoomType(StrEnum):
    """Kinds of room."""

    DIRECT = "direct"
    GROUP = "group"
    CHANNEL = "channel"
    ORGANIZATION = "organization"


OPEN_TYPES = frozenset({RoomType.CHANNEL, RoomType.ORGANIZATION})


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

    @property
    def is_open(self) -> bool:
        """Tell whether who is in it follows from tokens: a space's channel, the organization's."""
        return self.type in OPEN_TYPES


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
        space_id: The space of a channel; who lost it from the token is not in the room any more.
    """

    room_id: RoomId
    tenant_id: TenantId
    user_id: UserId
    role: MemberRole
    joined_at: datetime
    cursor: Cursor = Cursor()
    muted: bool = False
    space_id: SpaceId | None = None

    def holds_for(self, caller: Caller) -> bool:
        """Tell whether the caller's token still names the space that the room belongs to."""
        return self.space_id is None or self.space_id in caller.spaces


@dataclass(frozen=True, slots=True)
class Roster:
    """A room with its members: what one needs to know to let somebody speak in it.

    Attributes:
        members: All of a direct room's or group's, or the caller alone where nobody can be reached
            (`RoomStore.admission`). None of an open room's (`Room.is_open`): there the callers'
            tokens decide.
    """

    room: Room
    members: Mapping[UserId, MemberRole]

    def admits(self, caller: Caller) -> bool:
        """Tell whether the caller is in the room."""
        if self.room.type is RoomType.ORGANIZATION:
            return caller.tenant_id == self.room.tenant_id
        if self.room.type is RoomType.CHANNEL:
            return caller.tenant_id == self.room.tenant_id and self.room.space_id in caller.spaces
        return caller.user_id in self.members


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
