"""Rooms, their members, changes and cursors (DynamoDB)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from parley.domain.ids import RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Message
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, Roster
from parley.ports.messages import Contended, Unknown


@dataclass(frozen=True, slots=True)
class Revised:
    """The change is committed; ``announcement`` is its system message, if it has one."""

    announcement: Message | None = None


@dataclass(frozen=True, slots=True)
class Outdated:
    """The room, the message, a member or the room's end is not what the change was made from."""


class RoomStore(Protocol):
    """Rooms, their members, and members' cursors; all reads are strongly consistent."""

    def create(self, roster: Roster) -> Room:
        """Store a room and its members, or return the room that has this id already.

        The room becomes visible last, so that a half-done creation is invisible and a retry with
        the same id completes it. New members' cursors start at 0, the end of an empty room. An
        open room is found by `open_rooms` from then on. Raises `OutcomeUnknown` where it may be
        stored, or a part of it.
        """
        ...

    def revise(self, revision: Revision) -> Revised | Outdated | Contended | Unknown:
        """Store one change of a room with its entry in the log, all of it or nothing.

        Takes at most 40 members added, removed or given a role together. A new member's cursors
        start at ``revision.end_after``. One request; an adapter never retries by itself.
        """
        ...

    def revisions(
        self, tenant_id: TenantId, room_id: RoomId, after: int, limit: int
    ) -> list[LoggedRevision]:
        """Return the log's entries with ``after < rev``, ascending and without a hole.

        But for those of messages that retention took.
        """
        ...

    def join(self, room: Room, user_id: UserId, role: MemberRole, end: int) -> Membership:
        """Note that somebody sees an open room for the first time, with the cursors at ``end``.

        Returns what is stored, which is the older note if there is one. Raises the room's member
        count; not its ``rev``.
        """
        ...

    def open_rooms(self, tenant_id: TenantId, spaces: Collection[SpaceId]) -> set[RoomId]:
        """Return the channels of these spaces, and the tenant's organization rooms."""
        ...

    def members(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Member]:
        """Return those of these users who are members (of an open room: who have seen it)."""
        ...

    def member_page(
        self, tenant_id: TenantId, room_id: RoomId, after: UserId | None, limit: int
    ) -> list[Member]:
        """Return members in a fixed order, from behind one of them on."""
        ...

    def mute(self, home: TenantId, user_id: UserId, room_id: RoomId, *, muted: bool) -> Membership:
        """Set whether a room is muted for a user; raises `NotFound` for one who is no member.

        Raises `OutcomeUnknown` where it may be set.
        """
        ...

    def room(self, tenant_id: TenantId, room_id: RoomId) -> Room | None:
        """Return a room."""
        ...

    def rooms(self, keys: Collection[tuple[TenantId, RoomId]]) -> dict[RoomId, Room]:
        """Return those of the rooms that exist."""
        ...

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """Return a room with its members, which are at least as new as ``room.rev``.

        An open room comes without members: `Roster.admits` decides from tokens.
        """
        ...

    def memberships(self, home: TenantId, user_id: UserId) -> list[Membership]:
        """Return all rooms of a user, in order of room id.

        ``home`` is the user's own partition (`domain.people.home_tenant`).
        """
        ...

    def count_memberships(
        self, tenant_id: TenantId, user_ids: Collection[UserId], most: int
    ) -> dict[UserId, int]:
        """Return how many direct rooms and groups people of a tenant are in, up to ``most``.

        Open rooms count for nobody: all are in them, and nobody can leave. One query a person,
        one after another, each of at most ``most`` items: 200 people take about a second.
        """
        ...

    def admission(self, tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> Roster | None:
        """Return a room with one of its members alone, or with none if the user is not one."""
        ...

    def membership(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership | None:
        """Return one room from a user's side."""
        ...

    def sides(
        self, tenant_id: TenantId, user_id: UserId, room_ids: Collection[RoomId]
    ) -> list[tuple[Membership, Room]]:
        """Return those of these rooms of the user's own tenant that the user is in."""
        ...

    def cursors(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Cursor]:
        """Return the cursors of members of a room (manage users' live in their own partition)."""
        ...

    def cursors_in(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, UserId]]
    ) -> dict[tuple[RoomId, UserId], Cursor]:
        """Return the cursors of members of several rooms of a tenant; 100 a request."""
        ...

    def move_cursor(
        self, home: TenantId, user_id: UserId, room_id: RoomId, delivered: int, read: int
    ) -> tuple[Cursor, Cursor]:
        """Max-merge a member's cursor; return it before and after. Idempotent.

        The caller has clamped both to the room's end. Raises `NotFound` for one who is no member.
        """
        ...
