"""A draft becomes a message when it gets its place; what may become of a message then."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from parley.domain.ids import MANAGE_TENANT, MessageId, RoomId, TenantId, UserId
from parley.domain.messages import (
    EMPTY_HEAD,
    MAX_EMOJIS,
    MAX_PEOPLE_AN_EMOJI,
    Draft,
    Message,
    MessageType,
    deleted,
    edited,
    message_from,
    reacted,
)
from parley.domain.people import Caller, Scope, home_tenant
from parley.errors import Conflict

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


# --- Changes -------------------------------------------------------------------------------------

ANN, BEN = UserId("ann"), UserId("ben")
LATER = datetime(2026, 11, 21, tzinfo=UTC)


def message(**state: object) -> Message:
    return replace(message_from(DRAFT, MessageId("m7"), 7), **state)  # type: ignore[arg-type]


def test_an_edit_changes_the_body_and_its_time_and_nothing_else() -> None:
    assert edited(message(), "new", LATER) == message(body="new", edited_at=LATER)
    assert edited(message(), "hi", LATER) is None


def test_a_deletion_keeps_who_said_it_where_and_when() -> None:
    loud = message(reactions={"x": (ANN,)}, edited_at=LATER)
    gone = deleted(loud, LATER)
    assert gone == replace(
        loud, body=None, mentions=(), attachments=(), reactions={}, deleted_at=LATER
    )
    assert deleted(gone, LATER) is None


def test_nothing_is_written_upon_a_tombstone() -> None:
    tombstone = message(body=None, deleted_at=LATER)
    with pytest.raises(Conflict):
        edited(tombstone, "new", LATER)
    for on in (True, False):
        with pytest.raises(Conflict):
            reacted(tombstone, ANN, "x", on=on)


def test_a_reaction_comes_last_and_leaves_no_trace_when_it_goes() -> None:
    one = reacted(message(), ANN, "x", on=True)
    assert one == message(reactions={"x": (ANN,)})
    both = reacted(one, BEN, "x", on=True)
    assert both == message(reactions={"x": (ANN, BEN)})
    assert reacted(both, BEN, "x", on=True) is None
    assert reacted(both, ANN, "x", on=False) == message(reactions={"x": (BEN,)})
    assert reacted(one, ANN, "x", on=False) == message()
    assert reacted(one, BEN, "x", on=False) is None
    assert reacted(one, ANN, "y", on=False) is None


def crowd(emojis: int, people: int, id_chars: int = 4) -> Message:
    """Return a message with so many emojis of so many people each."""
    users = tuple(UserId(f"{number:0{id_chars}}") for number in range(people))
    return message(reactions={f"e{number}": users for number in range(emojis)})


@pytest.mark.parametrize(
    ("there", "emoji"),
    [
        (crowd(MAX_EMOJIS, 1), "x"),
        (crowd(1, MAX_PEOPLE_AN_EMOJI), "e0"),
        (crowd(16, 100, 128), "e1"),
        (crowd(16, 100, 128), "x"),
    ],
)
def test_a_reaction_for_which_there_is_no_place_is_refused(there: Message, emoji: str) -> None:
    with pytest.raises(Conflict):
        reacted(there, ANN, emoji, on=True)
    fewer = reacted(there, UserId(f"{0:0{len(there.reactions['e0'][0])}}"), "e0", on=False)
    assert fewer is not None


@pytest.mark.parametrize(
    ("there", "emoji"),
    [
        (crowd(MAX_EMOJIS - 1, 1), "x"),
        (crowd(MAX_EMOJIS, MAX_PEOPLE_AN_EMOJI - 1, 36), "e3"),
        (crowd(15, 100, 128), "e99"),
    ],
)
def test_a_reaction_takes_the_last_place(there: Message, emoji: str) -> None:
    after = reacted(there, ANN, emoji, on=True)
    assert after is not None
    assert after.reactions[emoji][-1] == ANN
