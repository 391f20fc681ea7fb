"""A draft becomes a message when it gets its place."""

from dataclasses import fields
from datetime import UTC, datetime

from parley.domain.ids import MANAGE_TENANT, MessageId, RoomId, TenantId, UserId
from parley.domain.messages import EMPTY_HEAD, Draft, MessageType, message_from
from parley.domain.people import Caller, Scope, home_tenant

DRAFT = Draft(
    tenant_id=TenantId("acme"),
    room_id=RoomId("g-1"),
    client_id="c1",
    sender_id=UserId("ann"),
    sender_name="Ann",
    type=MessageType.IMAGE,
    body="hi",
    created_at=datetime(2026, 11, 20, tzinfo=UTC),
    reply_to=MessageId("m1"),
    mentions=(UserId("ben"),),
    attachments=("a1",),
)


def test_a_message_says_all_that_its_draft_says() -> None:
    message = message_from(DRAFT, MessageId("m7"), 7)
    assert (message.message_id, message.seq, message.rev) == ("m7", 7, 0)
    kept = {field.name for field in fields(Draft)} - {"tenant_id"}
    assert {name: getattr(message, name) for name in kept} == {
        name: getattr(DRAFT, name) for name in kept
    }
    assert (message.reactions, message.edited_at, message.deleted_at) == ({}, None, None)


def test_an_empty_room_ends_at_zero() -> None:
    assert (EMPTY_HEAD.last_seq, EMPTY_HEAD.last_message) == (0, None)


def test_records_of_manage_scope_live_in_a_partition_of_their_own() -> None:
    acme = TenantId("acme")
    assert home_tenant(Scope.TENANT, acme) == acme
    assert home_tenant(Scope.MANAGE, acme) == MANAGE_TENANT
    caller = Caller(UserId("ann"), acme, Scope.TENANT, "member", "Ann", 2, 1)
    assert not caller.manages
