"""Rooms in DynamoDB: the room and its members in its partition, cursors in each user's own."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from parley.adapters.dynamodb import items, layout, open_rooms, revisions
from parley.adapters.dynamodb.actions import PRESENT
from parley.adapters.dynamodb.creation import Creation
from parley.adapters.dynamodb.errors import ConditionFailed, telling_doubt
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table, Update, key_of
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId, home_of
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, Roster, advanced
from parley.errors import NotFound
from parley.ports import Contended, Outdated, Revised, Unknown

# Ids have no character below the space, and "$" follows "#".
_JUST_BEHIND = " "
_END_OF_MEMBERS = layout.MEMBERS[:-1] + "$"


@dataclass(frozen=True, slots=True)
class DynamoRoomStore:
    """`parley.ports.RoomStore` on DynamoDB."""

    table: Table

    def create(self, roster: Roster) -> Room:
        """Store a room and its members, or return the room that has this id already.

        One transaction for up to 48 members. Larger rooms take one for each 48, the room itself
        in the last, and three requests more; see `creation`. Each also checks that the room is
        not there yet, so that a late or repeated creation changes nothing in a room that people
        use already. Repeating is safe throughout.
        """
        with telling_doubt():
            return Creation(self.table, roster).carry_out()

    def revise(self, revision: Revision) -> Revised | Outdated | Contended | Unknown:
        """Store one change of a room with its entry in the log, all of it or nothing."""
        return revisions.revise(self.table, revision)

    def revisions(
        self, tenant_id: TenantId, room_id: RoomId, after: int, limit: int
    ) -> list[LoggedRevision]:
        """Return the log's entries with ``after < rev``, ascending and without a hole."""
        return revisions.logged(self.table, tenant_id, room_id, after, limit)

    def join(self, room: Room, user_id: UserId, role: MemberRole, end: int) -> Membership:
        """Note that somebody sees an open room for the first time, with the cursors at ``end``."""
        with telling_doubt():
            return open_rooms.join(self.table, room, user_id, role, end)

    def open_rooms(self, tenant_id: TenantId, spaces: Collection[SpaceId]) -> set[RoomId]:
        """Return the channels of these spaces, and the tenant's organization rooms."""
        return open_rooms.open_rooms(self.table, tenant_id, spaces)

    def room(self, tenant_id: TenantId, room_id: RoomId) -> Room | None:
        """Return a room."""
        item = self.table.get(layout.room_key(tenant_id, room_id))
        return None if item is None else items.room_of(item, tenant_id, room_id)

    def rooms(self, keys: Collection[tuple[TenantId, RoomId]]) -> dict[RoomId, Room]:
        """Return those of the rooms that exist; one request for 100 of them."""
        wanted = {layout.room_key(*key).pk: key for key in keys}
        found = self.table.batch_get(layout.room_key(*key) for key in wanted.values())
        rooms = [items.room_of(item, *wanted[item["pk"]["S"]]) for item in found]
        return {room.room_id: room for room in rooms}

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """Return a room with all its members, an open one without any; two requests.

        The room is read first: should members change in between, the roster has an old ``rev``
        with newer members, and is replaced in the cache by the next one.
        """
        room = self.room(tenant_id, room_id)
        if room is None or room.is_open:
            return None if room is None else Roster(room, {})
        found = self.table.query_prefix(layout.room_partition(tenant_id, room_id), layout.MEMBERS)
        members = [items.member_of(item) for item in found]
        return Roster(room, {member.user_id: member.role for member in members})

    def admission(self, tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> Roster | None:
        """Return a room with one of its members alone; one request."""
        room_key = layout.room_key(tenant_id, room_id)
        keys = (room_key, layout.member_key(tenant_id, room_id, user_id))
        found = {key_of(item): item for item in self.table.batch_get(keys)}
        item = found.pop(room_key, None)
        if item is None:
            return None
        room = items.room_of(item, tenant_id, room_id)
        members = [] if room.is_open else [items.member_of(member) for member in found.values()]
        return Roster(room, {member.user_id: member.role for member in members})

    def members(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Member]:
        """Return those of these users who are members; one request for 100 of them."""
        found = self.table.batch_get(
            layout.member_key(tenant_id, room_id, user_id) for user_id in user_ids
        )
        members = [items.member_of(item) for item in found]
        return {member.user_id: member for member in members}

    def member_page(
        self, tenant_id: TenantId, room_id: RoomId, after: UserId | None, limit: int
    ) -> list[Member]:
        """Return members in the order of their keys, from behind one of them on."""
        low = layout.MEMBERS
        if after is not None:
            low = layout.member_key(tenant_id, room_id, after).sk + _JUST_BEHIND
        partition = layout.room_partition(tenant_id, room_id)
        found = self.table.query(partition, low, _END_OF_MEMBERS, limit=limit)
        return [items.member_of(item) for item in found]

    def memberships(self, home: TenantId, user_id: UserId) -> list[Membership]:
        """Return all rooms of a user, in order of room id.

        Rooms whose creation is half done are among them; `rooms` does not return those.
        """
        found = self.table.query_prefix(layout.user_partition(home, user_id), layout.MEMBERSHIPS)
        memberships = [items.membership_of(item, home, user_id) for item in found]
        return sorted(memberships, key=lambda membership: membership.room_id)

    def count_memberships(
        self, tenant_id: TenantId, user_ids: Collection[UserId], most: int
    ) -> dict[UserId, int]:
        """Return how many direct rooms and groups people of a tenant are in, up to ``most``."""
        low, high = layout.COUNTED_MEMBERSHIPS
        partitions = {u: layout.user_partition(home_of(tenant_id, u), u) for u in user_ids}
        return {u: self.table.count(pk, low, high, most) for u, pk in partitions.items()}

    def membership(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership | None:
        """Return one room from a user's side."""
        item = self.table.get(layout.membership_key(home, user_id, room_id))
        return None if item is None else items.membership_of(item, home, user_id)

    def sides(
        self, tenant_id: TenantId, user_id: UserId, room_ids: Collection[RoomId]
    ) -> list[tuple[Membership, Room]]:
        """Return those of these rooms that the user is in; one request for 50 of them."""
        own = {room_id: layout.membership_key(tenant_id, user_id, room_id) for room_id in room_ids}
        rooms = {room_id: layout.room_key(tenant_id, room_id) for room_id in room_ids}
        asked = [*own.values(), *rooms.values()]
        found = {key_of(item): item for item in self.table.batch_get(asked)}
        return [
            (
                items.membership_of(found[own[room_id]], tenant_id, user_id),
                items.room_of(found[rooms[room_id]], tenant_id, room_id),
            )
            for room_id in room_ids
            if own[room_id] in found and rooms[room_id] in found
        ]

    def cursors(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Cursor]:
        """Return the cursors of members of a room; one request for 100 of them."""
        found = self.cursors_in(tenant_id, [(room_id, user_id) for user_id in user_ids])
        return {user_id: cursor for (_, user_id), cursor in found.items()}

    def cursors_in(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, UserId]]
    ) -> dict[tuple[RoomId, UserId], Cursor]:
        """Return the cursors of members of several rooms; one request for 100 of them."""
        wanted = {
            layout.membership_key(home_of(tenant_id, user_id), user_id, room_id): (room_id, user_id)
            for room_id, user_id in places
        }
        found = self.table.batch_get(wanted)
        return {wanted[key_of(item)]: items.cursor_of(item) for item in found}

    def move_cursor(
        self, home: TenantId, user_id: UserId, room_id: RoomId, delivered: int, read: int
    ) -> tuple[Cursor, Cursor]:
        """Max-merge a member's cursor; return it before and after. One request, seldom two.

        Reading implies delivered when a cursor is read back, so each number is one conditional
        write that only moves up: no order of concurrent moves can take one back. When an answer
        was lost and the write repeated, before equals after.
        """
        key = layout.membership_key(home, user_id, room_id)
        moves = [("readSeq", read)] if read > 0 else []
        if delivered > read:
            moves.append(("deliveredSeq", delivered))
        with telling_doubt():
            seen = [items.cursor_of(self._raise(key, name, seq)) for name, seq in moves]
        seen = seen or [items.cursor_of(self._present(key))]
        return seen[0], advanced(seen[-1], delivered, read, end=max(delivered, read))

    def mute(self, home: TenantId, user_id: UserId, room_id: RoomId, *, muted: bool) -> Membership:
        """Set whether a room is muted for a user; one request."""
        update = Update(
            layout.membership_key(home, user_id, room_id),
            "SET #muted = :muted",
            {"#muted": "muted"},
            {":muted": {"BOOL": muted}},
            PRESENT,
        )
        try:
            with telling_doubt():
                before = self.table.update(update)
        except ConditionFailed as failed:
            raise NotFound("membership") from failed
        return replace(items.membership_of(before, home, user_id), muted=muted)

    def _raise(self, key: Key, name: str, seq: int) -> Item:
        update = Update(
            key,
            "SET #seq = :seq",
            {"#seq": name},
            {":seq": {"N": str(seq)}},
            "attribute_exists(pk) AND (attribute_not_exists(#seq) OR #seq < :seq)",
        )
        try:
            return self.table.update(update)
        except ConditionFailed as failed:
            if failed.item is None:
                raise NotFound("membership") from failed
            return failed.item

    def _present(self, key: Key) -> Item:
        item = self.table.get(key)
        if item is None:
            raise NotFound("membership")
        return item
