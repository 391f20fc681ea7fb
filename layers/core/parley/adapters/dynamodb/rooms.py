"""Rooms in DynamoDB: the room and its members in its partition, cursors in each user's own."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.errors import ConditionFailed, TransactionCanceled
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table, Update, attributes_of, in_chunks, key_of
from parley.adapters.homes import home_of
from parley.adapters.keys import decode
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, Roster, advanced
from parley.errors import NotFound

MAX_ACTIONS = 100

_IF_ABSENT = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


@dataclass(frozen=True, slots=True)
class DynamoRoomStore:
    """`parley.ports.RoomStore` on DynamoDB."""

    table: Table

    def create(self, roster: Roster) -> Room:
        """Store a room and its members, or return the room that has this id already.

        One transaction for up to 49 members. Larger rooms take one for each 49, the room itself
        in the last; each also checks that the room is not there yet, so that a late or repeated
        creation changes nothing in a room that people use already. Repeating is safe throughout.
        """
        room = roster.room
        key = attributes_of(layout.room_key(room.tenant_id, room.room_id))
        chunks = list(in_chunks(list(_member_actions(roster)), MAX_ACTIONS - 1)) or [[]]
        not_yet = {"ConditionCheck": {"Key": key, **_IF_ABSENT}}
        put_room = {"Put": {"Item": {**key, **items.room_item(room)}, **_IF_ABSENT}}
        try:
            for chunk in chunks[:-1]:
                self.table.transact([not_yet, *chunk])
            self.table.transact([put_room, *chunks[-1]])
        except TransactionCanceled as canceled:
            present = canceled.reasons[0].item
            if present is None:
                raise
            return items.room_of(present, room.tenant_id, room.room_id)
        return room

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
        """Return a room with all its members; two requests.

        The room is read first: should members change in between, the roster has an old ``rev``
        with newer members, and is replaced in the cache by the next one.
        """
        room = self.room(tenant_id, room_id)
        if room is None:
            return None
        found = self.table.query_prefix(layout.room_partition(tenant_id, room_id), layout.MEMBERS)
        return Roster(room, {_member_id(item): MemberRole(item["role"]["S"]) for item in found})

    def memberships(self, home: TenantId, user_id: UserId) -> list[Membership]:
        """Return all rooms of a user, in order of room id.

        Rooms whose creation is half done are among them; `rooms` does not return those.
        """
        found = self.table.query_prefix(layout.user_partition(home, user_id), layout.MEMBERSHIPS)
        memberships = [items.membership_of(item, home, user_id) for item in found]
        return sorted(memberships, key=lambda membership: membership.room_id)

    def membership(self, home: TenantId, user_id: UserId, room_id: RoomId) -> Membership | None:
        """Return one room from a user's side."""
        item = self.table.get(layout.membership_key(home, user_id, room_id))
        return None if item is None else items.membership_of(item, home, user_id)

    def cursors(
        self, tenant_id: TenantId, room_id: RoomId, user_ids: Collection[UserId]
    ) -> dict[UserId, Cursor]:
        """Return the cursors of members of a room; one request for 100 of them."""
        wanted = {
            layout.membership_key(home_of(tenant_id, user), user, room_id): user
            for user in user_ids
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
        seen = [items.cursor_of(self._raise(key, name, seq)) for name, seq in moves]
        seen = seen or [items.cursor_of(self._present(key))]
        return seen[0], advanced(seen[-1], delivered, read, end=max(delivered, read))

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


def _member_actions(roster: Roster) -> Iterator[dict[str, Any]]:
    room = roster.room
    for user_id, role in roster.members.items():
        member = items.member_item(Member(user_id, role, room.created_at))
        key = layout.member_key(room.tenant_id, room.room_id, user_id)
        yield {"Put": {"Item": {**attributes_of(key), **member}}}
        yield {"Update": _user_side(room, user_id, member).request()}


def _user_side(room: Room, user_id: UserId, member: Item) -> Update:
    # An Update and not a Put: it must not take back a cursor that is there already.
    home = home_of(room.tenant_id, user_id)
    attributes = dict(member)
    if home != room.tenant_id:
        attributes["roomTenantId"] = {"S": room.tenant_id}
    return Update(
        layout.membership_key(home, user_id, room.room_id),
        "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        {f"#{name}": name for name in attributes},
        {f":{name}": value for name, value in attributes.items()},
    )


def _member_id(item: Item) -> UserId:
    return UserId(decode(item["sk"]["S"].removeprefix(layout.MEMBERS)))
