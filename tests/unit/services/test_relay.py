"""What follows from the stream: idempotent, only upwards, retried (SPEC §5.4)."""

from dataclasses import replace

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.errors import CacheUnavailable
from parley.services.relay import MessageCommitted, StreamChange
from tests.support.memory import World

ACME = TenantId("acme")


def committed(world: World, room_id: str, seq: int) -> MessageCommitted:
    message = world.out.messages.get(ACME, RoomId(room_id), seq)
    assert message is not None
    return MessageCommitted(ACME, message)


def head(world: World, room_id: str) -> int | None:
    return world.out.cache.progress(ACME, RoomId(room_id))[0]


@pytest.fixture
def room_id(world: World) -> str:
    alice = world.person("alice")
    made = world.group(alice, "bob")
    for _ in range(5):
        world.say(alice, made)
    return made


def test_heads_move_up_only_in_whatever_order_records_come(world: World, room_id: str) -> None:
    world.out.server.flush_all()
    for seqs, expected in (([2], 2), ([1], 2), ([3, 5, 4], 5), ([1, 2, 3], 5)):
        world.app.relay.apply([committed(world, room_id, seq) for seq in seqs])
        assert head(world, room_id) == expected


def test_a_batch_that_comes_twice_changes_nothing(world: World, room_id: str) -> None:
    changes = world.relay()
    before = world.do(world.person("alice"), "room.get", roomId=room_id)
    world.app.relay.apply(changes)
    world.app.relay.apply(list(reversed(changes)))
    assert world.do(world.person("alice"), "room.get", roomId=room_id) == before
    assert before["me"] == {
        "readSeq": 5,
        "deliveredSeq": 5,
        "unread": 0,
        "muted": False,
        "role": "owner",
    }


def test_a_batch_is_retried_until_redis_is_back(world: World, room_id: str) -> None:
    changes: list[StreamChange] = [committed(world, room_id, 5)]
    world.out.server.flush_all()
    world.out.server.down = True
    with pytest.raises(CacheUnavailable):
        world.app.relay.apply(changes)
    world.out.server.down = False
    world.app.relay.apply(changes)
    assert head(world, room_id) == 5


def test_the_cursor_of_a_sender_who_left_is_let_be(world: World, room_id: str) -> None:
    change = committed(world, room_id, 5)
    stranger = replace(change.message, sender_id=world.caller("gone").user_id)
    world.app.relay.apply([MessageCommitted(ACME, stranger), change])
    assert world.do(world.person("alice"), "room.get", roomId=room_id)["me"]["unread"] == 0


def test_a_batch_moves_each_senders_cursor_once(world: World, room_id: str) -> None:
    changes = [committed(world, room_id, seq) for seq in range(1, 6)]
    world.forget_pushes()
    world.app.relay.apply(changes)
    assert world.out.calls.count("rooms.move_cursor") == 1
    assert world.out.calls.count("cache.raise_heads") == 1


def test_an_empty_batch_is_no_work(world: World) -> None:
    world.app.relay.apply([])
    assert world.out.calls == []


def test_a_changed_room_is_read_anew(world: World, room_id: str) -> None:
    bob = world.person("bob")
    world.relay()
    world.forget_pushes()
    world.say(bob, room_id)
    assert "rooms.roster" in world.out.calls


def test_a_senders_cursor_moves_while_redis_is_away(world: World, room_id: str) -> None:
    changes: list[StreamChange] = [committed(world, room_id, 5)]
    world.out.server.down = True
    with pytest.raises(CacheUnavailable):
        world.app.relay.apply(changes)
    world.out.server.down = False
    room = world.do(world.person("alice"), "room.get", roomId=room_id)
    assert room["me"]["unread"] == 0
