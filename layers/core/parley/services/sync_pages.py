"""Pages of a sync: what fits into one, and where the next begins. Pure."""

from dataclasses import dataclass, field

from parley.protocol import frames
from parley.protocol.fields import Wire
from parley.protocol.views import PersonView, RoomChanges, RoomDropped, SyncRoomView
from parley.services.missed import Reached
from parley.services.views import PAGE_BYTES

# What the fixed fields of the reply take, at most: ids and names of 128 characters, a cursor.
FIXED_BYTES = 4_096
# What a room's entry in `changes` takes beside its messages.
CHANGES_BYTES = 256
DONE = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page of a sync begins.

    Attributes:
        room_id: Rooms up to this one are done; the named one too, unless it was ``reached``.
        reached: How far the client has the messages of ``room_id``, which go on.
        users_after: Set once all rooms are done: people after this (tenant, user).
        epoch: That of the first page, for all of them: what was lost after it is noticed.
    """

    room_id: str = ""
    reached: Reached | None = None
    users_after: tuple[str, str] | None = None
    epoch: str = ""

    def parts(self) -> tuple[str | int, ...]:
        """Return what a cursor holds."""
        seq, rev = (self.reached.seq, self.reached.rev) if self.reached else (DONE, DONE)
        phase = int(self.users_after is not None)
        return (phase, self.room_id, seq, rev, *(self.users_after or ("", "")), self.epoch)

    def leaves(self, room_id: str) -> bool:
        """Tell whether this room is still to be done, or to be gone on with."""
        return room_id > self.room_id or (room_id == self.room_id and self.reached is not None)

    @classmethod
    def of_parts(cls, parts: list[str | int]) -> "Place":
        """Read what a cursor holds; its parts are of the kinds `PLACE_KINDS`."""
        phase, room_id, seq, rev, tenant_id, user_id, epoch = parts
        return cls(
            room_id=str(room_id),
            reached=Reached(int(seq), int(rev)) if int(seq) > DONE else None,
            users_after=(str(tenant_id), str(user_id)) if phase else None,
            epoch=str(epoch),
        )


PLACE_KINDS = (int, str, int, int, str, str, str)


@dataclass(slots=True)
class Page:
    """One reply being filled, below 30 KB."""

    left: int = PAGE_BYTES - FIXED_BYTES
    rooms: list[SyncRoomView | RoomDropped] = field(default_factory=list)
    changes: list[RoomChanges] = field(default_factory=list)
    users: list[PersonView] = field(default_factory=list)
    users_known: bool = True

    def fits(self, part: Wire) -> bool:
        """Tell whether this fits; an empty page takes anything, so that a sync always moves on."""
        return not (self.rooms or self.changes) or frames.size_bytes(part) < self.left

    def add_room(self, room: SyncRoomView | RoomDropped) -> None:
        """Add a room."""
        self.rooms.append(room)
        self.left -= frames.size_bytes(room) + 1

    def add_changes(self, changes: RoomChanges) -> None:
        """Add a room's messages."""
        self.changes.append(changes)
        self.left -= frames.size_bytes(changes) + 1
