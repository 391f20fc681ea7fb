"""Shapes that only the REST API has (SPEC §7); what it shares with frames is in `views`."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from parley.protocol.commands import (
    MAX_ATTACHMENTS,
    MAX_MEMBERS_A_CALL,
    MAX_MENTIONS,
    Body,
    RoomName,
)
from parley.protocol.fields import (
    ADDRESS_HINT,
    ID_HINT,
    LINE_HINT,
    NAME_HINT,
    ClientId,
    ExternalId,
    Input,
    OwnId,
    Seq,
    Timestamp,
    Wire,
)
from parley.protocol.views import MemberView

# The camel case of pydantic would write a capital S.
_PER_10S = "messagesPer10s"


def _between(low: int, high: int, alias: str | None = None) -> Any:
    return Field(ge=low, le=high, alias=alias)


class PostMessage(Input):
    """Body of ``POST /rooms/{roomId}/messages``; a repeat with the same ``clientId`` is safe."""

    client_id: ClientId
    body: Body
    type: Literal["text", "image", "document"] = "text"
    attachments: list[OwnId] = Field(default_factory=list, max_length=MAX_ATTACHMENTS)
    reply_to: OwnId | None = None
    mentions: list[ExternalId] = Field(default_factory=list, max_length=MAX_MENTIONS)


class PatchRoom(Input):
    """Body of ``PATCH /rooms/{roomId}``: what is named is changed; ``muted`` for oneself only."""

    name: RoomName | None = None
    muted: bool | None = None


class PostRead(Input):
    """Body of ``POST /rooms/{roomId}/read``."""

    seq: Seq


class PostMembers(Input):
    """Body of ``POST /rooms/{roomId}/members``; those who are members get the role."""

    user_ids: Annotated[list[ExternalId], Field(min_length=1, max_length=MAX_MEMBERS_A_CALL)]
    role: Literal["owner", "member"] | None = None


class PatchMe(Input):
    """Body of ``PATCH /me``; with ``readReceipts`` off nobody sees what this person has read."""

    read_receipts: bool


class PutUser(Input):
    """Body of ``PUT /users/{userId}``: the whole profile; what is not named is removed."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128), NAME_HINT] | None = None
    picture: Annotated[str, StringConstraints(max_length=512), ADDRESS_HINT] | None = None
    role: Annotated[str, StringConstraints(min_length=1, max_length=64), ID_HINT] | None = None
    email: Annotated[str, StringConstraints(min_length=1, max_length=254), LINE_HINT] | None = None


class PutTenantSettings(Input):
    """Body of ``PUT /tenant/settings``: all of them; what is not named is the default again."""

    # The same bounds as in `domain.policies`.
    body_max_chars: Annotated[int | None, _between(1, 100_000)] = None
    messages_per_10s: Annotated[int | None, _between(1, 1_000, _PER_10S)] = None
    messages_per_minute: Annotated[int | None, _between(1, 6_000)] = None
    typing_per_minute: Annotated[int | None, _between(1, 10_000)] = None
    receipts_per_minute: Annotated[int | None, _between(1, 10_000)] = None
    connections_per_user: Annotated[int | None, _between(1, 100)] = None
    rooms_per_user: Annotated[int | None, _between(1, 1_000)] = None
    group_members_max: Annotated[int | None, _between(2, 1_000)] = None
    # Days that messages are kept; 0 is for ever.
    retention_days: Annotated[int | None, _between(0, 3_650)] = None


class TenantSettingsView(Wire):
    """Reply of ``/tenant/settings``: the limits as they are in force, and which are the tenant's.

    ``own`` names those that the tenant set itself.
    """

    body_max_chars: int
    messages_per_10s: Annotated[int, Field(alias=_PER_10S)]
    messages_per_minute: int
    typing_per_minute: int
    receipts_per_minute: int
    connections_per_user: int
    rooms_per_user: int
    group_members_max: int
    retention_days: int
    own: list[str]


class UserView(Wire):
    """A user of the directory; ``email`` is there for admins only."""

    user_id: str
    tenant_id: str
    name: str
    picture: str | None
    role: str | None
    email: Annotated[str | None, Field(exclude_if=lambda value: value is None)] = None


class UserListReply(Wire):
    """Reply of ``GET /users``."""

    users: list[UserView]
    cursor: str | None


class RevokedReply(Wire):
    """Reply of ``POST /users/{userId}/revoke``: tokens issued before this are refused."""

    user_id: str
    revoked_before: Timestamp


class MyProfileView(Wire):
    """Reply of ``/me``."""

    user_id: str
    tenant_id: str
    name: str
    role: str
    scope: Literal["tenant", "manage"]
    read_receipts: bool


class UnreadReply(Wire):
    """Reply of ``GET /unread``: by room where it is not 0, and by sender for direct rooms."""

    unread: dict[str, int]
    by_sender: dict[str, int]


class MembersReply(Wire):
    """Reply of ``GET /rooms/{roomId}/members``."""

    members: list[MemberView]
    cursor: str | None
