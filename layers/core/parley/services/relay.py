"""What follows from committed writes, whatever became of the function that made them.

Reads the table's stream: raises heads, notes which rooms changed, moves senders' cursors, and
repeats cache invalidations. Every step is idempotent, so a batch may come twice (SPEC §5.4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import (
    RoomId,
    TenantId,
    UserId,
    home_of,
    left_id,
)
from parley.domain.messages import Head, Message
from parley.errors import CacheDefect, CacheUnavailable, NotFound
from parley.ports import Clock, RoomCache, RoomStore
from parley.services import change_log

# How long one invocation waits for Redis, within the function's 30 s. How soon Lambda sends a batch
# again that failed is not documented, and heartbeats are to know of it once Redis is back.
PATIENCE_S = 20.0
LOOK_S = 0.25


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
class RoomLeft:
    """A room was taken from a user's own list."""

    home: TenantId
    user_id: UserId


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


StreamChange = MessageCommitted | RoomJoined | RoomLeft | RoomChanged


@dataclass(frozen=True, slots=True)
class Relay:
    """Repairs the cache and cursors from the stream."""

    cache: RoomCache
    rooms: RoomStore
    clock: Clock
    patience_s: float = PATIENCE_S

    def apply(self, changes: Sequence[StreamChange]) -> None:
        """Apply one batch; cursors first, which need no Redis.

        Raises:
            CacheUnavailable: Redis was away for long; the batch is to come again.
        """
        self._move_senders(change for change in changes if isinstance(change, MessageCommitted))
        deadline = self.clock.monotonic() + self.patience_s
        while True:
            try:
                self._repair(changes)
            except CacheUnavailable as exc:
                if self.clock.monotonic() > deadline:
                    raise
                observability.debug("relay_waits", cause=str(exc))
                self.clock.sleep(LOOK_S)
            else:
                return

    def _repair(self, changes: Sequence[StreamChange]) -> None:
        for step in (self._add_rooms, self._drop_rosters, self._raise_heads, self._log):
            try:
                step(changes)
            except CacheDefect as exc:
                # Sent again for a day it would keep everything that comes later from its repair.
                observability.error("relay_step_refused", cause=str(exc), step=step.__name__)

    def _add_rooms(self, changes: Sequence[StreamChange]) -> None:
        for joined in changes:
            if isinstance(joined, RoomJoined):
                self.cache.add_rooms(joined.home, joined.user_id, [joined.room_id], complete=False)

    def _drop_rosters(self, changes: Sequence[StreamChange]) -> None:
        for changed in changes:
            if isinstance(changed, RoomChanged):
                self.cache.drop_roster(changed.tenant_id, changed.room_id, changed.rev)

    def _log(self, changes: Sequence[StreamChange]) -> None:
        change_log.log(self.cache, _entries(changes))

    def _raise_heads(self, changes: Sequence[StreamChange]) -> None:
        committed = [change for change in changes if isinstance(change, MessageCommitted)]
        for tenant_id, heads in _ends(each for each in committed if not each.message.rev).items():
            self.cache.raise_heads(tenant_id, heads)
        for tenant_id, heads in _ends(each for each in committed if each.message.rev).items():
            # What was changed may be far from the room's end: where none is known it tells nothing.
            known = self.cache.heads(tenant_id, list(heads))
            changed = {room_id: heads[room_id] for room_id in heads if room_id in known}
            self.cache.raise_heads(tenant_id, changed)

    def _move_senders(self, committed: Iterable[MessageCommitted]) -> None:
        """Move the senders' own cursors, once for each sender and room of the batch."""
        furthest: dict[tuple[TenantId, UserId, RoomId], int] = {}
        for change in committed:
            message = change.message
            if message.rev > 0:
                # It was changed, by whomever; its sender's cursor moved when it was new.
                continue
            home = home_of(change.tenant_id, message.sender_id)
            key = (home, message.sender_id, message.room_id)
            furthest[key] = max(furthest.get(key, 0), message.seq)
        for (home, user_id, room_id), seq in furthest.items():
            try:
                self.rooms.move_cursor(home, user_id, room_id, seq, seq)
            except NotFound:
                # The sender left the room since, or has yet to see an open one.
                observability.info("sender_left", tenant_id=home, room_id=room_id)


def _ends(committed: Iterable[MessageCommitted]) -> dict[TenantId, dict[RoomId, Head]]:
    """Return the furthest message of each room, in its newest state."""
    heads: defaultdict[TenantId, dict[RoomId, Head]] = defaultdict(dict)
    for change in committed:
        message = change.message
        known = heads[change.tenant_id].get(message.room_id)
        if known is None or _order(known) < (message.seq, message.rev):
            heads[change.tenant_id][message.room_id] = Head(message.seq, message)
    return heads


def _order(head: Head) -> tuple[int, int]:
    return head.last_seq, head.last_message.rev if head.last_message else 0


def _entries(changes: Iterable[StreamChange]) -> Iterator[change_log.Entry]:
    for change in changes:
        if isinstance(change, MessageCommitted):
            yield change.tenant_id, change.message.room_id
        elif isinstance(change, RoomLeft):
            yield change.home, left_id(change.user_id)
        elif isinstance(change, RoomChanged):
            yield change.tenant_id, change.room_id
            if change.newcomers is not None:
                yield change.tenant_id, change.newcomers
