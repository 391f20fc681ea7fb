"""Items and what they mean: domain objects to DynamoDB's typed attributes, and back.

Empty attributes are left out, so that a short message and its marker stay below 1 KB each (one
write unit each, two in a transaction). Times are ISO 8601 with all the precision they have.
Stream records hold attributes in the same form. ``ttl`` (epoch seconds) is DynamoDB's own: it
removes such items within two days behind that moment.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from parley.adapters.dynamodb.layout import MEMBERS, MEMBERSHIPS, MESSAGES, REVISIONS
from parley.adapters.keys import decode
from parley.domain.ids import MessageId, RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Draft, Message, MessageType, place_of_gone
from parley.domain.people import Profile
from parley.domain.retention import stored_until
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, RoomType

# DynamoDB's own wire form: {"name": {"S": "text"}}, {"N": "1"}, {"L": […]}, {"M": {…}}.
Item = dict[str, dict[str, Any]]
Values = Mapping[str, Mapping[str, Any]]


def message_item(message: Message) -> Item:
    """Write a message; tenant, room and ``seq`` are in its key."""
    return _present(
        messageId=text(message.message_id),
        clientId=text(message.client_id),
        senderId=text(message.sender_id),
        senderName=text(message.sender_name),
        type=text(message.type),
        body=text(message.body),
        createdAt=_time(message.created_at),
        rev=number(message.rev or None),
        replyTo=text(message.reply_to),
        mentions=_texts(message.mentions),
        attachments=_texts(message.attachments),
        reactions=_reactions(message.reactions),
        editedAt=_time(message.edited_at),
        deletedAt=_time(message.deleted_at),
        keptDays=number(message.kept_days or None),
        ttl=_removal(message),
    )


def message_of(item: Item, room_id: RoomId) -> Message:
    """Read a message; its ``seq`` is in its key."""
    reply_to = read_text(item, "replyTo")
    return Message(
        message_id=MessageId(item["messageId"]["S"]),
        room_id=room_id,
        seq=seq_of(item),
        client_id=item["clientId"]["S"],
        sender_id=UserId(item["senderId"]["S"]),
        sender_name=item["senderName"]["S"],
        type=MessageType(item["type"]["S"]),
        body=read_text(item, "body"),
        created_at=_read_time(item, "createdAt"),
        rev=read_number(item, "rev"),
        reply_to=MessageId(reply_to) if reply_to is not None else None,
        mentions=tuple(UserId(user) for user in _read_texts(item, "mentions")),
        attachments=tuple(_read_texts(item, "attachments")),
        reactions=_read_reactions(item),
        edited_at=read_moment(item, "editedAt"),
        deleted_at=read_moment(item, "deletedAt"),
        kept_days=read_number(item, "keptDays"),
    )


def seq_of(item: Item) -> int:
    """Read a message's ``seq`` from its key."""
    return int(item["sk"]["S"].removeprefix(MESSAGES))


def marker_item(message: Message) -> Item:
    """Write what a repeated send needs to know when the message itself is gone.

    It has no ``ttl``: a message is stored once in the life of its room (SPEC §5.2).
    """
    return _present(
        seq=number(message.seq),
        messageId=text(message.message_id),
        createdAt=_time(message.created_at),
        keptDays=number(message.kept_days or None),
    )


def marked_message(marker: Item, draft: Draft) -> Message:
    """Return what is known of a message that was removed: its place, by the marker."""
    return place_of_gone(
        draft,
        MessageId(marker["messageId"]["S"]),
        read_number(marker, "seq"),
        _read_time(marker, "createdAt"),
        read_number(marker, "keptDays"),
    )


def room_item(room: Room) -> Item:
    """Write a room; its ids are in its key."""
    return _present(
        type=text(room.type),
        name=text(room.name),
        spaceId=text(room.space_id),
        createdBy=text(room.created_by),
        createdAt=_time(room.created_at),
        memberCount=number(room.member_count),
        rev=number(room.rev or None),
    )


def room_of(item: Item, tenant_id: TenantId, room_id: RoomId) -> Room:
    """Read a room."""
    space_id = read_text(item, "spaceId")
    return Room(
        room_id=room_id,
        tenant_id=tenant_id,
        type=RoomType(item["type"]["S"]),
        created_by=UserId(item["createdBy"]["S"]),
        created_at=_read_time(item, "createdAt"),
        member_count=read_number(item, "memberCount"),
        name=read_text(item, "name"),
        space_id=SpaceId(space_id) if space_id is not None else None,
        rev=read_number(item, "rev"),
    )


def member_item(member: Member) -> Item:
    """Write a member; the id is in its key."""
    return _present(role=text(member.role), joinedAt=_time(member.joined_at))


def member_of(item: Item) -> Member:
    """Read a member."""
    return Member(
        user_id=UserId(decode(item["sk"]["S"].removeprefix(MEMBERS))),
        role=MemberRole(item["role"]["S"]),
        joined_at=_read_time(item, "joinedAt"),
    )


def membership_item(membership: Membership, home: TenantId) -> Item:
    """Write a room from a user's side; the ids are in its key, a cursor at 0 is left out."""
    elsewhere = membership.tenant_id if membership.tenant_id != home else None
    return _present(
        role=text(membership.role),
        joinedAt=_time(membership.joined_at),
        roomTenantId=text(elsewhere),
        spaceId=text(membership.space_id),
        deliveredSeq=number(membership.cursor.delivered_seq or None),
        readSeq=number(membership.cursor.read_seq or None),
    )


def membership_of(item: Item, home: TenantId, user_id: UserId) -> Membership:
    """Read a room from a user's side."""
    tenant_id, space_id = read_text(item, "roomTenantId"), read_text(item, "spaceId")
    return Membership(
        room_id=RoomId(decode(item["sk"]["S"].removeprefix(MEMBERSHIPS))),
        tenant_id=TenantId(tenant_id) if tenant_id is not None else home,
        user_id=user_id,
        role=MemberRole(item["role"]["S"]),
        joined_at=_read_time(item, "joinedAt"),
        cursor=cursor_of(item),
        muted=bool(item.get("muted", {}).get("BOOL", False)),
        space_id=SpaceId(space_id) if space_id is not None else None,
    )


def revision_item(revision: Revision, announcement: Message | None = None) -> Item:
    """Write what a room's log says of a change; its ``rev`` is in its key.

    It is removed with the message that it is about.
    """
    about = revision.message or announcement
    return _present(
        seq=number(revision.message.seq if revision.message else None),
        ttl=_removal(about) if about else None,
    )


def revision_of(item: Item) -> LoggedRevision:
    """Read an entry of a room's log of changes."""
    rev = int(item["sk"]["S"].removeprefix(REVISIONS))
    return LoggedRevision(rev, read_number(item, "seq") or None)


def cursor_of(item: Item) -> Cursor:
    """Read a cursor. Each of its two numbers moves by itself; reading implies delivered."""
    read_seq = read_number(item, "readSeq")
    return Cursor(max(read_number(item, "deliveredSeq"), read_seq), read_seq)


def profile_item(profile: Profile) -> Item:
    """Write a profile; its ids are in its key."""
    return _present(
        name=text(profile.name),
        picture=text(profile.picture),
        role=text(profile.role),
        email=text(profile.email),
        hidesReads={"BOOL": True} if profile.hides_reads else None,
    )


def profile_of(item: Item, home: TenantId, user_id: UserId) -> Profile:
    """Read a profile."""
    return Profile(
        tenant_id=home,
        user_id=user_id,
        name=read_text(item, "name"),
        picture=read_text(item, "picture"),
        role=read_text(item, "role"),
        email=read_text(item, "email"),
        hides_reads=bool(item.get("hidesReads", {}).get("BOOL", False)),
    )


def ticket_item(claims: Mapping[str, str], expires_at: int) -> Item:
    """Write a ticket; DynamoDB removes it some time after its end."""
    return {
        "claims": {"M": {name: {"S": value} for name, value in claims.items()}},
        "ttl": {"N": str(expires_at)},
    }


def claims_of(item: Item) -> dict[str, str]:
    """Read a ticket's claims."""
    return {name: value["S"] for name, value in item["claims"]["M"].items()}


def text(value: str | None) -> dict[str, Any] | None:
    """Write a text; an empty one stays, None is left out."""
    return None if value is None else {"S": str(value)}


def number(value: int | None) -> dict[str, Any] | None:
    """Write a whole number."""
    return None if value is None else {"N": str(value)}


def read_text(item: Item, name: str) -> str | None:
    """Read a text that may be left out."""
    return item[name]["S"] if name in item else None


def read_number(item: Item, name: str) -> int:
    """Read a whole number; 0 where it is left out."""
    return int(item[name]["N"]) if name in item else 0


def read_moment(item: Item, name: str) -> datetime | None:
    """Read a time that may be left out."""
    return _read_time(item, name) if name in item else None


def _present(**attributes: dict[str, Any] | None) -> Item:
    return {name: value for name, value in attributes.items() if value is not None}


def _removal(message: Message) -> dict[str, Any] | None:
    if not message.kept_days:
        return None
    return number(math.ceil(stored_until(message.created_at, message.kept_days).timestamp()))


def _time(value: datetime | None) -> dict[str, Any] | None:
    return None if value is None else {"S": value.isoformat()}


def _read_time(item: Item, name: str) -> datetime:
    return datetime.fromisoformat(item[name]["S"])


def _texts(values: Iterable[str]) -> dict[str, Any] | None:
    # A list, not a set: the order is the sender's.
    listed = [{"S": value} for value in values]
    return {"L": listed} if listed else None


def _read_texts(item: Item, name: str) -> list[str]:
    return [value["S"] for value in item[name]["L"]] if name in item else []


def _reactions(reactions: Mapping[str, Iterable[str]]) -> dict[str, Any] | None:
    if not reactions:
        return None
    return {"M": {emoji: {"L": [{"S": u} for u in users]} for emoji, users in reactions.items()}}


def _read_reactions(item: Item) -> dict[str, tuple[UserId, ...]]:
    if "reactions" not in item:
        return {}
    listed = item["reactions"]["M"].items()
    return {emoji: tuple(UserId(user["S"]) for user in users["L"]) for emoji, users in listed}
