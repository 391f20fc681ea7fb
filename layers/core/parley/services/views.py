"""Domain objects as clients see them (SPEC §4). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from parley.domain.ids import TenantId, UserId
from parley.domain.messages import PREVIEW_CHARS, Head, Message
from parley.domain.people import Caller, Profile
from parley.domain.presence import Seen
from parley.domain.rooms import Cursor, MemberRole, Membership, Room, unread
from parley.domain.text import cut
from parley.protocol import frames
from parley.protocol.views import (
    MemberView,
    MessageView,
    MeView,
    MyRoomView,
    PersonView,
    RoomView,
    SeenView,
)

# A page or event leaves room for its envelope below the 30 KB of SPEC §3.
PAGE_BYTES = frames.MAX_SENT_BYTES - 1_024
# One message fits a page of any reply, beside that reply's fixed fields.
MESSAGE_BYTES = 24 * 1_024
PREVIEW_BYTES = 4 * 1_024
# What is left for the members of a room beside its other fields, with ids of the greatest length.
MEMBERS_BYTES = 22 * 1_024


def message_view(message: Message, max_bytes: int = MESSAGE_BYTES) -> MessageView:
    """Show a message; one over so many bytes is cut and says so (SPEC §6).

    Reactions go first, then mentions, each only where the rest would leave little of the text.
    """
    view = _message_view(message, message.body)
    if frames.size_bytes(view) <= max_bytes:
        return view
    for lighter in (replace(message, reactions={}), _without_lists(message)):
        if _size_without_body(message) > max_bytes // 2:
            message = lighter
    whole = _message_view(message, message.body, truncated=True)
    excess = frames.size_bytes(whole) - max_bytes
    if excess <= 0 or message.body is None:
        return whole
    # Escaping only adds bytes, so that so many less of the text are at least so many less of JSON.
    kept = message.body.encode()[:-excess].decode(errors="ignore")
    return _message_view(message, kept, truncated=True)


def preview_view(message: Message) -> MessageView:
    """Show a message as a room's last one: its body cut to 200 characters."""
    body = None if message.body is None else cut(message.body, PREVIEW_CHARS)
    view = _message_view(message, body)
    if frames.size_bytes(view) <= PREVIEW_BYTES:
        return view
    return _message_view(_without_lists(message), body, truncated=True)


def _size_without_body(message: Message) -> int:
    return frames.size_bytes(_message_view(message, None))


def _without_lists(message: Message) -> Message:
    return replace(message, mentions=(), reactions={})


def _message_view(message: Message, body: str | None, *, truncated: bool = False) -> MessageView:
    return MessageView(
        message_id=message.message_id,
        room_id=message.room_id,
        seq=message.seq,
        rev=message.rev,
        client_id=message.client_id,
        sender_id=message.sender_id,
        sender_name=message.sender_name,
        type=message.type.value,
        body=body,
        attachments=list(message.attachments),
        reply_to=message.reply_to,
        mentions=list(message.mentions),
        reactions={emoji: list(users) for emoji, users in message.reactions.items()},
        created_at=message.created_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
        truncated=truncated,
    )


def room_view(
    room: Room,
    head: Head,
    members: list[MemberView] | None = None,
    me: MyRoomView | None = None,
) -> RoomView:
    """Show a room."""
    last = head.last_message
    return RoomView(
        room_id=room.room_id,
        tenant_id=room.tenant_id,
        type=room.type.value,
        name=room.name,
        space_id=room.space_id,
        created_by=room.created_by,
        created_at=room.created_at,
        last_seq=head.last_seq,
        rev=room.rev,
        last_message=None if last is None else preview_view(last),
        member_count=room.member_count,
        members=members,
        me=me,
    )


def my_room_view(membership: Membership, last_seq: int) -> MyRoomView:
    """Show a room from the caller's side."""
    return MyRoomView(
        read_seq=membership.cursor.read_seq,
        delivered_seq=membership.cursor.delivered_seq,
        unread=unread(membership.cursor, last_seq),
        muted=membership.muted,
        role=membership.role.value,
    )


def member_views(
    members: Iterable[tuple[UserId, MemberRole]],
    cursors: Mapping[UserId, Cursor],
    profiles: Mapping[UserId, Profile],
    viewer: UserId | None = None,
) -> list[MemberView]:
    """Show members in the given order; one who never connected goes by their id.

    What somebody has read whose read receipts are off only they see themselves: ``viewer``, who
    is None where the same view goes to several people.
    """
    return [
        _member_view(user_id, role, cursors.get(user_id, Cursor()), profiles.get(user_id), viewer)
        for user_id, role in members
    ]


def _member_view(
    user_id: UserId,
    role: MemberRole,
    cursor: Cursor,
    profile: Profile | None,
    viewer: UserId | None,
) -> MemberView:
    is_hidden = profile is not None and profile.hides_reads and user_id != viewer
    return MemberView(
        user_id=user_id,
        name=_name(user_id, profile),
        role=role.value,
        delivered_seq=cursor.delivered_seq,
        read_seq=0 if is_hidden else cursor.read_seq,
    )


def person_view(tenant_id: TenantId, seen: Seen, profile: Profile | None = None) -> PersonView:
    """Show a person and their presence; what the cache does not know comes from the profile."""
    return PersonView(
        user_id=seen.user_id,
        tenant_id=tenant_id,
        name=seen.name or _name(seen.user_id, profile),
        picture=seen.picture or (profile.picture if profile else None),
        role=seen.role or (profile.role if profile else None),
        status=seen.status.value,
        last_seen_at=seen.last_seen_at,
    )


def seen_view(seen: Seen, tenant_id: TenantId | None = None) -> SeenView:
    """Show a presence change; with the tenant for manage scope."""
    return SeenView(
        user_id=seen.user_id,
        status=seen.status.value,
        last_seen_at=seen.last_seen_at,
        name=seen.name or seen.user_id,
        tenant_id=tenant_id,
    )


def me_view(caller: Caller) -> MeView:
    """Show the caller to themselves."""
    return MeView(
        user_id=caller.user_id,
        tenant_id=caller.tenant_id,
        name=caller.name,
        role=caller.role,
        scope=caller.scope.value,
    )


def activity(membership: Membership, head: Head) -> datetime:
    """Return when something last happened in a room, for sorting room lists."""
    moment = head.last_message.created_at if head.last_message else membership.joined_at
    return moment.astimezone(UTC)


def _name(user_id: UserId, profile: Profile | None) -> str:
    return profile.name if profile and profile.name else user_id
