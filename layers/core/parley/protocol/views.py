"""What clients see: messages, rooms, people, and the replies and events that carry them."""

from typing import Annotated, Literal

from pydantic import Field

from parley.protocol.fields import Timestamp, Wire

StatusName = Literal["online", "away", "offline"]
RoomTypeName = Literal["direct", "group", "channel", "organization"]
RoleName = Literal["owner", "member"]


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: object) -> bool:
    return not value


class MessageView(Wire):
    """A message. A tombstone has ``deletedAt`` and a null ``body``."""

    message_id: str
    room_id: str
    seq: int
    rev: int
    client_id: str
    sender_id: str
    sender_name: str
    type: Literal["text", "image", "document", "system"]
    body: str | None
    attachments: list[str]
    reply_to: str | None
    mentions: list[str]
    reactions: dict[str, list[str]]
    created_at: Timestamp
    edited_at: Timestamp | None
    deleted_at: Timestamp | None
    truncated: bool


class MemberView(Wire):
    """A member of a room, and how far they are."""

    user_id: str
    name: str
    role: RoleName
    delivered_seq: int
    read_seq: int


class MyRoomView(Wire):
    """A room from the caller's side."""

    read_seq: int
    delivered_seq: int
    unread: int
    muted: bool
    role: RoleName


class RoomView(Wire):
    """A room.

    ``members``, at most 100 of them, are in ``room.get``, in the room's own events, and for direct
    rooms also in lists and ``sync.start``. Events have no ``me``.
    """

    room_id: str
    tenant_id: str
    type: RoomTypeName
    name: str | None
    space_id: str | None
    created_by: str
    created_at: Timestamp
    last_seq: int
    rev: int
    last_message: MessageView | None
    member_count: int
    members: Annotated[list[MemberView] | None, Field(exclude_if=_is_none)] = None
    me: Annotated[MyRoomView | None, Field(exclude_if=_is_none)] = None


class PersonView(Wire):
    """Somebody in ``presence.list`` and ``sync.start``."""

    user_id: str
    tenant_id: str
    name: str
    picture: str | None
    role: str | None
    status: StatusName
    last_seen_at: Timestamp | None


class MeView(Wire):
    """The caller, as the server knows them."""

    user_id: str
    tenant_id: str
    name: str
    role: str
    scope: Literal["tenant", "manage"]


# --- Replies ------------------------------------------------------------------------------------


class SendReply(Wire):
    """Reply to ``message.send``."""

    message: MessageView
    duplicate: bool
    degraded: Annotated[bool, Field(exclude_if=_is_empty)] = False


class HistoryReply(Wire):
    """Reply to ``message.history``: ascending ``seq``, no hole."""

    messages: list[MessageView]
    has_more: bool


class CursorReply(Wire):
    """Reply to ``receipt.*``."""

    delivered_seq: int
    read_seq: int
    unread: int


class RoomListReply(Wire):
    """Reply to ``room.list``."""

    rooms: list[RoomView]
    cursor: str | None


class ChangedRoom(Wire):
    """A room that changed since the last heartbeat."""

    room_id: str
    last_seq: int
    rev: int


class HeartbeatReply(Wire):
    """Reply to ``presence.heartbeat``; ``ttl`` in seconds."""

    server_time: Timestamp
    ttl: int
    epoch: str
    changed: list[ChangedRoom]
    presence: Literal["all", "subscribed"]


class PresenceReply(Wire):
    """Reply to ``presence.list`` and ``presence.subscribe``."""

    users: list[PersonView]
    cursor: str | None


class RoomDropped(Wire):
    """A room of the request that the caller may no longer see."""

    room_id: str
    removed: Literal[True] = True


class SyncRoomView(RoomView):
    """A room in ``sync.start``; ``reset``: what the client has does not lead to what there is.

    Its cursor was beyond the room's end, or messages right behind it are kept no more: start anew.
    """

    reset: Annotated[bool, Field(exclude_if=_is_empty)] = False


class RoomChanges(Wire):
    """Messages that were sent, edited, deleted or reacted to since the client's cursor.

    ``hasMore`` says that the next page of this sync goes on with the same room.
    """

    room_id: str
    messages: list[MessageView]
    has_more: bool


class SyncReply(Wire):
    """Reply to ``sync.start``; ``heartbeatInterval`` in seconds."""

    me: MeView
    rooms: list[SyncRoomView | RoomDropped]
    changes: list[RoomChanges]
    users: list[PersonView]
    server_time: Timestamp
    heartbeat_interval: int
    epoch: str
    presence: Literal["all", "subscribed"]
    cursor: str | None


class TicketReply(Wire):
    """Reply to ``POST /ticket``."""

    ticket: str
    expires_at: Timestamp


class Health(Wire):
    """Reply to ``GET /healthz``; ``degraded``: Redis does not answer, messages still work."""

    status: Literal["ok", "degraded"]


# --- Events -------------------------------------------------------------------------------------


class ReceiptUpdate(Wire):
    """``receipt:update``."""

    room_id: str
    user_id: str
    delivered_seq: int
    read_seq: int
    at: Timestamp


class TypingUpdate(Wire):
    """``typing:update``; ``expiresIn`` in seconds."""

    room_id: str
    user_id: str
    name: str
    state: Literal["start", "stop"]
    expires_in: int


class RoomRemoved(Wire):
    """``room:removed``."""

    room_id: str


class SeenView(Wire):
    """One person in ``presence:update``; ``tenantId`` only in manage scope."""

    user_id: str
    status: StatusName
    last_seen_at: Timestamp | None
    name: str
    tenant_id: Annotated[str | None, Field(exclude_if=_is_none)] = None


class PresenceUpdate(Wire):
    """``presence:update``: changes that happened together."""

    users: list[SeenView]


class Bye(Wire):
    """``bye``: the last event before the server ends a connection."""

    code: int
    reason: str
    reconnect: bool


REPLIES: dict[str, type[Wire]] = {
    "message.send": SendReply,
    "message.edit": MessageView,
    "message.delete": MessageView,
    "message.react": MessageView,
    "message.history": HistoryReply,
    "receipt.delivered": CursorReply,
    "receipt.read": CursorReply,
    "room.create": RoomView,
    "room.list": RoomListReply,
    "room.get": RoomView,
    "room.update": RoomView,
    "room.leave": RoomView,
    "room.mute": RoomView,
    "room.addMember": RoomView,
    "room.removeMember": RoomView,
    "presence.heartbeat": HeartbeatReply,
    "presence.list": PresenceReply,
    "presence.subscribe": PresenceReply,
    "sync.start": SyncReply,
}
EVENTS: dict[str, type[Wire]] = {
    "message:new": MessageView,
    "message:updated": MessageView,
    "message:deleted": MessageView,
    "receipt:update": ReceiptUpdate,
    "typing:update": TypingUpdate,
    "room:updated": RoomView,
    "room:removed": RoomRemoved,
    "presence:update": PresenceUpdate,
    "bye": Bye,
}
