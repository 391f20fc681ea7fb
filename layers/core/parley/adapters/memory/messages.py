"""Messages in memory, with the faults that the real store can have."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import RLock

from parley.adapters.memory.faults import Faults, written
from parley.domain.ids import RoomId, TenantId, UserId, new_message_id
from parley.domain.messages import EMPTY_HEAD, Draft, Head, Message, message_from
from parley.domain.revisions import Revision
from parley.ports import Contended, Outdated, Repeated, Revised, Stored, Taken, Unknown


@dataclass(slots=True)
class _Room:
    messages: dict[int, Message] = field(default_factory=dict)
    markers: dict[tuple[UserId, str], Message] = field(default_factory=dict)


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
            messages = self._room(tenant_id, room_id).messages
            last_seq = max(messages, default=0)
            return Head(last_seq, messages[last_seq]) if last_seq else EMPTY_HEAD

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
            chosen = seqs[-limit:] if newest else seqs[:limit]
            return [messages[seq] for seq in chosen]

    def revise(self, revision: Revision) -> Revised | Outdated:
        """Do what a change of a room does to its messages, all of it or nothing."""
        tenant_id, room_id = revision.room.tenant_id, revision.room.room_id
        message, announced = revision.message, revision.announcement
        with self._lock:
            messages = self._room(tenant_id, room_id).messages
            present = messages.get(message.seq) if message else None
            if message and (present is None or present.rev != revision.message_was):
                return Outdated()
            if announced and revision.end_after in messages:
                return Outdated()
            if message:
                messages[message.seq] = message
            if announced is None:
                return Revised()
            seq = revision.end_after
            messages[seq] = message_from(announced, new_message_id(seq), seq)
            return Revised(messages[seq])

    def remove(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> None:
        """Remove a message as retention does; its marker stays."""
        with self._lock:
            self._room(tenant_id, room_id).messages.pop(seq, None)

    def _append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken:
        with self._lock:
            room = self._room(draft.tenant_id, draft.room_id)
            first = room.markers.get((draft.sender_id, draft.client_id))
            if first is not None:
                return Repeated(_marked(room, first, draft))
            if seq in room.messages:
                return Taken(seq)
            message = message_from(draft, new_message_id(seq), seq)
            room.messages[seq] = message
            room.markers[draft.sender_id, draft.client_id] = message
            return Stored(message)

    def _room(self, tenant_id: TenantId, room_id: RoomId) -> _Room:
        return self._rooms.setdefault((tenant_id, room_id), _Room())


def _marked(room: _Room, first: Message, draft: Draft) -> Message:
    present = room.messages.get(first.seq)
    if present is not None:
        return present
    # As the real marker, which keeps no words: those are the draft's.
    rebuilt = message_from(draft, first.message_id, first.seq)
    return replace(rebuilt, created_at=first.created_at)
