"""What the table's stream tells of what was written into the memory stores."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from parley.domain.ids import UserId, home_of, newcomers_id
from parley.domain.revisions import Revision
from parley.domain.rooms import Room
from parley.ports import MessageStore, Revised, RoomStore, Stored
from parley.services.relay import (
    MessageCommitted,
    RoomChanged,
    RoomJoined,
    RoomLeft,
    StreamChange,
)


@dataclass(slots=True)
class MemoryStream:
    """Turns calls of the stores into changes, as the real stream turns items into them."""

    messages: MessageStore
    rooms: RoomStore
    _joined: set[RoomJoined] = field(default_factory=set)

    def changes_of(self, name: str, args: tuple[Any, ...], result: Any) -> list[StreamChange]:
        """Return what one call changed; ``name`` is such as ``rooms.create``."""
        if name == "messages.append":
            stored = result.message if isinstance(result, Stored) else self.messages.found(args[0])
            return [MessageCommitted(args[0].tenant_id, stored)] if stored else []
        if name == "rooms.create" and result == args[0].room:
            return [*self._joins(result, args[0].members), _made(result)]
        if name == "rooms.revise" and isinstance(result, Revised):
            return self._revised(args[0], result)
        if name == "rooms.join":
            return [*self._joins(args[0], [args[1]])]
        return []

    def _revised(self, revision: Revision, revised: Revised) -> list[StreamChange]:
        room = revision.room
        self._joined -= {_joined(room, user_id) for user_id in revision.removed}
        written = [m for m in (revision.message, revised.announcement) if m]
        return [
            *(MessageCommitted(room.tenant_id, message) for message in written),
            RoomChanged(room.tenant_id, room.room_id, room.rev),
            *self._joins(room, revision.added),
            *(RoomLeft(home_of(room.tenant_id, user), user) for user in revision.removed),
        ]

    def _joins(self, room: Room, user_ids: Iterable[UserId]) -> list[RoomJoined]:
        # The stream tells only of notes that were not there before.
        new = [_joined(room, user_id) for user_id in user_ids]
        new = [joined for joined in new if joined not in self._joined]
        self._joined.update(new)
        return new


def _made(room: Room) -> RoomChanged:
    newcomers = newcomers_id(room.space_id) if room.is_open else None
    return RoomChanged(room.tenant_id, room.room_id, room.rev, newcomers)


def _joined(room: Room, user_id: UserId) -> RoomJoined:
    return RoomJoined(home_of(room.tenant_id, user_id), user_id, room.room_id)
