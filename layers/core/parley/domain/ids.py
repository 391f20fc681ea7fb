"""Ids: their types, which ones are well formed, and those that follow from others (SPEC §1)."""

import hashlib
import re
import secrets
import unicodedata
from typing import NewType

from parley.domain.text import has_control_characters

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
MessageId = NewType("MessageId", str)
ConnectionId = NewType("ConnectionId", str)
SpaceId = NewType("SpaceId", str)

MAX_EXTERNAL_ID_CHARS = 128
MAX_CLIENT_ID_CHARS = 64
MANAGE_PREFIX = "@manage/"
MANAGE_TENANT = TenantId("@manage")

_OWN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
# 160 bits: more than anybody can collide, and short enough that the 400 rooms of a `sync.start`
# fit a frame of 32 KB.
_DIGEST_CHARS = 32
_TAG_CHARS = 13
_SEQ_CHARS = 11
_RANDOM_CHARS = 10


def is_external_id(value: str, max_chars: int = MAX_EXTERNAL_ID_CHARS) -> bool:
    """Tell whether a user, tenant, space or client id is well formed: NFC, no controls, bounded."""
    return (
        0 < len(value) <= max_chars
        and unicodedata.is_normalized("NFC", value)
        and not has_control_characters(value)
    )


def is_own_id(value: str) -> bool:
    """Tell whether a room, message or attachment id could be one of ours."""
    return _OWN_ID.fullmatch(value) is not None


def manage_user_id(subject: str) -> UserId:
    """Return the user id of a super admin in manage scope, whatever tenant the token names."""
    return UserId(MANAGE_PREFIX + subject)


def is_manage_user(user_id: str) -> bool:
    """Tell whether this id is one of manage scope; no token subject may start with ``@``."""
    return user_id.startswith(MANAGE_PREFIX)


def home_of(tenant_id: TenantId, user_id: UserId) -> TenantId:
    """Return where the own records of somebody live who is in a room of this tenant."""
    return MANAGE_TENANT if is_manage_user(user_id) else tenant_id


def direct_room_id(tenant_id: TenantId, one: UserId, other: UserId) -> RoomId:
    """Return the id of the room of two people: the same whoever asks first (SPEC §4).

    A room with somebody of manage scope is marked, so that `relay` knows from the id alone that
    it concerns the manage partition too.
    """
    prefix = "m-" if is_manage_user(one) or is_manage_user(other) else "d-"
    return RoomId(prefix + _digest(tenant_id, *sorted((one, other))))


def concerns_manage(room_id: RoomId) -> bool:
    """Tell whether somebody of manage scope is in this room."""
    return room_id.startswith("m-")


def created_room_id(tenant_id: TenantId, creator: UserId, kind: str, client_id: str) -> RoomId:
    """Return the id that a retried ``room.create`` gets again."""
    return RoomId(f"{kind[0]}-" + _digest(tenant_id, creator, kind, client_id))


def counts_for_limit(room_id: RoomId) -> bool:
    """Tell whether a room takes one of a person's places: not one that all are in unasked."""
    return not room_id.startswith(("c-", "o-"))


def space_tag(space_id: SpaceId) -> str:
    """Return a short name of a space for what is stored with each connection; 65 bits."""
    return _digest(space_id)[:_TAG_CHARS]


def newcomers_id(space_id: SpaceId | None) -> RoomId:
    """Return what stands in the log of changes for "a channel of this space is new".

    It is no room's id: people who may see the new room are told to sync. None: an organization
    room.
    """
    return RoomId(f"new-{space_tag(space_id)}" if space_id is not None else "new")


def joined_id(user_id: UserId) -> RoomId:
    """Return what stands in the log of changes for "this person is in another room now"."""
    return RoomId(f"in-{_digest(user_id)[:_TAG_CHARS]}")


def left_id(user_id: UserId) -> RoomId:
    """Return what stands in the log of changes for "this person is out of a room now"."""
    return RoomId(f"out-{_digest(user_id)[:_TAG_CHARS]}")


def is_sign(room_id: RoomId) -> bool:
    """Tell whether this stands for something else in the log of changes, and is no room's id."""
    return room_id == newcomers_id(None) or room_id.startswith(("new-", "in-", "out-"))


def random_room_id(kind: str) -> RoomId:
    """Return a room id that follows from nothing."""
    return RoomId(f"{kind[0]}-" + _base32(secrets.randbits(5 * _DIGEST_CHARS), _DIGEST_CHARS))


def new_message_id(seq: int) -> MessageId:
    """Return an id that sorts like ``seq`` in its room and leads back to it."""
    return MessageId(_base32(seq, _SEQ_CHARS) + _base32(secrets.randbits(50), _RANDOM_CHARS))


def seq_of_message_id(message_id: str) -> int | None:
    """Return the ``seq`` that a message id leads to, or None if it is not one of ours."""
    if len(message_id) != _SEQ_CHARS + _RANDOM_CHARS or not set(message_id) <= set(_BASE32):
        return None
    seq = 0
    for char in message_id[:_SEQ_CHARS]:
        seq = seq * 32 + _BASE32.index(char)
    return seq


def _digest(*parts: str) -> str:
    # Each part is preceded by its length, so that no two tuples give the same bytes.
    encoded = [part.encode() for part in parts]
    framed = b"".join(len(part).to_bytes(4) + part for part in encoded)
    return _base32(int.from_bytes(hashlib.sha256(framed).digest()), _DIGEST_CHARS)


def _base32(number: int, width: int) -> str:
    chars = []
    for _ in range(width):
        number, digit = divmod(number, 32)
        chars.append(_BASE32[digit])
    return "".join(reversed(chars))
