"""What a change of a room says in its history."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.people import Caller
from parley.domain.rooms import Room, RoomType
from parley.services.announcements import (
    announcement,
    words_for_added,
    words_for_left,
    words_for_removed,
    words_for_renamed,
)
from tests.support.memory import World

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOM = Room(RoomId("g-1"), TenantId("acme"), RoomType.GROUP, UserId("ann"), NOW, 3, "Crew", rev=7)


@pytest.fixture
def ann(world: World) -> Caller:
    return world.caller("ann")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Ben"], "Ann added Ben"),
        (["Ben", "Cid"], "Ann added Ben and Cid"),
        (["Ben", "Cid", "Dan"], "Ann added Ben, Cid and 1 other"),
        (["Ben", "Cid", "Dan", "Eve", "Fay"], "Ann added Ben, Cid and 3 others"),
    ],
)
def test_those_added_are_named_up_to_two(ann: Caller, names: list[str], words: str) -> None:
    assert words_for_added(ann, names) == words


@pytest.mark.covers("B-5")
def test_leaving_and_being_removed_are_told_apart(ann: Caller) -> None:
    assert words_for_left(ann) == "Ann left"
    assert words_for_removed(ann, "Ben") == "Ann removed Ben"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (RoomType.GROUP, 'Ann renamed the group to "Crew"'),
        (RoomType.CHANNEL, 'Ann renamed the channel to "Crew"'),
        (RoomType.ORGANIZATION, 'Ann renamed the room to "Crew"'),
    ],
)
def test_a_new_name_is_quoted(ann: Caller, kind: RoomType, words: str) -> None:
    assert words_for_renamed(ann, replace(ROOM, type=kind)) == words
    assert words_for_renamed(ann, replace(ROOM, type=kind, name=None)) == "Ann removed the name"


def test_an_announcement_is_its_actors_and_mentions_fifty_at_most(ann: Caller) -> None:
    people = [UserId(f"u{number}") for number in range(60)]
    draft = announcement(ann, ROOM, "words", people, NOW)
    assert (draft.sender_id, draft.sender_name, draft.client_id) == ("ann", "Ann", "rev-7")
    assert (draft.type, draft.body, draft.created_at) == ("system", "words", NOW)
    assert draft.mentions == tuple(people[:50])
