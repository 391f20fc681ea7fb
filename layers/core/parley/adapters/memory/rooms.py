"""Rooms, members and cursors in memory, with the faults that the real store can have."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import RLock

from parley.adapters.joining import added_members, first_members, joined
from parley.adapters.keys import encode
from parley.adapters.memory.faults import Faults, written
from parley.adapters.memory.messages import MemoryMessageStore
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId, counts_for_limit, home_of
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import (
    Cursor,
    Member,
    MemberRole,
    Membership,
    Room,
    RoomType,
    Roster,
    advanced,
)
from parley.errors import NotFound
from parley.ports import Contended, Outdated, Revised, Unknown

Place = tuple[TenantId, RoomId]


@dataclass(slots=True)
class MemoryRoomStore:
    """`parley.ports.RoomStore` in memory.

    Attributes:
        messages: Where the rooms' messages are: a change of a room may change one, or add one.
        faults: What the next changes (`revise`) meet.
    """

    messages: MemoryMessageStore = field(default_factory=MemoryMessageStore)
    faults: Faults = field(default_factory=deque)
    _rooms: dict[Place, Room] = field(default_factory=dict)
    _members: dict[Place, dict[UserId, Member]] = field(default_factory=dict)
    _memberships: dict[tuple[TenantId, UserId], dict[RoomId, Membership]] = field(
        default_factory=dict
    )
    _log: dict[Place, list[LoggedRevision]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    # --- Changing rooms ----------------------------------------------------------------------

    def create(self, roster: Roster) -> Room:
        """Store a room and its members, or return the room that has this id already."""
        room = roster.room
        place = (room.tenant_id, room.room_id)
        with self._lock:
            if place in self._rooms:
                return self._rooms[place]
            self._rooms[place] = room
            for membership in first_members(roster):
                self._add(membership)
            return room

    def revise(self, revision: Revision) -> Revised | Outdated | Contended | Unknown:
        """Store one change of a room with its entry in the log, all of it or nothing."""
        return written(self.faults, lambda: self._revise(revision))

    def join(self, room: Room, user_id: UserId, role: MemberRole, end: int) -> Membership:
        """Note that somebody sees an open room for the first time, with the cursors at ``end``."""
        place = (room.tenant_id, room.room_id)
        with self._lock:
            older = self.membership(home_of(room.tenant_id, user_id), user_id, room.room_id)
            if older is not None:
                return older
            stored = self._rooms.get(place)
            if stored is None:
                raise NotFound("room")
            self._rooms[place] = replace(stored, member_count=stored.member_count + 1)
            membership = joined(room, user_id, role, end)
            self._add(membership)
            return membership

    def mute(self, home: TenantId, user_id: UserId, room_id: RoomId, *, muted: bool) -> Membership:
        """Set whether a room is muted for a user."""
        with self._lock:
            mine = replace(self._mine(home, user_id, room_id), muted=muted)
            self._memberships[home, user_id][room_id] = mine
            return mine

    def move_cursor(
        self, home: TenantId, user_id: UserId, room_id: RoomId, delivered: int, read: int
    ) -> tuple[Cursor, Cursor]:
        """Max-merge a member's cursor; return it before and after."""
        with self._lock:
            mine = self._mine(home, user_id, room_id)
            after = advanced(mine.cursor, delivered, read, end=max(delivered, read))
            self._memberships[home, user_id][room_id] = replace(mine, cursor=after)
            return mine.cursor, after

    # --- Reading -----------------------------------------------------------------------------

    def room(self, tenant_id: TenantId, room_id: RoomId) -> Room | None:
        """Return a room."""
        with self._lock:
            return self._rooms.get((tenant_id, room_id))

    def rooms(self, keys: Collection[Place]) -> dict[RoomId, Room]:
        """Return those of the rooms that exist."""
        with self._lock:
            return {key[1]: self._rooms[key] for key in keys if key in self._rooms}

    def open_rooms(self, tenant_id: TenantId, spaces: Collection[SpaceId]) -> set[RoomId]:
        """Return the channels of these spaces, and the tenant's organization rooms."""
        with self._lock:
            rooms = [room for (tenant, _), room in self._rooms.items() if tenant == tenant_id]
        return {
            room.room_id
            for room in rooms
            if room.type is RoomType.ORGANIZATION
            or (room.type is RoomType.CHANNEL and room.space_id in spaces)
        }

    def revisions(
        self, tenant_id: TenantId, room_id: RoomId, after: int, limit: int
    ) -> list[LoggedRevision]:
        """Return the log's entries with ``after < rev``, ascending and without a hole."""
        with self._lock:
            log = self._log.get((tenant_id, room_id), [])
            return [entry for entry in log if entry.rev > after][:limit]

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """Return a room with all its members; an open one without any."""
        with self._lock:
            room = self._rooms.get((tenant_id, room_id))
            if room is None or room.is_open:
                return None if room is None else Roster(room, {})
            members = self._members.get((tenant_id, room_id), {})
            return Roster(room, {member.user_id: member.role for member in members.values()})

    def admission(self, tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> Roster | None:
        """Return a room with one of its members alone."""
        roster = self.roster(tenant_id, room_id)
        if roster is None:
            return None
        alone = {each: role for each, role in roster.members.items() if each == user_id}
        return Roster(roster.room, alone)

    def members(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Member]:
        """Return those of these users who are members."""
        with self._lock:
            members = self._members.get((tenant_id, room_id), {})
            return {user_id: members[user_id] for user_id in user_ids if user_id in members}

    def member_page(
        self, tenant_id: TenantId, room_id: RoomId, after: UserId | None, limit: int
    ) -> list[Member]:
        """Return members in the order of their keys, from behind one of them on."""
        with self._lock:
            members = self._members.get((tenant_id, room_id), {})
            by_key = {encode(user_id): member for user_id, member in members.items()}
        behind = [key for key in sorted(by_key) if after is None or key > encode(after)]
        return [by_key[key] for key in behind[:limit]]

    def memberships(self, home: TenantId, user_id: UserId) -> list[Membership]:
        """Return all rooms of a user, in order of room id."""
        with self._lock:
            mine = self._memberships.get((home, user_id), {})
            return [mine[room_id] for room_id in sorted(mine)]

    def count_memberships(
        self, tenant_id: TenantId, user_ids: Collection[UserId], most: int
    ) -> dict[UserId, int]:
        """Return how many direct rooms and groups people of a tenant are in, up to ``most``."""
        with self._lock:
            rooms = {u: self._memberships.get((home_of(tenant_id, u), u), {}) for u in user_ids}
        return {u: min(most, sum(map(counts_for_limit, held))) for u, held in rooms.items()}

    def membership(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership | None:
        """Return one room from a user's side."""
        with self._lock:
            return self._memberships.get((home, user_id), {}).get(room_id)

    def sides(
        self, tenant_id: TenantId, user_id: UserId, room_ids: Collection[RoomId]
    ) -> list[tuple[Membership, Room]]:
        """Return those of these rooms that the user is in."""
        with self._lock:
            mine = self._memberships.get((tenant_id, user_id), {})
            pairs = [(mine.get(each), self._rooms.get((tenant_id, each))) for each in room_ids]
        return [(own, room) for own, room in pairs if own is not None and room is not None]

    def cursors(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Cursor]:
        """Return the cursors of members of a room."""
        found = self.cursors_in(tenant_id, [(room_id, user_id) for user_id in user_ids])
        return {user_id: cursor for (_, user_id), cursor in found.items()}

    def cursors_in(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, UserId]]
    ) -> dict[tuple[RoomId, UserId], Cursor]:
        """Return the cursors of members of several rooms of a tenant."""
        with self._lock:
            found = {
                (room_id, user_id): self.membership(home_of(tenant_id, user_id), user_id, room_id)
                for room_id, user_id in places
            }
        return {place: mine.cursor for place, mine in found.items() if mine is not None}

    def unfinish(self, tenant_id: TenantId, room_id: RoomId) -> None:
        """Leave of a room what a creation leaves that was killed: the users' sides."""
        with self._lock:
            del self._rooms[tenant_id, room_id]

    def remove_entry(self, tenant_id: TenantId, room_id: RoomId, rev: int) -> None:
        """Remove an entry of the log as retention does."""
        with self._lock:
            log = self._log.get((tenant_id, room_id), [])
            self._log[tenant_id, room_id] = [entry for entry in log if entry.rev != rev]

    # --- Parts -------------------------------------------------------------------------------

    def _revise(self, revision: Revision) -> Revised | Outdated:
        with self._lock:
            if not self._is_upon_the_newest(revision):
                return Outdated()
            outcome = self.messages.revise(revision)
            if isinstance(outcome, Revised):
                self._apply(revision)
            return outcome

    def _is_upon_the_newest(self, revision: Revision) -> bool:
        place = (revision.room.tenant_id, revision.room.room_id)
        stored = self._rooms.get(place)
        members = self._members.get(place, {}).keys()
        return (
            stored is not None
            and stored.rev == revision.room.rev - 1
            and members.isdisjoint(revision.added)
            and members >= {*revision.roles, *revision.removed}
            and (revision.speaker is None or revision.speaker in members)
        )

    def _apply(self, revision: Revision) -> None:
        room, message = revision.room, revision.message
        place = (room.tenant_id, room.room_id)
        # People who see an open room for the first time are counted at any moment.
        stored = self._rooms[place]
        count = stored.member_count if room.is_open else room.member_count
        self._rooms[place] = replace(stored, rev=room.rev, name=room.name, member_count=count)
        entry = LoggedRevision(room.rev, message.seq if message else None)
        self._log.setdefault(place, []).append(entry)
        for membership in added_members(revision):
            self._add(membership)
        for user_id, role in revision.roles.items():
            self._set_role(room, user_id, role)
        for user_id in revision.removed:
            del self._members[place][user_id]
            del self._memberships[home_of(room.tenant_id, user_id), user_id][room.room_id]
        if revision.speaker is not None:
            home, end = home_of(room.tenant_id, revision.speaker), revision.end_after
            self.move_cursor(home, revision.speaker, room.room_id, end, end)

    def _add(self, membership: Membership) -> None:
        tenant_id, room_id, user_id = membership.tenant_id, membership.room_id, membership.user_id
        member = Member(user_id, membership.role, membership.joined_at)
        self._members.setdefault((tenant_id, room_id), {})[user_id] = member
        mine = self._memberships.setdefault((home_of(tenant_id, user_id), user_id), {})
        mine[room_id] = membership

    def _set_role(self, room: Room, user_id: UserId, role: MemberRole) -> None:
        members = self._members[room.tenant_id, room.room_id]
        members[user_id] = replace(members[user_id], role=role)
        mine = self._memberships[home_of(room.tenant_id, user_id), user_id]
        mine[room.room_id] = replace(mine[room.room_id], role=role)

    def _mine(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership:
        mine = self.membership(home, user_id, room_id)
        if mine is None:
            raise NotFound("membership")
        return mine
