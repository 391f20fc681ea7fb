"""What is logged of rooms, cursors and typing: who, where, and how loud."""

import logging
from typing import Any

import pytest

from tests.support.memory import World

Fields = dict[str, Any]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "parley")
    return caplog


def only(log: pytest.LogCaptureFixture, message: str) -> Fields:
    (line,) = (vars(record) for record in log.records if record.getMessage() == message)
    return line


@pytest.mark.covers("B-145", "D-19")
def test_who_joins_and_leaves_a_room_is_logged(world: World, log: pytest.LogCaptureFixture) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    made = only(log, "room_created")
    assert (made["levelname"], made["user_id"], made["room_id"]) == ("INFO", "alice", room_id)
    world.do(alice, "room.addMember", roomId=room_id, userId="carol")
    added = only(log, "members_added")
    assert (added["levelname"], added["user_id"], added["room_id"]) == ("INFO", "alice", room_id)
    assert added["count"] == 1
    assert "carol" not in str(added)
    world.do(bob, "room.leave", roomId=room_id)
    left = only(log, "member_removed")
    assert (left["levelname"], left["user_id"], left["count"]) == ("INFO", "bob", 1)
    world.do(alice, "room.update", roomId=room_id, name="Team")
    assert only(log, "room_renamed")["count"] == 0


@pytest.mark.covers("B-146", "D-35")
def test_typing_is_logged_at_debug(world: World, log: pytest.LogCaptureFixture) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    log.clear()
    world.tell(alice, "typing.start", roomId=room_id)
    line = only(log, "command_done")
    assert (line["levelname"], line["operation"]) == ("DEBUG", "typing.start")
    assert line["connection_id"] == alice.connection_id


@pytest.mark.covers("B-146", "D-40")
def test_a_cursor_that_moves_is_logged_at_debug(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.say(alice, room_id)
    world.do(bob, "receipt.read", roomId=room_id, seq=1)
    line = only(log, "cursor_moved")
    assert (line["levelname"], line["user_id"], line["room_id"]) == ("DEBUG", "bob", room_id)
    assert (line["delivered_seq"], line["read_seq"]) == (1, 1)
