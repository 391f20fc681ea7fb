"""A message, the draft that becomes one, what may change of it, and where a room ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from parley.domain.ids import MessageId, RoomId, TenantId, UserId
from parley.errors import Conflict

PREVIEW_CHARS = 200
MAX_EMOJIS = 20
MAX_PEOPLE_AN_EMOJI = 100
# With the longest ids those would be 1 MB; an item of DynamoDB, body and all, has at most 400 KB.
MAX_REACTIONS_BYTES = 200 * 1_024


class MessageType(StrEnum):
    """Kinds of message (SPEC §4); ``system`` is written by Parley only."""

    TEXT = "text"
    IMAGE = "image"
    DOCUMENT = "document"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a sender asks to be stored; it has no ``seq`` yet.

    Attributes:
        kept_days: For how many days the tenant keeps messages; 0 for ever.
    """

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
    kept_days: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One chat line. A tombstone (``deleted_at`` set) keeps its ``seq`` and has no body.

    Attributes:
        seq: Its number in the room: 1, 2, 3 … without holes.
        rev: The room's change number of its last change; 0 if it was never changed.
        kept_days: For how many days it was to be kept when it was sent; 0 for ever.
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
    kept_days: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a room: its highest ``seq`` ever (0 when empty), and the message that has it.

    There is no message where retention took it.
    """

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
        kept_days=draft.kept_days,
    )


def place_of_gone(
    draft: Draft, message_id: MessageId, seq: int, created_at: datetime, kept_days: int
) -> Message:
    """Return what is known of a draft's first message once it was removed: no word of it."""
    message = message_from(draft, message_id, seq)
    return replace(
        message,
        body=None,
        created_at=created_at,
        kept_days=kept_days,
        reply_to=None,
        mentions=(),
        attachments=(),
    )


def edited(message: Message, body: str, at: datetime) -> Message | None:
    """Return a message with another body, or None if it has this one already.

    Mentions stay: whom a message called was called.

    Raises:
        Conflict: It is a tombstone.
    """
    _refuse_tombstone(message)
    return None if message.body == body else replace(message, body=body, edited_at=at)


def deleted(message: Message, at: datetime) -> Message | None:
    """Return what is left of a message, or None if it is a tombstone already."""
    if message.deleted_at is not None:
        return None
    return replace(message, body=None, mentions=(), attachments=(), reactions={}, deleted_at=at)


def reacted(message: Message, user_id: UserId, emoji: str, *, on: bool) -> Message | None:
    """Return a message with somebody's reaction added or taken away, or None if it is so already.

    People stand in the order in which they reacted.

    Raises:
        Conflict: It is a tombstone, or has as many emojis or people as it may have.
    """
    _refuse_tombstone(message)
    people = message.reactions.get(emoji, ())
    if (user_id in people) is on:
        return None
    reactions = dict(message.reactions)
    reactions[emoji] = (*people, user_id) if on else tuple(u for u in people if u != user_id)
    if not reactions[emoji]:
        del reactions[emoji]
    if on:
        _require_place(reactions, emoji)
    return replace(message, reactions=reactions)


def _require_place(reactions: Mapping[str, tuple[UserId, ...]], emoji: str) -> None:
    if len(reactions) > MAX_EMOJIS or len(reactions[emoji]) > MAX_PEOPLE_AN_EMOJI:
        raise Conflict("reactions full")
    ids = (user_id for people in reactions.values() for user_id in people)
    if sum(len(user_id.encode()) for user_id in ids) > MAX_REACTIONS_BYTES:
        raise Conflict("reactions full")


def _refuse_tombstone(message: Message) -> None:
    if message.deleted_at is not None:
        raise Conflict("message deleted")
