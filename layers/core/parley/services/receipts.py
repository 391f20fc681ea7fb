"""How far people have received and read, and telling those whom it concerns (SPEC §5.5)."""

from dataclasses import dataclass

from parley import observability
from parley.domain.ids import ConnectionId, RoomId, TenantId, UserId
from parley.domain.people import Connection, Scope, home_tenant
from parley.domain.presence import Target
from parley.domain.rooms import Cursor, RoomType, advanced, passed_range, unread
from parley.errors import CacheUnavailable
from parley.ports import Clock, MessageStore, RoomCache, RoomStore
from parley.protocol.commands import MoveCursor
from parley.protocol.views import CursorReply, ReceiptUpdate
from parley.services.delivery import Delivery
from parley.services.policies import Policies
from parley.services.room_access import Entered, RoomAccess

# Senders of older messages do not hear that they were read: one bounded read for each receipt.
MAX_PASSED = 100
FLUSH_DELAY_S = 1.0


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt that waits: whose, in which room, and over which connection it came."""

    tenant_id: TenantId
    room_id: RoomId
    user_id: UserId
    scope: Scope
    connection_id: ConnectionId


@dataclass(frozen=True, slots=True)
class Receipts:
    """Moves cursors."""

    access: RoomAccess
    rooms: RoomStore
    messages: MessageStore
    cache: RoomCache
    delivery: Delivery
    clock: Clock
    policies: Policies
    quiet_room_members: int

    def delivered(self, connection: Connection, command: MoveCursor) -> CursorReply:
        """Note what a person's device has received."""
        return self._move(connection, command.room_id, delivered=command.seq, read=0)

    def read(self, connection: Connection, command: MoveCursor) -> CursorReply:
        """Note what a person has read; reading implies delivered."""
        return self._move(connection, command.room_id, delivered=0, read=command.seq)

    def _move(
        self, connection: Connection, room_id: str, *, delivered: int, read: int
    ) -> CursorReply:
        entered = self.access.enter(
            connection, room_id, self.policies.of(connection.caller).receipt
        )
        end = self._end(entered, max(delivered, read))
        wanted = advanced(Cursor(), delivered, read, end)
        caller = connection.caller
        before, after = self.rooms.move_cursor(
            caller.tenant_id,
            caller.user_id,
            entered.room.room_id,
            wanted.delivered_seq,
            wanted.read_seq,
        )
        if after != before and entered.room.member_count <= self.quiet_room_members:
            self._tell(connection, entered, before, after)
        observability.debug("cursor_moved", room_id=entered.room.room_id, read_seq=after.read_seq)
        return CursorReply(
            delivered_seq=after.delivered_seq,
            read_seq=after.read_seq,
            unread=unread(after, max(end, after.delivered_seq)),
        )

    def _end(self, entered: Entered, named_seq: int) -> int:
        """Return the room's end: from the cache, or from the truth where that would clamp."""
        if entered.head_seq is not None and named_seq <= entered.head_seq:
            return entered.head_seq
        return self.messages.head(entered.room.tenant_id, entered.room.room_id).last_seq

    def _tell(
        self, connection: Connection, entered: Entered, before: Cursor, after: Cursor
    ) -> None:
        room = entered.room
        user_id = connection.caller.user_id
        verdict = self._verdict(room.tenant_id, room.room_id, user_id)
        if verdict == "now":
            targets = self._concerned(entered, user_id, connection.connection_id, before, after)
            self._push(room.room_id, user_id, after, targets)
        elif verdict == "later":
            held = HeldReceipt(
                room.tenant_id,
                room.room_id,
                user_id,
                connection.caller.scope,
                connection.connection_id,
            )
            self._ask_flush(held)

    def _ask_flush(self, held: HeldReceipt) -> None:
        record = {
            "kind": "receipt",
            "tenantId": held.tenant_id,
            "roomId": held.room_id,
            "userId": held.user_id,
            "scope": held.scope.value,
            "connectionId": held.connection_id,
        }
        self.delivery.ask(record, FLUSH_DELAY_S)

    def _verdict(self, tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> str:
        try:
            return self.cache.may_push_receipt(tenant_id, room_id, user_id)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return "never"

    def _concerned(
        self,
        entered: Entered,
        reader: UserId,
        connection_id: ConnectionId,
        before: Cursor,
        after: Cursor,
    ) -> list[Target]:
        people = self._senders(entered, before, after) | {reader}
        return [
            t for t in entered.targets if t.user_id in people and t.connection_id != connection_id
        ]

    def _senders(self, entered: Entered, before: Cursor, after: Cursor) -> set[UserId]:
        room = entered.room
        if room.type is RoomType.DIRECT:
            return set(entered.roster.members)
        low, high = passed_range(before, after)
        passed = self.messages.page(
            room.tenant_id, room.room_id, after=low, before=high + 1, limit=MAX_PASSED, newest=True
        )
        return {message.sender_id for message in passed}

    def _push(
        self, room_id: RoomId, user_id: UserId, cursor: Cursor, targets: list[Target]
    ) -> None:
        update = ReceiptUpdate(
            room_id=room_id,
            user_id=user_id,
            delivered_seq=cursor.delivered_seq,
            read_seq=cursor.read_seq,
            at=self.clock.now(),
        )
        self.delivery.send(targets, "receipt:update", update)

    def flush(self, held: HeldReceipt) -> None:
        """Push the newest cursor of a reader whose receipts were coalesced. Idempotent.

        Counts as a receipt itself: one that came just before it, or a record that came twice,
        would make two in a second.
        """
        tenant_id, room_id, user_id = held.tenant_id, held.room_id, held.user_id
        verdict = self._verdict(tenant_id, room_id, user_id)
        if verdict == "later":
            self._ask_flush(held)
        if verdict != "now":
            return
        membership = self.rooms.membership(home_tenant(held.scope, tenant_id), user_id, room_id)
        roster = self.rooms.roster(tenant_id, room_id)
        if membership is None or roster is None:
            return
        entered = self.access.observe(roster)
        targets = self._concerned(entered, user_id, held.connection_id, Cursor(), membership.cursor)
        self._push(room_id, user_id, membership.cursor, targets)
