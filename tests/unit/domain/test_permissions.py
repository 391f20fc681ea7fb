"""Who may do what in a room that they are in (SPEC §4, §6)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.domain.ids import MessageId, RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Message, MessageType
from parley.domain.people import Caller, Scope
from parley.domain.permissions import (
    is_admin,
    loses_its_owner,
    may_change_message,
    may_manage_room,
)
from parley.domain.rooms import MemberRole, Membership, Room, RoomType, Roster

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACME, ANN = TenantId("acme"), UserId("ann")
OWNER, MEMBER = MemberRole.OWNER, MemberRole.MEMBER
GROUP = Room(RoomId("g-1"), ACME, RoomType.GROUP, ANN, NOW, 2)
WORD = Message(
    MessageId("m"), GROUP.room_id, 1, "c", UserId("ben"), "Ben", MessageType.TEXT, "hi", NOW
)


def caller(
    user_id: str = "ann", role: str = "member", *spaces: str, tenant: str = "acme"
) -> Caller:
    return Caller(
        UserId(user_id),
        TenantId(tenant),
        Scope.TENANT,
        role,
        user_id.title(),
        expires_at=0,
        issued_at=0,
        spaces=tuple(SpaceId(space) for space in spaces),
    )


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("service", True),
        ("tenant_admin", True),
        ("super_admin", True),
        ("member", False),
        ("admin", False),
        ("", False),
    ],
)
def test_three_roles_manage_people(role: str, allowed: bool) -> None:
    assert is_admin(caller(role=role)) is allowed


@pytest.mark.parametrize(
    ("user_id", "token_role", "role", "allowed"),
    [
        ("ben", "member", MEMBER, True),
        ("ann", "member", MEMBER, False),
        ("ann", "member", OWNER, True),
        ("ann", "tenant_admin", MEMBER, True),
        ("ann", "super_admin", MEMBER, False),
        ("ann", "service", MEMBER, False),
    ],
)
def test_a_message_is_changed_by_its_sender_an_owner_or_a_tenant_admin(
    user_id: str, token_role: str, role: MemberRole, allowed: bool
) -> None:
    assert may_change_message(caller(user_id, token_role), role, WORD) is allowed


def test_nobody_changes_a_system_message() -> None:
    said = replace(WORD, type=MessageType.SYSTEM)
    assert not may_change_message(caller("ben", "tenant_admin"), OWNER, said)


@pytest.mark.parametrize("kind", list(RoomType))
def test_owners_and_tenant_admins_manage_any_room_but_a_direct_one(kind: RoomType) -> None:
    room = replace(GROUP, type=kind)
    managed = kind is not RoomType.DIRECT
    assert may_manage_room(caller(), OWNER, room) is managed
    assert may_manage_room(caller(role="tenant_admin"), MEMBER, room) is managed
    assert not may_manage_room(caller(), MEMBER, room)


def of(**members: MemberRole) -> Roster:
    return Roster(GROUP, {UserId(user_id): role for user_id, role in members.items()})


@pytest.mark.parametrize(
    ("before", "after", "loses"),
    [
        ({"ann": OWNER, "ben": MEMBER}, {"ben": MEMBER}, True),
        ({"ann": OWNER, "ben": MEMBER}, {"ann": MEMBER, "ben": MEMBER}, True),
        ({"ann": OWNER, "ben": OWNER}, {"ben": OWNER}, False),
        ({"ann": OWNER}, {}, False),
        ({"ann": MEMBER, "ben": MEMBER}, {"ben": MEMBER}, False),
    ],
)
def test_a_room_keeps_the_owner_that_it_has(
    before: Mapping[str, MemberRole], after: Mapping[str, MemberRole], loses: bool
) -> None:
    assert loses_its_owner(of(**before), of(**after)) is loses


def test_who_is_in_a_room_follows_from_its_kind() -> None:
    group = Roster(GROUP, {ANN: OWNER})
    assert group.admits(caller("ann"))
    assert not group.admits(caller("ben"))
    whole = Roster(replace(GROUP, type=RoomType.ORGANIZATION), {})
    assert whole.admits(caller("ben"))
    assert not whole.admits(caller("ben", tenant="other"))
    north = Roster(replace(GROUP, type=RoomType.CHANNEL, space_id=SpaceId("north")), {})
    assert north.admits(caller("ben", "member", "south", "north"))
    assert not north.admits(caller("ben", "member", "south"))
    assert not north.admits(caller("ben", "member", "north", tenant="other"))


def test_a_membership_holds_while_the_token_names_its_space() -> None:
    group = Membership(GROUP.room_id, ACME, ANN, MEMBER, NOW)
    north = replace(group, space_id=SpaceId("north"))
    assert group.holds_for(caller())
    assert north.holds_for(caller("ann", "member", "north"))
    assert not north.holds_for(caller("ann", "member", "south"))
