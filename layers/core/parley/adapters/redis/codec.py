"""Values as Redis holds them: JSON texts, times in epoch milliseconds. Pure."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from parley.adapters.millis import from_ms, to_ms
from parley.domain.ids import (
    ConnectionId,
    MessageId,
    RoomId,
    SpaceId,
    TenantId,
    UserId,
    space_tag,
)
from parley.domain.messages import Message, MessageType
from parley.domain.people import Caller, Profile
from parley.domain.presence import (
    Lease,
    PresenceRules,
    Seen,
    Status,
    Target,
    effective_status,
)
from parley.domain.rooms import MemberRole, Room, RoomType, Roster


def dumps(value: object) -> str:
    """Return compact JSON; text stays UTF-8, which is a third of its escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def roster_to_json(roster: Roster) -> str:
    """Encode a roster. Scripts read ``members``, ``room.count`` and an open room's ``tag``."""
    room = roster.room
    fields = {
        "id": room.room_id,
        "type": room.type,
        "by": room.created_by,
        "at": to_ms(room.created_at),
        "count": room.member_count,
        "name": room.name,
        "space": room.space_id,
    }
    tag = open_tag(room)
    if tag is not None:
        fields["tag"] = tag
    return dumps({"rev": room.rev, "room": fields, "members": dict(roster.members)})


def open_tag(room: Room) -> str | None:
    """Return whose connections an open room's are: by the tag of its space, or ``""`` for all's."""
    if not room.is_open:
        return None
    # No token names the empty space: a channel without one is nobody's, not everybody's.
    return "" if room.type is RoomType.ORGANIZATION else space_tag(room.space_id or SpaceId(""))


@lru_cache(maxsize=1_000)
def tags_of(spaces: tuple[SpaceId, ...]) -> str:
    """Return the tags of a token's spaces; all have one length, so that a substring finds one."""
    return " ".join(map(space_tag, spaces))


def roster_from_json(text: str | None, tenant_id: TenantId) -> Roster | None:
    """Decode a roster; None where there is none."""
    if not text:
        return None
    value = json.loads(text)
    fields = value["room"]
    room = Room(
        room_id=RoomId(fields["id"]),
        tenant_id=tenant_id,
        type=RoomType(fields["type"]),
        created_by=UserId(fields["by"]),
        created_at=from_ms(fields["at"]),
        member_count=fields["count"],
        name=fields["name"],
        space_id=SpaceId(fields["space"]) if fields["space"] is not None else None,
        rev=value["rev"],
    )
    members = {UserId(user): MemberRole(role) for user, role in value["members"].items()}
    return Roster(room, members)


def message_to_json(message: Message) -> str:
    """Encode the preview of a message (`adapters.preview`), without what is empty."""
    fields = {
        "id": message.message_id,
        "room": message.room_id,
        "seq": message.seq,
        "client": message.client_id,
        "sender": message.sender_id,
        "name": message.sender_name,
        "type": message.type,
        "body": message.body,
        "at": to_ms(message.created_at),
        "rev": message.rev,
        "reply": message.reply_to,
        "mentions": message.mentions,
        "files": message.attachments,
        "edited": to_ms(message.edited_at) if message.edited_at else None,
        "deleted": to_ms(message.deleted_at) if message.deleted_at else None,
    }
    return dumps({name: value for name, value in fields.items() if value not in (None, ())})


def message_from_json(text: str | None) -> Message | None:
    """Decode a message; None where there is none."""
    if not text:
        return None
    fields: dict[str, Any] = json.loads(text)
    return Message(
        message_id=MessageId(fields["id"]),
        room_id=RoomId(fields["room"]),
        seq=fields["seq"],
        client_id=fields["client"],
        sender_id=UserId(fields["sender"]),
        sender_name=fields["name"],
        type=MessageType(fields["type"]),
        body=fields.get("body"),
        created_at=from_ms(fields["at"]),
        rev=fields["rev"],
        reply_to=fields.get("reply"),
        mentions=tuple(fields.get("mentions", ())),
        attachments=tuple(fields.get("files", ())),
        edited_at=from_ms(fields["edited"]) if "edited" in fields else None,
        deleted_at=from_ms(fields["deleted"]) if "deleted" in fields else None,
    )


@dataclass(frozen=True, slots=True)
class Persona:
    """What a person's last token said of them."""

    name: str | None = None
    picture: str | None = None
    role: str | None = None


NOBODY = Persona()


def persona_to_json(person: Caller | Profile) -> str:
    """Encode what others may see of somebody."""
    return dumps([person.name, person.picture, person.role])


def persona_from_json(text: str | None) -> Persona:
    """Decode a persona; an empty one where there is none."""
    return Persona(*json.loads(text)) if text else NOBODY


def personas_from_json(text: str) -> dict[str, Persona]:
    """Decode personas by user."""
    return {user: Persona(*fields) for user, fields in json.loads(text).items()}


def moments_from_json(text: str) -> dict[str, int]:
    """Decode epoch milliseconds by user."""
    moments: dict[str, int] = json.loads(text)
    return moments


def leases_from_json(text: str) -> dict[str, list[Lease]]:
    """Decode entries by user."""
    return {user: list(map(_lease, entries)) for user, entries in json.loads(text).items()}


def _lease(entry: dict[str, Any]) -> Lease:
    return Lease(
        connection_id=ConnectionId(entry["c"]),
        status=Status(entry["s"]),
        heard_at=entry["h"] / 1000,
        lease_until=entry["l"] / 1000,
        registered_until=entry["u"] / 1000,
        expires_at=entry["x"],
        registered_at=entry["a"] / 1000,
    )


def judged(
    user: str, leases: Collection[Lease], now_ms: int, seen_ms: int, persona: Persona
) -> Seen:
    """Return how somebody with these leases appears."""
    heard = [round(lease.heard_at * 1000) for lease in leases]
    status = effective_status(leases, now_ms / 1000)
    return seen(user, status, max([seen_ms, *heard]), persona)


def seen(user: str, status: Status, seen_ms: int | None, persona: Persona) -> Seen:
    """Return somebody as others may see them; when they were last seen, only if offline."""
    at = from_ms(seen_ms) if seen_ms and status is Status.OFFLINE else None
    return Seen(UserId(user), status, at, persona.name, persona.picture, persona.role)


def live_targets(
    tenant_id: TenantId, text: str, now_ms: int, rules: PresenceRules, tag: str = ""
) -> Iterator[Target]:
    """Yield the connections to push to, of entries by user; with a tag, only those that have it."""
    for user, entry in _live(text, now_ms, rules):
        if not tag or tag in entry.get("g", ""):
            yield Target(tenant_id, user, entry["c"])


def audience(
    tenant_id: TenantId, text: str, now_ms: int, rules: PresenceRules
) -> tuple[tuple[Target, ...], list[ConnectionId]]:
    """Return the connections to push to, of entries by user, and which of them subscribed."""
    targets, subscribed = [], []
    for user, entry in _live(text, now_ms, rules):
        targets.append(Target(tenant_id, user, entry["c"]))
        if "n" in entry:
            subscribed.append(entry["c"])
    return tuple(targets), subscribed


def asker_from_member(member: str) -> tuple[ConnectionId, UserId]:
    """Decode who asked for whom, as `lib_presence.lua` has it."""
    user, _, connection = member[1:].rpartition("\0")
    return ConnectionId(connection), UserId(user)


def _live(text: str, now_ms: int, rules: PresenceRules) -> Iterator[tuple[UserId, dict[str, Any]]]:
    """Yield the entries that are registered, whatever the lease, with a token that holds.

    They are read as they are, without a `Lease` of each: there may be 10,000.
    """
    token_end = now_ms / 1000 - rules.exp_grace_s
    for user, entries in json.loads(text).items():
        for entry in entries:
            if entry["u"] > now_ms and entry["x"] >= token_end:
                yield user, entry
