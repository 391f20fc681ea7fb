"""Messages in memory, with the faults that the real store can have."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock

from parley.adapters.memory.faults import Faults, written
from parley.domain.clearing import Aged
from parley.domain.ids import RoomId, TenantId, UserId, new_message_id
from parley.domain.messages import Draft, Head, Message, message_from, place_of_gone
from parley.domain.revisions import Revision
from parley.ports import Contended, Outdated, Repeated, Revised, Stored, Taken, Unknown


@dataclass(slots=True)
class _Room:
    messages: dict[int, Message] = field(default_factory=dict)
    markers: dict[tuple[UserId, str], Message] = field(default_factory=dict)
    end: int = 0

    @property
    def last_seq(self) -> int:
        return max(self.end, max(self.messages, default=0))

    def put(self, message: Message) -> None:
        self.messages[message.seq] = message
        if message.kept_days:
            self.end = max(self.end, message.seq)


@dataclass(slots=True)
class MemoryMessageStore:
    """`parley.ports.MessageStore` in memory.

    Attributes:
        faults: What the next appends meet.
    """

    faults: Faults = field(default_factory=deque)
    _rooms: dict[tuple[TenantId, RoomId], _Room] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken | Contended | Unknown:
        """Store the draft as message ``seq`` with its marker, both or none."""
        return written(self.faults, lambda: self._append(draft, seq))

    def found(self, draft: Draft) -> Message | None:
        """Return the message that this draft's marker leads to, as it is now, or None."""
        with self._lock:
            room = self._room(draft.tenant_id, draft.room_id)
            first = room.markers.get((draft.sender_id, draft.client_id))
            return None if first is None else _marked(room, first, draft)

    def head(self, tenant_id: TenantId, room_id: RoomId) -> Head:
        """Return the room's end."""
        with self._lock:
            room = self._room(tenant_id, room_id)
            return Head(room.last_seq, room.messages.get(room.last_seq))

    def get(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> Message | None:
        """Return one message."""
        with self._lock:
            return self._room(tenant_id, room_id).messages.get(seq)

    def at(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, int]]
    ) -> dict[tuple[RoomId, int], Message]:
        """Return those messages that exist at these (room, seq)."""
        found = {place: self.get(tenant_id, *place) for place in places}
        return {place: message for place, message in found.items() if message is not None}

    def ends(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> Mapping[RoomId, int]:
        """Return the highest ``seq`` in these rooms that was not to be kept for ever."""
        with self._lock:
            ends = {room_id: self._room(tenant_id, room_id).end for room_id in room_ids}
        return {room_id: end for room_id, end in ends.items() if end}

    def page(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int,
        newest: bool,
    ) -> list[Message]:
        """Return messages with ``after < seq < before``, ascending and without a hole."""
        with self._lock:
            messages = self._room(tenant_id, room_id).messages
            seqs = sorted(s for s in messages if s > after and (before is None or s < before))
            chosen = seqs[-limit:] if newest else _behind_gaps(seqs, limit)
            return [messages[seq] for seq in _unbroken(chosen)]

    def revise(self, revision: Revision) -> Revised | Outdated:
        """Do what a change of a room does to its messages, all of it or nothing."""
        tenant_id, room_id = revision.room.tenant_id, revision.room.room_id
        message, announced = revision.message, revision.announcement
        with self._lock:
            stored = self._room(tenant_id, room_id)
            present = stored.messages.get(message.seq) if message else None
            if message and (present is None or present.rev != revision.message_was):
                return Outdated()
            seq = revision.end_after
            if announced and _is_taken(stored, announced, seq):
                return Outdated()
            if message:
                stored.messages[message.seq] = message
            if announced is None:
                return Revised()
            stored.put(message_from(announced, new_message_id(seq), seq))
            return Revised(stored.messages[seq])

    def remove(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> None:
        """Remove a message as retention does; its marker stays."""
        with self._lock:
            self._room(tenant_id, room_id).messages.pop(seq, None)

    def aged(self) -> list[Aged]:
        """Return all messages as the clearing sees them."""
        with self._lock:
            return [
                Aged(*place, message.seq, message.created_at, message.kept_days)
                for place, room in self._rooms.items()
                for message in room.messages.values()
            ]

    def limit(self, aged: Aged, days: int) -> None:
        """Let a message be kept for so many days, with the room's end stored before."""
        with self._lock:
            room = self._room(aged.tenant_id, aged.room_id)
            room.end = room.last_seq
            present = room.messages.get(aged.seq)
            if present is not None and (present.kept_days == 0 or present.kept_days > days):
                room.messages[aged.seq] = replace(present, kept_days=days)

    def _append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken:
        with self._lock:
            room = self._room(draft.tenant_id, draft.room_id)
            first = room.markers.get((draft.sender_id, draft.client_id))
            if first is not None:
                return Repeated(_marked(room, first, draft))
            if _is_taken(room, draft, seq):
                return Taken(seq)
            message = message_from(draft, new_message_id(seq), seq)
            room.put(message)
            room.markers[draft.sender_id, draft.client_id] = message
            return Stored(message)

    def _room(self, tenant_id: TenantId, room_id: RoomId) -> _Room:
        return self._rooms.setdefault((tenant_id, room_id), _Room())


def _marked(room: _Room, first: Message, draft: Draft) -> Message:
    present = room.messages.get(first.seq)
    if present is not None:
        return present
    # As the real marker, which keeps no words.
    return place_of_gone(draft, first.message_id, first.seq, first.created_at, first.kept_days)


def _is_taken(room: _Room, draft: Draft, seq: int) -> bool:
    return seq in room.messages or (draft.kept_days > 0 and seq <= room.end)


def _behind_gaps(seqs: list[int], limit: int) -> list[int]:
    """Return the first so many, from behind the last gap among them on."""
    start = 0
    while len(run := _unbroken(seqs[start : start + limit])) < len(seqs[start : start + limit]):
        start = seqs.index(run[0])
    return seqs[start : start + limit]


def _unbroken(seqs: list[int]) -> list[int]:
    """Return those behind the last gap."""
    start = len(seqs)
    while start > 0 and (start == len(seqs) or seqs[start - 1] == seqs[start] - 1):
        start -= 1
    return seqs[start:]
