"""Where each thing is in the table. Ids are encoded, so that no two things share a key.

========================  ====================================  ================================
partition key ``pk``      sort key ``sk``                       what
========================  ====================================  ================================
``T#<tenant>#R#<room>``   ``META``                              the room
..                        ``M#<user>``                          a member
..                        ``S#<seq, 16 digits>``                a message
..                        ``S$END``                             the room's end, if messages expire
..                        ``K#<sender>#<client id>``            a marker; outlives its message
..                        ``V#<rev, 16 digits>``                what changed with this ``rev``
..                        ``CREATING``                          who may make a large room
``T#<home>#U#<user>``     ``R#<room>``                          the user's side of a room
..                        ``PROFILE``, ``REVOKED``              what a token said; since when not
``T#<tenant>``            ``SETTINGS``                          limits of its own
..                        ``C#<space>#<room>``, ``O#<room>``    how its open rooms are found
``T#<tenant>#W``          ``<word>#<user>``                     the directory: who has this word
``TENANTS``               ``<tenant>``                          somebody of it was seen
``DEPLOYMENT``            ``CURSORS``                           the key that seals cursors
..                        ``CLEARING``                          how far old messages are limited
``K#<SHA-256>``           ``TICKET``                            a ticket
========================  ====================================  ================================

The home of a user is his tenant; that of a manage user is always ``@manage``, so that his own
records are in one partition whatever tenant a room belongs to. The longest keys (ids of 128
four-byte characters) have 1,033 of 2,048 bytes (``pk``) and 779 of 1,024 bytes (``sk``).
"""

from typing import NamedTuple

from parley.adapters.keys import decode, encode
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId

SEQ_DIGITS = 16
MAX_SEQ = 10**SEQ_DIGITS - 1

MEMBERS = "M#"
MEMBERSHIPS = "R#"
# Those with ``domain.ids.counts_for_limit``: channels (``c-``) sort before all of the others
# (``d-``, ``g-``, ``m-``), and organization rooms (``o-``) behind.
COUNTED_MEMBERSHIPS = ("R#d", "R#n")
MESSAGES = "S#"
# Right behind all messages, so that one query from the upper end finds it and the last of them.
END = "S$END"
REVISIONS = "V#"
CHANNELS = "C#"
ORGANIZATIONS = "O#"
TENANTS = "TENANTS"


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


def end_key(tenant_id: TenantId, room_id: RoomId) -> Key:
    """Return the key of what outlives a room's messages."""
    return Key(room_partition(tenant_id, room_id), END)


def marker_key(tenant_id: TenantId, room_id: RoomId, sender_id: UserId, client_id: str) -> Key:
    """Return the key of the marker that makes a send happen once."""
    sort_key = f"K#{encode(sender_id)}#{encode(client_id)}"
    return Key(room_partition(tenant_id, room_id), sort_key)


def revision_key(tenant_id: TenantId, room_id: RoomId, rev: int) -> Key:
    """Return the key of an entry in a room's log of changes."""
    return Key(room_partition(tenant_id, room_id), revision_sort_key(rev))


def revision_sort_key(rev: int) -> str:
    """Return a sort key that sorts as the number does."""
    return f"{REVISIONS}{rev:0{SEQ_DIGITS}}"


def claim_key(tenant_id: TenantId, room_id: RoomId) -> Key:
    """Return the key of the claim to make a room that one transaction cannot hold."""
    return Key(room_partition(tenant_id, room_id), "CREATING")


def tenant_partition(tenant_id: TenantId) -> str:
    """Return the partition of what a tenant has as a whole."""
    return f"T#{encode(tenant_id)}"


def channels_prefix(space_id: SpaceId) -> str:
    """Return what the keys of a space's channels start with."""
    return f"{CHANNELS}{encode(space_id)}#"


def channel_key(tenant_id: TenantId, space_id: SpaceId, room_id: RoomId) -> Key:
    """Return the key by which a channel is found."""
    return Key(tenant_partition(tenant_id), channels_prefix(space_id) + encode(room_id))


def organization_key(tenant_id: TenantId, room_id: RoomId) -> Key:
    """Return the key by which an organization room is found."""
    return Key(tenant_partition(tenant_id), ORGANIZATIONS + encode(room_id))


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
    return Key(TENANTS, encode(tenant_id))


def directory_partition(tenant_id: TenantId) -> str:
    """Return the partition in which a tenant's people are found by their words."""
    return f"T#{encode(tenant_id)}#W"


def word_key(tenant_id: TenantId, word: str, user_id: UserId) -> Key:
    """Return the key of one of somebody's words; everybody also has the empty one."""
    return Key(directory_partition(tenant_id), f"{encode(word)}#{encode(user_id)}")


def word_of(sort_key: str) -> tuple[str, UserId]:
    """Return the word, and whose it is."""
    word, _, user_id = sort_key.partition("#")
    return decode(word), UserId(decode(user_id))


def settings_key(tenant_id: TenantId) -> Key:
    """Return the key of what a tenant set for itself."""
    return Key(tenant_partition(tenant_id), "SETTINGS")


def cursor_key() -> Key:
    """Return the key of the deployment's own key."""
    return Key("DEPLOYMENT", "CURSORS")


def clearing_key() -> Key:
    """Return the key of how far the clearing of old messages is."""
    return Key("DEPLOYMENT", "CLEARING")


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
