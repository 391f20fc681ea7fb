"""How far people have received and read, and telling those whom it concerns (SPEC §5.5).

Sending moves the sender's cursor too, with no event of its own: `message:new` tells everybody in
the room, the sender's other connections included, that the sender is at least that far.

Who hides what they have read is shown to others as having read nothing: they hear of deliveries
only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from parley import observability
from parley.domain.ids import ConnectionId, RoomId, TenantId, UserId
from parley.domain.people import Caller, Connection, Scope, home_tenant
from parley.domain.presence import Target
from parley.domain.rooms import Cursor, Room, RoomType, advanced, passed_range, unread
from parley.errors import CacheUnavailable, NotFound, Unavailable
from parley.ports import Clock, MessageStore, RoomCache, RoomStore, UserStore
from parley.protocol.commands import MoveCursor
from parley.protocol.views import CursorReply, ReceiptUpdate
from parley.services.delivery import Delivery, Sending
from parley.services.entered import Entered
from parley.services.history import History
from parley.services.policies import Policies
from parley.services.room_access import RoomAccess

# One bounded read for each receipt: when more messages were passed, all hear of it.
MAX_PASSED = 100
FLUSH_DELAY_S = 1.0


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt that waits: whose, in which room, and over which connection it came.

    Attributes:
        delivered_from: Up to where others were told before that the reader had received.
    """

    tenant_id: TenantId
    room_id: RoomId
    user_id: UserId
    scope: Scope
    connection_id: ConnectionId
    delivered_from: int = 0

    def record(self) -> dict[str, str]:
        """Return it as it waits in the queue."""
        return {
            "kind": "receipt",
            "tenantId": self.tenant_id,
            "roomId": self.room_id,
            "userId": self.user_id,
            "scope": self.scope.value,
            "connectionId": self.connection_id,
            "deliveredFrom": str(self.delivered_from),
        }

    @classmethod
    def of_record(cls, record: Mapping[str, str]) -> "HeldReceipt":
        """Read such a record; one of an older version may lack what was added since."""
        return cls(
            tenant_id=TenantId(record["tenantId"]),
            room_id=RoomId(record["roomId"]),
            user_id=UserId(record["userId"]),
            scope=Scope(record["scope"]),
            connection_id=ConnectionId(record["connectionId"]),
            delivered_from=int(record.get("deliveredFrom", "0")),
        )


@dataclass(frozen=True, slots=True)
class Move:
    """A cursor that moved: whose, from where to where, and over which connection."""

    home: TenantId
    user_id: UserId
    connection_id: ConnectionId
    before: Cursor
    after: Cursor

    def without_reads(self) -> "Move":
        """Return the move as others see it of somebody who hides what they have read."""
        before, after = (replace(cursor, read_seq=0) for cursor in (self.before, self.after))
        return replace(self, before=before, after=after)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Moves cursors."""

    access: RoomAccess
    rooms: RoomStore
    messages: MessageStore
    history: History
    users: UserStore
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
        limit = self.policies.of(connection.caller).receipt
        most = self.quiet_room_members
        entered = self.access.enter(connection, room_id, limit, targets_up_to=most)
        end = self._end(entered)
        wanted = advanced(Cursor(), delivered, read, end)
        caller = connection.caller
        before, after = self._stored(caller, entered.room, wanted)
        if after != before and not entered.is_above(most):
            move = Move(caller.tenant_id, caller.user_id, connection.connection_id, before, after)
            self._try_to_tell(caller.scope, entered, move)
        observability.debug(
            "cursor_moved",
            tenant_id=caller.tenant_id,
            user_id=caller.user_id,
            room_id=entered.room.room_id,
            delivered_seq=after.delivered_seq,
            read_seq=after.read_seq,
        )
        return CursorReply(
            delivered_seq=after.delivered_seq,
            read_seq=after.read_seq,
            unread=unread(after, max(end, after.delivered_seq)),
        )

    def _stored(self, caller: Caller, room: Room, wanted: Cursor) -> tuple[Cursor, Cursor]:
        """Move the caller's cursor; in an open room the first receipt begins it."""
        home, user_id = caller.tenant_id, caller.user_id
        moved = home, user_id, room.room_id, wanted.delivered_seq, wanted.read_seq
        try:
            return self.rooms.move_cursor(*moved)
        except NotFound:
            if not room.is_open or self.access.side(caller, room) is None:
                raise
            return self.rooms.move_cursor(*moved)

    def _end(self, entered: Entered) -> int:
        """Return the room's end; one read where the cache is right about it (SPEC §5.5)."""
        tenant_id, room_id = entered.room.tenant_id, entered.room.room_id
        return self.history.heads(tenant_id, {room_id: entered.head_seq})[room_id].last_seq

    def _try_to_tell(self, scope: Scope, entered: Entered, move: Move) -> None:
        try:
            self._tell(scope, entered, move)
        except Unavailable as exc:
            # The cursor is stored, which a refusal would deny; others see it in `room.get`.
            observability.warning("receipt_not_told", cause=str(exc), room_id=entered.room.room_id)

    def _tell(self, scope: Scope, entered: Entered, move: Move) -> None:
        room = entered.room
        verdict = self._verdict(room.tenant_id, room.room_id, move.user_id)
        if verdict == "now":
            self._push(entered, move)
        elif verdict == "later":
            held = HeldReceipt(
                room.tenant_id,
                room.room_id,
                move.user_id,
                scope,
                move.connection_id,
                move.before.delivered_seq,
            )
            self.delivery.ask(held.record(), FLUSH_DELAY_S)

    def _verdict(
        self, tenant_id: TenantId, room_id: RoomId, user_id: UserId, *, held: bool = False
    ) -> str:
        try:
            return self.cache.may_push_receipt(tenant_id, room_id, user_id, held=held)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return "never"

    def _push(self, entered: Entered, move: Move) -> None:
        """Tell the reader's other devices, and those whose messages the cursor passed."""
        others = entered.others(move.connection_id)
        own = [target for target in others if target.user_id == move.user_id]
        sendings = self._started(entered.room, move, own)
        rest = [target for target in others if target.user_id != move.user_id]
        if rest:
            told = move.without_reads() if self._hides_reads(move) else move
            sendings += self._started(entered.room, told, self._concerned(entered, told, rest))
        self.delivery.finish(*sendings)

    def _hides_reads(self, move: Move) -> bool:
        profile = self.users.profiles(move.home, [move.user_id]).get(move.user_id)
        return profile is not None and profile.hides_reads

    def _concerned(self, entered: Entered, move: Move, others: Collection[Target]) -> list[Target]:
        if move.before == move.after:
            return []
        room = entered.room
        if room.type is RoomType.DIRECT:
            return list(others)
        low, high = passed_range(move.before, move.after)
        if high - low > MAX_PASSED:
            return list(others)
        passed = self.messages.page(
            room.tenant_id, room.room_id, after=low, before=high + 1, limit=MAX_PASSED, newest=True
        )
        senders = {message.sender_id for message in passed}
        return [target for target in others if target.user_id in senders]

    def _started(self, room: Room, move: Move, targets: Collection[Target]) -> list[Sending]:
        if not targets:
            return []
        update = ReceiptUpdate(
            room_id=room.room_id,
            user_id=move.user_id,
            delivered_seq=move.after.delivered_seq,
            read_seq=move.after.read_seq,
            at=self.clock.now(),
        )
        return [self.delivery.start(targets, "receipt:update", update)]

    def flush(self, held: HeldReceipt) -> None:
        """Push the newest cursor of a reader whose receipts were coalesced. Idempotent.

        Counts as a receipt itself: one that came just before it, or a record that came twice,
        would make two in a second.
        """
        tenant_id, room_id, user_id = held.tenant_id, held.room_id, held.user_id
        verdict = self._verdict(tenant_id, room_id, user_id, held=True)
        if verdict == "later":
            self.delivery.ask(held.record(), FLUSH_DELAY_S)
        if verdict != "now":
            return
        home = home_tenant(held.scope, tenant_id)
        membership = self.rooms.membership(home, user_id, room_id)
        roster = self.rooms.roster(tenant_id, room_id)
        if membership is None or roster is None:
            return
        entered = self.access.observe(roster)
        # It may have grown since the receipt was held.
        if entered.is_above(self.quiet_room_members):
            return
        before = Cursor(held.delivered_from, 0)
        move = Move(home, user_id, held.connection_id, before, membership.cursor)
        self._push(entered, move)
