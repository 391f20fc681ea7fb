"""Rooms by REST: each route is the operation of the same name, with its reply's data."""

from parley.bootstrap import app
from parley.errors import OutcomeUnknown, RateLimited, Unavailable
from parley.http.routes import Call
from parley.protocol.commands import (
    CreateRoom,
    ListRooms,
    MoveCursor,
    MuteRoom,
    OneRoom,
    ReadHistory,
    RemoveMember,
    SendMessage,
    UpdateRoom,
)
from parley.protocol.queries import GetMessages, GetPage, NoQuery
from parley.protocol.rest import (
    MembersReply,
    PatchRoom,
    PostMembers,
    PostMessage,
    PostRead,
    UnreadReply,
)
from parley.protocol.views import CursorReply, HistoryReply, RoomListReply, RoomView, SendReply

# Lambda answers at most 6 MB, of JSON inside JSON: each quote that is escaped in a text takes four
# bytes there instead of two.
WHOLE_BYTES = 2_900_000


def list_rooms(call: Call[GetPage, None]) -> RoomListReply:
    """List one's rooms, newest activity first."""
    command = ListRooms(cursor=call.query.cursor, limit=call.query.limit)
    return app().rooms.list_rooms(call.connection, command)


def create_room(call: Call[NoQuery, CreateRoom]) -> RoomView:
    """Create a room; with a ``clientId`` a repeat is safe."""
    return app().rooms.create(call.connection, call.body)


def get_room(call: Call[NoQuery, None]) -> RoomView:
    """Get a room with up to 100 of its members."""
    return app().rooms.get(call.connection, OneRoom(room_id=call.room_id))


def patch_room(call: Call[NoQuery, PatchRoom]) -> RoomView:
    """Rename a room (``null`` takes its name away), or mute it for oneself."""
    wanted, rooms = call.body, app().rooms
    shown: RoomView | None = None
    if "name" in wanted.model_fields_set:
        rename = UpdateRoom(room_id=call.room_id, name=wanted.name)
        shown = rooms.update(call.connection, rename)
    if wanted.muted is not None:
        mute = MuteRoom(room_id=call.room_id, muted=wanted.muted)
        try:
            shown = rooms.mute(call.connection, mute)
        except (RateLimited, Unavailable) as exc:
            if shown is None:
                raise
            # After those nothing is stored (SPEC §3), but the name is.
            raise OutcomeUnknown(str(exc)) from exc
    return shown or rooms.get(call.connection, OneRoom(room_id=call.room_id))


def get_messages(call: Call[GetMessages, None]) -> HistoryReply:
    """Read a page of a room's messages, whole ones, ascending by ``seq``."""
    page = call.query
    command = ReadHistory(
        room_id=call.room_id, before=page.before, after=page.after, limit=page.limit
    )
    return app().history.read(
        call.connection, command, page_bytes=WHOLE_BYTES, message_bytes=WHOLE_BYTES
    )


def send_message(call: Call[NoQuery, PostMessage]) -> SendReply:
    """Say something in a room; a repeat with the same ``clientId`` stores nothing."""
    said = call.body
    command = SendMessage(
        room_id=call.room_id,
        client_id=said.client_id,
        body=said.body,
        type=said.type,
        attachments=said.attachments,
        reply_to=said.reply_to,
        mentions=said.mentions,
    )
    return app().messaging.send(call.connection, command, message_bytes=WHOLE_BYTES)


def mark_read(call: Call[NoQuery, PostRead]) -> CursorReply:
    """Say how far one has read a room."""
    command = MoveCursor(room_id=call.room_id, seq=call.body.seq)
    return app().receipts.read(call.connection, command)


def list_members(call: Call[GetPage, None]) -> MembersReply:
    """List the members of a room."""
    return app().rooms.members(call.connection, call.room_id, call.query.cursor, call.query.limit)


def add_members(call: Call[NoQuery, PostMembers]) -> RoomView:
    """Add people to a group; those who are members get the role, if one is named."""
    wanted = call.body
    return app().rooms.add_members(call.connection, call.room_id, wanted.user_ids, wanted.role)


def remove_member(call: Call[NoQuery, None]) -> RoomView:
    """Remove somebody from a group, or leave it oneself."""
    command = RemoveMember(room_id=call.room_id, user_id=call.user_id)
    return app().rooms.remove_member(call.connection, command)


def unread(call: Call[NoQuery, None]) -> UnreadReply:
    """Count what one has not read, by room, and by sender for direct rooms."""
    return app().rooms.unread(call.connection)
