"""A message, the draft that becomes one, and where a room ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from parley.domain.ids import MessageId, RoomId, TenantId, UserId

PREVIEW_CHARS = 200


class MessageType(StrEnum):
    """Kinds of message (SPEC §4); ``system`` is written by Parley only."""

    TEXT = "text"
    IMAGE = "image"
    DOCUMENT = "document"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a sender asks to be stored; it has no ``seq`` yet."""

    tenant_id: TenantId
    room_id: RoomId
    client_id: str
    sender_id: UserId
    sender_name: str
    type: MessageType
    body: str
    created_at: datetime
    reply_to: MessageId | None = None
    mentions: tuple[UserId, ...] = ()
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One chat line. A tombstone (``deleted_at`` set) keeps its ``seq`` and has no body.

    Attributes:
        seq: Its number in the room: 1, 2, 3 … without holes.
        rev: The room's change number of its last change; 0 if it was never changed.
    """

    message_id: MessageId
    room_id: RoomId
    seq: int
    client_id: str
    sender_id: UserId
    sender_name: str
    type: MessageType
    body: str | None
    created_at: datetime
    rev: int = 0
    reply_to: MessageId | None = None
    mentions: tuple[UserId, ...] = ()
    attachments: tuple[str, ...] = ()
    reactions: Mapping[str, tuple[UserId, ...]] = field(default_factory=dict)
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a room: its highest ``seq`` (0 when empty) and the message that has it."""

    last_seq: int
    last_message: Message | None = None


EMPTY_HEAD = Head(0)


def message_from(draft: Draft, message_id: MessageId, seq: int) -> Message:
    """Give a draft its place in the room."""
    return Message(
        message_id=message_id,
        room_id=draft.room_id,
        seq=seq,
        client_id=draft.client_id,
        sender_id=draft.sender_id,
        sender_name=draft.sender_name,
        type=draft.type,
        body=draft.body,
        created_at=draft.created_at,
        reply_to=draft.reply_to,
        mentions=draft.mentions,
        attachments=draft.attachments,
    )
