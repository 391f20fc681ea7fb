"""What is logged where a connection is brought what a push may have missed (SPEC §5.4).

`parley where` tells from it that a message whose push failed arrived after all. A line says what
was told, not that it was news: clients leave out what they have.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from parley import observability
from parley.domain.people import Connection
from parley.protocol.commands import StartSync
from parley.protocol.views import ChangedRoom, MessageView, RoomChanges

# A client that comes back catches up at once; one that is told to sync does so at any time.
COMES_BACK_WITHIN = timedelta(seconds=30)


def told_of_rooms(connection: Connection, changed: Sequence[ChangedRoom]) -> None:
    """Log that a heartbeat named rooms that changed, with their ends."""
    if changed:
        observability.info(
            "message_recovered",
            by="heartbeat",
            tenant_id=connection.caller.tenant_id,
            user_id=connection.caller.user_id,
            connection_id=connection.connection_id,
            rooms={room.room_id: room.last_seq for room in changed},
        )


def sync_asked(connection: Connection, command: StartSync, now: datetime) -> None:
    """Count a connection that goes on where an earlier one ended."""
    goes_on = bool(command.rooms) and command.cursor is None
    if goes_on and now - connection.connected_at < COMES_BACK_WITHIN:
        observability.count("reconnects")


def caught_up(connection: Connection, changes: Sequence[RoomChanges]) -> None:
    """Log that a sync brought messages: the first and the last of each room."""
    rooms = {each.room_id: _range(each.messages) for each in changes if each.messages}
    if rooms:
        _log_messages(connection, rooms, "sync")


def read_history(connection: Connection, room_id: str, messages: Sequence[MessageView]) -> None:
    """Log that a page of history brought messages."""
    if messages:
        _log_messages(connection, {room_id: _range(messages)}, "history")


def _log_messages(connection: Connection, rooms: Mapping[str, list[int]], by: str) -> None:
    observability.info(
        "message_recovered",
        by=by,
        tenant_id=connection.caller.tenant_id,
        user_id=connection.caller.user_id,
        connection_id=connection.connection_id,
        rooms=dict(rooms),
    )


def _range(messages: Sequence[MessageView]) -> list[int]:
    # Both are in ascending order.
    return [messages[0].seq, messages[-1].seq]
