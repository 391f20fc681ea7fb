"""Rooms, their members, changes and cursors (DynamoDB)."""

from collections.abc import Collection
from typing import Protocol

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.rooms import Cursor, Membership, Room, Roster


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
