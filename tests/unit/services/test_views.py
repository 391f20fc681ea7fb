"""Domain objects as clients see them; sizes are in `test_frame_sizes`."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.domain.ids import MessageId, RoomId, TenantId, UserId
from parley.domain.messages import Message, MessageType, deleted
from parley.domain.people import Profile
from parley.domain.rooms import Cursor, MemberRole
from parley.protocol import frames
from parley.services.views import (
    MESSAGE_BYTES,
    member_views,
    message_view,
    preview_view,
)

ANN, BEN, CID = UserId("ann"), UserId("ben"), UserId("cid")
# What a page by REST may take.
BY_REST = 2_900_000
NOW = datetime(2026, 11, 20, tzinfo=UTC)
MESSAGE = Message(
    message_id=MessageId("0" * 21),
    room_id=RoomId("g-1"),
    seq=1,
    client_id="c1",
    sender_id=ANN,
    sender_name="Ann",
    type=MessageType.TEXT,
    body="hello",
    created_at=NOW,
    mentions=(BEN,),
    reactions={"x": (BEN, ANN)},
)


def crowd(emojis: int) -> dict[str, tuple[UserId, ...]]:
    people = tuple(UserId(f"{number:0128}") for number in range(100))
    return {f"e{number}": people for number in range(emojis)}


def test_a_small_message_is_shown_whole() -> None:
    view = message_view(MESSAGE)
    assert (view.body, view.mentions, view.reactions) == ("hello", ["ben"], {"x": ["ben", "ann"]})
    assert view.truncated is False


def test_reactions_of_a_crowd_go_before_anything_of_the_text() -> None:
    view = message_view(replace(MESSAGE, body="x" * 4_000, reactions=crowd(20)))
    assert (view.body, view.mentions, view.reactions) == ("x" * 4_000, ["ben"], {})
    assert view.truncated is True


def test_mentions_go_where_they_alone_would_fill_the_frame() -> None:
    people = tuple(UserId(f"{number:0128}" + "\U0001f600" * 90) for number in range(50))
    view = message_view(replace(MESSAGE, mentions=people, reactions=crowd(1)))
    assert (view.body, view.mentions, view.reactions) == ("hello", [], {})
    assert view.truncated is True


def test_a_long_text_is_cut_and_keeps_its_few_reactions() -> None:
    view = message_view(replace(MESSAGE, body="\U0001f600" * 25_000))
    assert view.body is not None
    assert (len(view.body) > 5_000, view.reactions) == (True, {"x": ["ben", "ann"]})
    assert frames.size_bytes(view) <= MESSAGE_BYTES


@pytest.mark.parametrize("letter", ["\U0001f600", '"', "\\", "\n"])
def test_by_rest_the_largest_message_is_whole(letter: str) -> None:
    body = letter * (100 * 1_024 // len(letter.encode()))
    view = message_view(replace(MESSAGE, body=body, reactions=crowd(15)), BY_REST)
    assert (view.body, len(view.reactions), view.truncated) == (body, 15, False)
    assert frames.size_bytes(view) < BY_REST // 4


def test_the_preview_of_a_tombstone_says_nothing() -> None:
    tombstone = deleted(MESSAGE, NOW)
    assert tombstone is not None
    view = preview_view(tombstone)
    assert (view.body, view.deleted_at, view.mentions, view.reactions) == (None, NOW, [], {})


def test_a_preview_has_two_hundred_characters() -> None:
    assert preview_view(replace(MESSAGE, body="x" * 300)).body == "x" * 200


@pytest.mark.parametrize(
    ("viewer", "reads"), [(None, [4, 0, 0]), (ANN, [4, 0, 0]), (BEN, [4, 5, 0]), (CID, [4, 0, 0])]
)
def test_who_hides_reads_sees_only_their_own(viewer: UserId | None, reads: list[int]) -> None:
    acme = TenantId("acme")
    profiles = {ANN: Profile(acme, ANN, "Ann"), BEN: Profile(acme, BEN, "Ben", hides_reads=True)}
    cursors = {ANN: Cursor(6, 4), BEN: Cursor(7, 5)}
    members = [(user, MemberRole.MEMBER) for user in (ANN, BEN, CID)]
    views = member_views(members, cursors, profiles, viewer)
    assert [view.read_seq for view in views] == reads
    assert [view.delivered_seq for view in views] == [6, 7, 0]
    assert [view.name for view in views] == ["Ann", "Ben", "cid"]
