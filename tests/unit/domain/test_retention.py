"""What is still shown, at which moment (SPEC §6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from parley.domain.ids import MessageId, RoomId, UserId
from parley.domain.messages import Message, MessageType
from parley.domain.retention import LEAST_STORED_DAYS, Horizon, stored_until

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def a_message(kept_days: int = 0, seq: int = 1, **changes: object) -> Message:
    message = Message(
        message_id=MessageId("m"),
        room_id=RoomId("g-1"),
        seq=seq,
        client_id="c",
        sender_id=UserId("ann"),
        sender_name="Ann",
        type=MessageType.TEXT,
        body="hello",
        created_at=NOON,
        kept_days=kept_days,
        mentions=(UserId("bob"),),
    )
    return replace(message, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now_days", "kept_days", "end_days"),
    [(0, 0, None), (7, 0, 7), (0, 7, 7), (7, 30, 7), (30, 7, 7), (7, 7, 7)],
)
def test_the_shorter_of_both_times_ends_a_message_to_the_moment(
    now_days: int, kept_days: int, end_days: int | None
) -> None:
    message = a_message(kept_days)
    end = None if end_days is None else NOON + timedelta(days=end_days)
    assert Horizon(NOON, now_days).end_of(message) == end
    for moment in (NOON, NOON + timedelta(days=7) - MOMENT, NOON + timedelta(days=7)):
        is_over = end is not None and moment >= end
        assert Horizon(moment, now_days).hides(message) is is_over


def test_only_what_is_behind_the_last_hidden_one_is_shown() -> None:
    messages = [a_message(days, seq) for seq, days in enumerate((0, 7, 0, 7, 0, 30), 1)]
    later = NOON + timedelta(days=8)
    assert Horizon(later, 0).shown(messages) == messages[4:]
    assert Horizon(NOON, 0).shown(messages) == messages
    assert Horizon(later, 7).shown(messages) == []
    assert Horizon(later, 0).shown([]) == []


def test_a_repeat_gets_the_message_while_it_is_shown_and_then_a_tombstone() -> None:
    message = a_message(7, reactions={"👍": (UserId("bob"),)}, attachments=("a",))
    end = NOON + timedelta(days=7)
    assert Horizon(end - MOMENT, 0).remains_of(message) == message
    tombstone = replace(
        message, body=None, mentions=(), attachments=(), reactions={}, deleted_at=end
    )
    assert Horizon(end, 0).remains_of(message) == tombstone
    assert Horizon(end + timedelta(days=99), 30).remains_of(message) == tombstone


def test_of_what_is_gone_the_tombstone_is_never_from_the_future() -> None:
    gone = a_message(0, body=None, mentions=())
    for days in (0, 30):
        assert Horizon(NOON, days).remains_of(gone) == replace(gone, deleted_at=NOON)


def test_what_somebody_deleted_stays_as_it_is() -> None:
    tombstone = a_message(7, body=None, mentions=(), deleted_at=NOON + MOMENT)
    assert Horizon(NOON + timedelta(days=1), 0).remains_of(tombstone) == tombstone


@pytest.mark.parametrize(("days", "stored"), [(1, LEAST_STORED_DAYS), (9, 9), (10, 10)])
def test_a_message_is_stored_at_least_as_long_as_anything_remembers_the_end(
    days: int, stored: int
) -> None:
    assert stored_until(NOON, days) == NOON + timedelta(days=stored)
