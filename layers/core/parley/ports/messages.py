"""Messages (DynamoDB)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import Draft, Head, Message


@dataclass(frozen=True, slots=True)
class Stored:
    """The message is committed."""

    message: Message


@dataclass(frozen=True, slots=True)
class Repeated:
    """The marker of (sender, room, clientId) was there: this is the first message, as it is now."""

    message: Message


@dataclass(frozen=True, slots=True)
class Taken:
    """Another message has this ``seq``, which is therefore committed; nothing was stored."""

    seq: int


@dataclass(frozen=True, slots=True)
class Contended:
    """Another transaction was in the way, or throttled us; nothing was stored by this attempt."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer never came: it may be stored. The marker tells at the next attempt."""


class MessageStore(Protocol):
    """Messages of rooms; all reads are strongly consistent."""

    def append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken | Contended | Unknown:
        """Store the draft as message ``seq`` with its marker, both or none, in one transaction.

        The caller must know that ``seq - 1`` is committed (or that ``seq`` is 1). One request;
        `Repeated` costs one more to read the first message. An adapter never retries by itself.

        A draft that is not kept for ever also moves the room's end (`ends`), in the same
        transaction; `Taken` where that is not below ``seq``.
        """
        ...

    def found(self, draft: Draft) -> Message | None:
        """Return the message that this draft's marker leads to, as it is now, or None.

        Of one that was removed its place alone (`domain.messages.place_of_gone`).
        """
        ...

    def head(self, tenant_id: TenantId, room_id: RoomId) -> Head:
        """Return the room's end, also where its message was removed (one query)."""
        ...

    def get(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> Message | None:
        """Return one message."""
        ...

    def at(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, int]]
    ) -> dict[tuple[RoomId, int], Message]:
        """Return those messages that exist at these (room, seq); 100 a request."""
        ...

    def ends(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> Mapping[RoomId, int]:
        """Return the highest ``seq`` in these rooms that was not to be kept for ever.

        Stored with each such message, and never removed: so a room goes on where it was when all
        of its messages are gone. 100 a request.
        """
        ...

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
        """Return messages with ``after < seq < before``, ascending and without a hole.

        Where messages were removed, only those behind the last removed one.

        Args:
            tenant_id: The room's tenant.
            room_id: The room.
            after: Exclusive lower bound.
            before: Exclusive upper bound, or None.
            limit: At most so many, 1..1000.
            newest: Take them from the upper end of the range, else from the lower.
        """
        ...
