"""What follows from the stream: idempotent, only upwards, retried (SPEC §5.4)."""

from dataclasses import replace

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.errors import CacheDefect, CacheUnavailable
from parley.services.relay import MessageCommitted, RoomChanged, RoomJoined, StreamChange
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


def test_a_change_of_an_old_message_does_not_make_it_the_end_of_its_room(
    world: World, room_id: str
) -> None:
    alice = world.person("alice")
    first = world.say(alice, room_id)
    end = world.say(alice, room_id)["seq"]
    world.relay()
    world.flush_redis()
    edit = {"roomId": room_id, "messageId": first["messageId"], "body": "edited"}
    world.do(alice, "message.edit", **edit)
    world.relay()
    assert head(world, room_id) in (None, end)


def test_an_empty_batch_is_no_work(world: World) -> None:
    world.app.relay.apply([])
    assert world.out.calls == []


def test_a_room_that_changed_since_it_was_read_is_read_anew(world: World, room_id: str) -> None:
    bob = world.person("bob")
    world.app.relay.apply([RoomChanged(ACME, RoomId(room_id), 1)])
    world.forget_pushes()
    world.say(bob, room_id)
    assert "rooms.roster" in world.out.calls


def test_a_room_that_was_read_since_it_changed_is_not_read_again(
    world: World, room_id: str
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.do(alice, "room.update", roomId=room_id, name="New")
    changes = world.relay()
    assert RoomChanged(ACME, RoomId(room_id), 1) in changes
    world.forget_pushes()
    world.say(bob, room_id)
    assert "rooms.roster" not in world.out.calls


def test_a_senders_cursor_moves_while_redis_is_away(world: World, room_id: str) -> None:
    changes: list[StreamChange] = [committed(world, room_id, 5)]
    world.out.server.down = True
    with pytest.raises(CacheUnavailable):
        world.app.relay.apply(changes)
    world.out.server.down = False
    room = world.do(world.person("alice"), "room.get", roomId=room_id)
    assert room["me"]["unread"] == 0


def test_a_message_that_is_changed_in_the_same_batch_leaves_its_newest_state(
    world: World, room_id: str
) -> None:
    stored = committed(world, room_id, 5)
    edited = MessageCommitted(ACME, replace(stored.message, body="mended", rev=1))
    for changes in ([stored, edited], [edited, stored]):
        world.out.server.flush_all()
        world.app.relay.apply(changes)
        known = world.out.cache.heads(ACME, [RoomId(room_id)])[RoomId(room_id)]
        assert known.last_message is not None
        assert known.last_message.body == "mended"


def test_a_changed_message_moves_nobodys_cursor(world: World, room_id: str) -> None:
    stored = committed(world, room_id, 5)
    world.forget_pushes()
    world.app.relay.apply([MessageCommitted(ACME, replace(stored.message, rev=1))])
    assert "rooms.move_cursor" not in world.out.calls
    assert world.do(world.person("alice"), "room.get", roomId=room_id)["me"]["unread"] == 5


def test_a_system_message_moves_its_actors_cursor(world: World, room_id: str) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.do(alice, "room.update", roomId=room_id, name="New")
    world.relay()
    assert world.do(alice, "room.get", roomId=room_id)["me"]["unread"] == 0
    assert world.do(bob, "room.get", roomId=room_id)["me"]["unread"] == 6


def test_somebody_who_left_with_a_word_moves_no_cursor(world: World, room_id: str) -> None:
    bob = world.person("bob")
    world.do(bob, "room.leave", roomId=room_id)
    world.relay()
    assert world.do(world.person("alice"), "room.get", roomId=room_id)["lastSeq"] == 6
    assert world.out.rooms.memberships(ACME, bob.caller.user_id) == []


def test_a_new_open_room_is_logged_for_those_who_may_see_it(world: World) -> None:
    room, newcomers = RoomId("c-1"), RoomId("new-1")
    alice = world.caller("alice")
    world.out.cache.add_rooms(ACME, alice.user_id, [room, newcomers], complete=True)
    world.app.relay.apply([RoomChanged(ACME, room, 0, newcomers)])
    assert world.out.cache.changed_since(ACME, alice.user_id, 0)[1] == [room, newcomers]


def test_a_room_that_was_only_seen_did_not_change(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = str(world.do(alice, "room.create", type="organization")["roomId"])
    world.say(alice, room_id)
    world.relay()
    world.do(bob, "room.get", roomId=room_id)
    joined = RoomJoined(ACME, bob.caller.user_id, RoomId(room_id))
    assert world.relay() == [joined]
    world.forget_pushes()
    world.say(alice, room_id)
    assert not any(call.startswith("rooms.ro") for call in world.out.calls)


def test_who_makes_a_group_in_manage_scope_is_told_of_news_in_it(world: World) -> None:
    root, bob = world.person("root", manages=True), world.person("bob")
    made = {"type": "group", "tenantId": "acme", "memberIds": ["bob"]}
    group = world.do(root, "room.create", **made, clientId="g")["roomId"]
    assert world.do(root, "room.create", **made, clientId="g")["roomId"] == group
    world.do(root, "sync.start")
    world.wait(100)
    world.say(bob, group)
    world.relay()
    world.wait(5)
    changed = world.do(root, "presence.heartbeat")["changed"]
    assert [room["roomId"] for room in changed] == [group]


def test_a_batch_waits_for_a_redis_that_comes_back(world: World, room_id: str) -> None:
    world.out.server.flush_all()
    world.out.server.down = True
    back = world.out.clock.monotonic() + 15
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        world.out.server.down = world.out.clock.monotonic() < back

    world.out.faults["cache.raise_heads"].extend([look] * 80)
    world.app.relay.apply([committed(world, room_id, 5)])
    assert head(world, room_id) == 5
    # It is noticed at once, and Redis is not asked more often than it can bear.
    assert world.out.clock.monotonic() - back < 0.5
    assert looks < 70


def test_what_redis_refuses_keeps_nothing_else_of_a_batch(world: World, room_id: str) -> None:
    world.out.server.flush_all()
    world.out.faults["cache.drop_roster"].append(CacheDefect("WRONGTYPE"))
    room = RoomChanged(ACME, RoomId(room_id), 1)
    world.app.relay.apply([room, committed(world, room_id, 5)])
    assert head(world, room_id) == 5
    assert RoomId(room_id) in world.out.server.rooms[ACME].log
