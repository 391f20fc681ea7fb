"""What follows from committed writes, whatever became of the function that made them.

Reads the table's stream: raises heads, notes which rooms changed, moves senders' cursors, and
repeats cache invalidations. Every step is idempotent, so a batch may come twice (SPEC §5.4).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import (
    MANAGE_TENANT,
    RoomId,
    TenantId,
    UserId,
    concerns_manage,
    is_manage_user,
)
from parley.domain.messages import Head, Message
from parley.errors import NotFound
from parley.ports import RoomCache, RoomStore


@dataclass(frozen=True, slots=True)
class MessageCommitted:
    """A message was stored or changed."""

    tenant_id: TenantId
    message: Message


@dataclass(frozen=True, slots=True)
class RoomJoined:
    """A room was added to a user's own list."""

    home: TenantId
    user_id: UserId
    room_id: RoomId


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """A room is new, or its name, members or change number were written.

    Attributes:
        newcomers: Of a new open room: what stands for it in the log until people have seen it
            (`domain.ids.newcomers_id`).
    """

    tenant_id: TenantId
    room_id: RoomId
    rev: int
    newcomers: RoomId | None = None


StreamChange = MessageCommitted | RoomJoined | RoomChanged


@dataclass(frozen=True, slots=True)
class Relay:
    """Repairs the cache and cursors from the stream; raises while Redis is away, to be retried."""

    cache: RoomCache
    rooms: RoomStore

    def apply(self, changes: Sequence[StreamChange]) -> None:
        """Apply one batch; cursors first, which need no Redis."""
        committed = [change for change in changes if isinstance(change, MessageCommitted)]
        self._move_senders(committed)
        for joined in changes:
            if isinstance(joined, RoomJoined):
                self.cache.add_rooms(joined.home, joined.user_id, [joined.room_id], complete=False)
        for changed in changes:
            if isinstance(changed, RoomChanged):
                self.cache.drop_roster(changed.tenant_id, changed.room_id, changed.rev)
        self._raise_heads(committed)
        self._log(_changed_rooms(changes))

    def _raise_heads(self, committed: Iterable[MessageCommitted]) -> None:
        heads: defaultdict[TenantId, dict[RoomId, Head]] = defaultdict(dict)
        for change in committed:
            message = change.message
            known = heads[change.tenant_id].get(message.room_id)
            # A batch may hold a message twice: as it was stored, and as it was changed since.
            if known is None or _order(known) < (message.seq, message.rev):
                heads[change.tenant_id][message.room_id] = Head(message.seq, message)
        for tenant_id, of_tenant in heads.items():
            self.cache.raise_heads(tenant_id, of_tenant)

    def _log(self, rooms: Iterable[tuple[TenantId, RoomId]]) -> None:
        by_tenant: defaultdict[TenantId, set[RoomId]] = defaultdict(set)
        for tenant_id, room_id in rooms:
            by_tenant[tenant_id].add(room_id)
            if concerns_manage(room_id):
                by_tenant[MANAGE_TENANT].add(room_id)
        for tenant_id, room_ids in by_tenant.items():
            self.cache.log_changes(tenant_id, sorted(room_ids))

    def _move_senders(self, committed: Iterable[MessageCommitted]) -> None:
        """Move the senders' own cursors, once for each sender and room of the batch."""
        furthest: dict[tuple[TenantId, UserId, RoomId], int] = {}
        for change in committed:
            message = change.message
            if message.rev > 0:
                # It was changed, by whomever; its sender's cursor moved when it was new.
                continue
            home = MANAGE_TENANT if is_manage_user(message.sender_id) else change.tenant_id
            key = (home, message.sender_id, message.room_id)
            furthest[key] = max(furthest.get(key, 0), message.seq)
        for (home, user_id, room_id), seq in furthest.items():
            try:
                self.rooms.move_cursor(home, user_id, room_id, seq, seq)
            except NotFound:
                # The sender left the room since, or has yet to see an open one.
                observability.info("sender_left", tenant_id=home, room_id=room_id)


def _order(head: Head) -> tuple[int, int]:
    return head.last_seq, head.last_message.rev if head.last_message else 0


def _changed_rooms(changes: Iterable[StreamChange]) -> set[tuple[TenantId, RoomId]]:
    rooms: set[tuple[TenantId, RoomId]] = set()
    for change in changes:
        if isinstance(change, MessageCommitted):
            rooms.add((change.tenant_id, change.message.room_id))
        elif isinstance(change, RoomChanged):
            rooms.add((change.tenant_id, change.room_id))
            if change.newcomers is not None:
                rooms.add((change.tenant_id, change.newcomers))
    return rooms
