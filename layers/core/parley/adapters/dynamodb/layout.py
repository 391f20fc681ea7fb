"""Where each thing is in the table. Ids are encoded, so that no two things share a key.

========================  ====================================  ================================
partition key ``pk``      sort key ``sk``                       what
========================  ====================================  ================================
``T#<tenant>#R#<room>``   ``META``                              the room
..                        ``M#<user>``                          a member
..                        ``S#<seq, 16 digits>``                a message
..                        ``K#<sender>#<client id>``            a marker; outlives its message
``T#<home>#U#<user>``     ``R#<room>``                          the user's side of a room
..                        ``PROFILE``, ``REVOKED``              what a token said; since when not
``T#<tenant>``            ``TENANT``, ``SETTINGS``              somebody was seen; own limits
``DEPLOYMENT``            ``CURSORS``                           the key that seals cursors
``K#<SHA-256>``           ``TICKET``                            a ticket
========================  ====================================  ================================

The home of a user is his tenant; that of a manage user is always ``@manage``, so that his own
records are in one partition whatever tenant a room belongs to. The longest keys (ids of 128
four-byte characters) have 1,033 of 2,048 bytes (``pk``) and 779 of 1,024 bytes (``sk``).
"""

from typing import NamedTuple

from parley.adapters.keys import decode, encode
from parley.domain.ids import RoomId, TenantId, UserId

SEQ_DIGITS = 16
MAX_SEQ = 10**SEQ_DIGITS - 1

MEMBERS = "M#"
MEMBERSHIPS = "R#"
MESSAGES = "S#"


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


def room_partition(tenant_id: TenantId, room_id: RoomId) -> str:
    """Return the partition of a room, its members and messages."""
    return f"T#{encode(tenant_id)}#R#{encode(room_id)}"


def user_partition(home: TenantId, user_id: UserId) -> str:
    """Return the partition of a user's own records."""
    return f"T#{encode(home)}#U#{encode(user_id)}"


def room_key(tenant_id: TenantId, room_id: RoomId) -> Key:
    """Return the key of a room."""
    return Key(room_partition(tenant_id, room_id), "META")


def member_key(tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> Key:
    """Return the key of a member of a room."""
    return Key(room_partition(tenant_id, room_id), MEMBERS + encode(user_id))


def message_key(tenant_id: TenantId, room_id: RoomId, seq: int) -> Key:
    """Return the key of a message."""
    return Key(room_partition(tenant_id, room_id), message_sort_key(seq))


def message_sort_key(seq: int) -> str:
    """Return a sort key that sorts as the number does."""
    return f"{MESSAGES}{seq:0{SEQ_DIGITS}}"


def marker_key(tenant_id: TenantId, room_id: RoomId, sender_id: UserId, client_id: str) -> Key:
    """Return the key of the marker that makes a send happen once."""
    sort_key = f"K#{encode(sender_id)}#{encode(client_id)}"
    return Key(room_partition(tenant_id, room_id), sort_key)


def membership_key(home: TenantId, user_id: UserId, room_id: RoomId) -> Key:
    """Return the key of a room from a user's side."""
    return Key(user_partition(home, user_id), MEMBERSHIPS + encode(room_id))


def profile_key(home: TenantId, user_id: UserId) -> Key:
    """Return the key of a profile."""
    return Key(user_partition(home, user_id), "PROFILE")


def revoked_key(home: TenantId, user_id: UserId) -> Key:
    """Return the key of a user's revocation."""
    return Key(user_partition(home, user_id), "REVOKED")


def tenant_key(tenant_id: TenantId) -> Key:
    """Return the key of what says that a tenant exists."""
    return Key(f"T#{encode(tenant_id)}", "TENANT")


def settings_key(tenant_id: TenantId) -> Key:
    """Return the key of what a tenant set for itself."""
    return Key(f"T#{encode(tenant_id)}", "SETTINGS")


def cursor_key() -> Key:
    """Return the key of the deployment's own key."""
    return Key("DEPLOYMENT", "CURSORS")


def ticket_key(digest: str) -> Key:
    """Return the key of a ticket."""
    return Key(f"K#{encode(digest)}", "TICKET")


def room_of_partition(pk: str) -> tuple[TenantId, RoomId] | None:
    """Return whose room a partition holds, or None where it is not one of a room."""
    parts = pk.split("#")
    if len(parts) != 4 or parts[2] != "R":
        return None
    return TenantId(decode(parts[1])), RoomId(decode(parts[3]))


def user_of_partition(pk: str) -> tuple[TenantId, UserId] | None:
    """Return whose records a partition holds, or None where it is not one of a user."""
    parts = pk.split("#")
    if len(parts) != 4 or parts[2] != "U":
        return None
    return TenantId(decode(parts[1])), UserId(decode(parts[3]))
