"""Rooms, members and cursors in memory."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import RLock

from parley.adapters.homes import home_of
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.rooms import Cursor, Membership, Room, Roster, advanced
from parley.errors import NotFound


@dataclass(slots=True)
class MemoryRoomStore:
    """`parley.ports.RoomStore` in memory."""

    _rosters: dict[tuple[TenantId, RoomId], Roster] = field(default_factory=dict)
    _memberships: dict[tuple[TenantId, UserId], dict[RoomId, Membership]] = field(
        default_factory=dict
    )
    _lock: RLock = field(default_factory=RLock)

    def create(self, roster: Roster) -> Room:
        """Store a room and its members, or return the room that has this id already."""
        room = roster.room
        with self._lock:
            present = self._rosters.get((room.tenant_id, room.room_id))
            if present is not None:
                return present.room
            self._rosters[room.tenant_id, room.room_id] = Roster(room, dict(roster.members))
            for user_id, role in roster.members.items():
                home = home_of(room.tenant_id, user_id)
                self._memberships.setdefault((home, user_id), {})[room.room_id] = Membership(
                    room.room_id, room.tenant_id, user_id, role, room.created_at
                )
            return room

    def room(self, tenant_id: TenantId, room_id: RoomId) -> Room | None:
        """Return a room."""
        roster = self.roster(tenant_id, room_id)
        return None if roster is None else roster.room

    def rooms(self, keys: Collection[tuple[TenantId, RoomId]]) -> dict[RoomId, Room]:
        """Return those of the rooms that exist."""
        with self._lock:
            return {key[1]: self._rosters[key].room for key in keys if key in self._rosters}

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """Return a room with all its members."""
        with self._lock:
            roster = self._rosters.get((tenant_id, room_id))
            return None if roster is None else Roster(roster.room, dict(roster.members))

    def memberships(self, home: TenantId, user_id: UserId) -> list[Membership]:
        """Return all rooms of a user, in order of room id."""
        with self._lock:
            mine = self._memberships.get((home, user_id), {})
            return [mine[room_id] for room_id in sorted(mine)]

    def membership(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership | None:
        """Return one room from a user's side."""
        with self._lock:
            return self._memberships.get((home, user_id), {}).get(room_id)

    def cursors(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Cursor]:
        """Return the cursors of members of a room."""
        with self._lock:
            found = {
                user_id: self.membership(home_of(tenant_id, user_id), user_id, room_id)
                for user_id in user_ids
            }
        return {user_id: mine.cursor for user_id, mine in found.items() if mine is not None}

    def move_cursor(
        self, home: TenantId, user_id: UserId, room_id: RoomId, delivered: int, read: int
    ) -> tuple[Cursor, Cursor]:
        """Max-merge a member's cursor; return it before and after."""
        with self._lock:
            mine = self.membership(home, user_id, room_id)
            if mine is None:
                raise NotFound("membership")
            after = advanced(mine.cursor, delivered, read, end=max(delivered, read))
            self._memberships[home, user_id][room_id] = replace(mine, cursor=after)
            return mine.cursor, after
