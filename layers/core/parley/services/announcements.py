"""System messages: what a change of a room's name or members says in its history. Pure."""

from collections.abc import Sequence
from datetime import datetime

from parley.domain.ids import UserId
from parley.domain.messages import Draft, MessageType
from parley.domain.people import Caller
from parley.domain.rooms import Room, RoomType
from parley.protocol.commands import MAX_MENTIONS

_CALLED = {RoomType.CHANNEL: "the channel", RoomType.ORGANIZATION: "the room"}


def announcement(
    actor: Caller, room: Room, body: str, concerned: Sequence[UserId], now: datetime
) -> Draft:
    """Draft a system message about a change; the room is as the change leaves it.

    Its ``clientId`` follows from the change's number: it needs no marker to be stored once.
    """
    return Draft(
        tenant_id=room.tenant_id,
        room_id=room.room_id,
        client_id=f"rev-{room.rev}",
        sender_id=actor.user_id,
        sender_name=actor.name,
        type=MessageType.SYSTEM,
        body=body,
        created_at=now,
        mentions=tuple(concerned[:MAX_MENTIONS]),
    )


def words_for_added(actor: Caller, names: Sequence[str]) -> str:
    """Say who was added, in the order given."""
    return f"{actor.name} added {_listed(names)}"


def words_for_removed(actor: Caller, name: str) -> str:
    """Say who was taken out by somebody else."""
    return f"{actor.name} removed {name}"


def words_for_left(actor: Caller) -> str:
    """Say who left."""
    return f"{actor.name} left"


def words_for_renamed(actor: Caller, room: Room) -> str:
    """Say what a room is called now."""
    if room.name is None:
        return f"{actor.name} removed the name"
    return f'{actor.name} renamed {_CALLED.get(room.type, "the group")} to "{room.name}"'


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 2:
        return " and ".join(names)
    others = len(names) - 2
    return f"{names[0]}, {names[1]} and {others} other{'s' if others > 1 else ''}"
