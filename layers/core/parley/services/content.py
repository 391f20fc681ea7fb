"""What a message may say, and whom and what it may refer to (SPEC §6)."""

from collections.abc import Collection

from parley.domain.ids import UserId, is_own_id, seq_of_message_id
from parley.domain.messages import Message
from parley.domain.rooms import Room, Roster
from parley.domain.text import (
    MAX_COMPOSED_CHARS,
    has_refused_controls,
    is_grapheme,
    normalized,
    trimmed,
)
from parley.errors import InvalidInput, NotFound, PayloadTooLarge
from parley.ports import MessageStore, RoomStore

# Beside `body_max_chars`, which counts characters of up to 4 bytes.
MAX_BODY_BYTES = 100 * 1_024
MAX_EMOJI_BYTES = 32


def accepted_body(text: str, max_chars: int) -> str:
    """Return a body as it is stored: trimmed and in NFC; it may be empty.

    Raises:
        InvalidInput: It holds a control character.
        PayloadTooLarge: It has over ``max_chars`` characters or 100 KB in UTF-8.
    """
    body = trimmed(text)
    # What is too long however it is composed is not composed.
    if len(body) <= MAX_COMPOSED_CHARS * max_chars:
        body = normalized(body)
    if len(body) > max_chars:
        raise PayloadTooLarge(f"body over {max_chars} characters")
    if has_refused_controls(body):
        raise InvalidInput.at("data.body", "holds a control character")
    if len(body.encode()) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"body over {MAX_BODY_BYTES} bytes")
    return body


def refuse_empty(body: str, attachments: Collection[str]) -> None:
    """Refuse a message that would say and show nothing."""
    if not body and not attachments:
        raise InvalidInput.at("data.body", "must not be empty")


def accepted_emoji(text: str) -> str:
    """Return an emoji as it is stored; `InvalidInput` unless it is one grapheme of 32 bytes."""
    emoji = normalized(text)
    if not is_grapheme(emoji) or len(emoji.encode()) > MAX_EMOJI_BYTES:
        raise InvalidInput.at("data.emoji", f"must be one emoji of at most {MAX_EMOJI_BYTES} bytes")
    return emoji


def require_message(messages: MessageStore, room: Room, message_id: str) -> Message:
    """Return the message of this id, whose place in the room follows from it; `NotFound` if none.

    One read.
    """
    seq = seq_of_message_id(message_id) if is_own_id(message_id) else None
    message = messages.get(room.tenant_id, room.room_id, seq) if seq else None
    if message is None or message.message_id != message_id:
        raise NotFound("message")
    return message


def require_members(rooms: RoomStore, roster: Roster, user_ids: Collection[str]) -> None:
    """Refuse mentions of people who are not in the room.

    Anybody of the tenant may be mentioned in an open one: who is in it follows from tokens. One
    read for those who are not on the roster, which may be partial.
    """
    if roster.room.is_open:
        return
    named = {UserId(user_id) for user_id in user_ids} - roster.members.keys()
    if named:
        room = roster.room
        named -= rooms.members(room.tenant_id, room.room_id, named).keys()
    if named:
        raise InvalidInput.at("data.mentions", "names somebody who is not a member")
