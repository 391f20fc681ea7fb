"""Operations that a client may ask for, and their data (SPEC §4)."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from parley.protocol.fields import (
    BODY_HINT,
    NAME_HINT,
    ClientId,
    Cursor,
    ExternalId,
    Input,
    Limit,
    OwnId,
    Seq,
)

MAX_MENTIONS = 50
MAX_ATTACHMENTS = 10
MAX_SYNC_ROOMS = 400
MAX_MEMBERS_A_CALL = 200
MAX_USER_IDS = 500

ShortId = Annotated[str, StringConstraints(max_length=64)]
RoomName = Annotated[str, StringConstraints(min_length=1, max_length=128), NAME_HINT]
Body = Annotated[str, BODY_HINT]


class SendMessage(Input):
    """``message.send``: say something in a room, or to a person.

    ``clientId`` makes a repeat safe; ``tenantId`` goes with ``toUserId`` in manage scope.
    """

    room_id: OwnId | None = None
    to_user_id: ExternalId | None = None
    tenant_id: ExternalId | None = None
    client_id: ClientId
    body: Body
    type: Literal["text", "image", "document"] = "text"
    attachments: list[OwnId] = Field(default_factory=list, max_length=MAX_ATTACHMENTS)
    reply_to: OwnId | None = None
    mentions: list[ExternalId] = Field(default_factory=list, max_length=MAX_MENTIONS)

    @model_validator(mode="after")
    def _one_addressee(self) -> Self:
        if (self.room_id is None) == (self.to_user_id is None):
            raise ValueError("name either roomId or toUserId")
        return self


class EditMessage(Input):
    """``message.edit``: change the body of one's own message."""

    room_id: OwnId
    message_id: OwnId
    body: Body


class DeleteMessage(Input):
    """``message.delete``: leave a tombstone."""

    room_id: OwnId
    message_id: OwnId


class ReactToMessage(Input):
    """``message.react``: add or take away one's own reaction."""

    room_id: OwnId
    message_id: OwnId
    emoji: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    on: bool


class ReadHistory(Input):
    """``message.history``: a page before or after a ``seq``; without either, the newest page."""

    room_id: OwnId
    before: Seq | None = None
    after: Seq | None = None
    limit: Limit = 50

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.before is not None and self.after is not None:
            raise ValueError("name before or after, not both")
        return self


class MoveCursor(Input):
    """``receipt.delivered`` and ``receipt.read``: how far one has received or read."""

    room_id: OwnId
    seq: Seq


class Typing(Input):
    """``typing.start`` and ``typing.stop``; never replied to."""

    room_id: OwnId


class CreateRoom(Input):
    """``room.create``; ``clientId`` makes a repeat safe."""

    type: Literal["direct", "group", "channel", "organization"]
    client_id: ClientId | None = None
    member_ids: list[ExternalId] = Field(default_factory=list, max_length=MAX_MEMBERS_A_CALL)
    tenant_id: ExternalId | None = None
    name: RoomName | None = None
    space_id: ExternalId | None = None


class ListRooms(Input):
    """``room.list``: one's rooms, newest activity first."""

    cursor: Cursor | None = None
    limit: Limit = 50


class OneRoom(Input):
    """``room.get`` and ``room.leave``."""

    room_id: OwnId


class UpdateRoom(Input):
    """``room.update``: change the name."""

    room_id: OwnId
    name: RoomName | None = None


class MuteRoom(Input):
    """``room.mute``: for the caller only."""

    room_id: OwnId
    muted: bool


class AddMember(Input):
    """``room.addMember``; also changes a member's role."""

    room_id: OwnId
    user_id: ExternalId
    role: Literal["owner", "member"] | None = None


class RemoveMember(Input):
    """``room.removeMember``: the one removed hears ``room:removed``."""

    room_id: OwnId
    user_id: ExternalId


class Heartbeat(Input):
    """``presence.heartbeat``: renews the connection's lease."""

    status: Literal["online", "away"] = "online"


class ListPresence(Input):
    """``presence.list``: everyone not offline, or exactly the named users."""

    user_ids: Annotated[list[ExternalId], Field(max_length=MAX_USER_IDS)] | None = None
    tenant_id: ExternalId | None = None
    cursor: Cursor | None = None


class SubscribePresence(Input):
    """``presence.subscribe``: replaces the set of people to hear of."""

    user_ids: Annotated[list[ExternalId], Field(max_length=MAX_USER_IDS)]
    tenant_id: ExternalId | None = None


class RoomCursor(Input):
    """How far a client has a room."""

    seq: Seq = 0
    rev: Seq = 0


class StartSync(Input):
    """``sync.start``: everything that changed since these cursors."""

    rooms: dict[ShortId, RoomCursor] = Field(default_factory=dict, max_length=MAX_SYNC_ROOMS)
    cursor: Cursor | None = None


OPERATIONS: dict[str, type[Input]] = {
    "message.send": SendMessage,
    "message.edit": EditMessage,
    "message.delete": DeleteMessage,
    "message.react": ReactToMessage,
    "message.history": ReadHistory,
    "receipt.delivered": MoveCursor,
    "receipt.read": MoveCursor,
    "typing.start": Typing,
    "typing.stop": Typing,
    "room.create": CreateRoom,
    "room.list": ListRooms,
    "room.get": OneRoom,
    "room.update": UpdateRoom,
    "room.leave": OneRoom,
    "room.mute": MuteRoom,
    "room.addMember": AddMember,
    "room.removeMember": RemoveMember,
    "presence.heartbeat": Heartbeat,
    "presence.list": ListPresence,
    "presence.subscribe": SubscribePresence,
    "sync.start": StartSync,
}
ONE_WAY_ACTION = "typing"
