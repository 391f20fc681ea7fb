"""Past messages: pages, directions, and rooms' true ends (SPEC §4)."""

import pytest

from parley.errors import CacheUnavailable
from parley.protocol.commands import ReadHistory, SendMessage
from tests.support.memory import World

# What a page by REST may take.
BY_REST = 2_900_000


@pytest.fixture
def busy() -> World:
    return World(messages_per_10s=100_000, messages_per_minute=100_000)


def filled(world: World, count: int, body: str = "x") -> str:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    for _ in range(count):
        world.say(alice, room_id, body)
    return room_id


def page(world: World, room_id: str, **data: int) -> tuple[list[int], bool]:
    bob = world.connection(world.caller("bob"))
    reply = world.do(bob, "message.history", roomId=room_id, **data)
    assert set(reply) == {"messages", "hasMore"}
    return [message["seq"] for message in reply["messages"]], reply["hasMore"]


@pytest.mark.covers("A-59", "B-36", "B-43", "C-11", "C-45")
@pytest.mark.parametrize(
    ("asked", "seqs", "more"),
    [
        ({}, range(11, 61), True),
        ({"limit": 100}, range(1, 61), False),
        ({"limit": 60}, range(1, 61), False),
        ({"limit": 3}, range(58, 61), True),
        ({"before": 11, "limit": 5}, range(6, 11), True),
        ({"before": 6, "limit": 5}, range(1, 6), False),
        ({"before": 1}, [], False),
        ({"before": 0}, [], False),
        ({"after": 0, "limit": 5}, range(1, 6), True),
        ({"after": 55, "limit": 5}, range(56, 61), False),
        ({"after": 55, "limit": 4}, range(56, 60), True),
        ({"after": 60}, [], False),
        ({"after": 2**53}, [], False),
        ({"before": 2**53, "limit": 1}, [60], True),
    ],
)
def test_a_page_is_ascending_and_says_whether_there_is_more(
    busy: World, asked: dict[str, int], seqs: list[int], more: bool
) -> None:
    assert page(busy, filled(busy, 60), **asked) == (list(seqs), more)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": 1.5},
        {"limit": True},
        {"before": -1},
        {"after": "1"},
        {"before": 2, "after": 1},
    ],
)
def test_a_page_that_makes_no_sense_is_refused(world: World, asked: dict[str, object]) -> None:
    room_id = filled(world, 1)
    alice = world.person("alice")
    assert world.refused(alice, "message.history", roomId=room_id, **asked) == "VALIDATION_ERROR"


@pytest.mark.parametrize("body", ["\U0001f600" * 4_000, '"' * 4_000, "\\\n" * 1_999 + "x"])
def test_pages_end_early_at_30_kb_and_lead_on_without_a_hole(busy: World, body: str) -> None:
    room_id = filled(busy, 12, body)
    forth: list[int] = []
    while len(forth) < 12:
        seqs, more = page(busy, room_id, after=forth[-1] if forth else 0, limit=100)
        forth += seqs
        assert more is (len(forth) < 12)
    back: list[int] = []
    while len(back) < 12:
        seqs, more = page(busy, room_id, before=back[0] if back else 100, limit=100)
        back = seqs + back
        assert more is (len(back) < 12)
    assert forth == back == list(range(1, 13))


def test_by_rest_pages_are_larger_and_messages_whole() -> None:
    world = World(body_max_chars=100_000, messages_per_10s=100)
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    text = "\U0001f600" * 25_600
    rest = world.rest_connection(alice.caller)
    for number in range(3):
        sent = SendMessage(room_id=room_id, client_id=f"c{number}", body=text)
        world.app.messaging.send(rest, sent)
    command = ReadHistory(room_id=room_id)
    small = world.app.history.read(rest, command)
    assert ([each.truncated for each in small.messages], small.has_more) == ([True], True)
    large = world.app.history.read(rest, command, BY_REST, BY_REST)
    assert ([each.body for each in large.messages], large.has_more) == ([text] * 3, False)
    some = world.app.history.read(rest, command, 250_000, BY_REST)
    assert ([each.seq for each in some.messages], some.has_more) == ([2, 3], True)


def test_history_works_without_the_cache(world: World) -> None:
    room_id = filled(world, 3)
    world.out.server.down = True
    assert page(world, room_id) == ([1, 2, 3], False)


# --- Rooms' ends ---------------------------------------------------------------------------------


@pytest.mark.parametrize("hint", [None, 0, 1, 2, 3, 4, 99])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_end_of_a_room_is_found_whatever_was_believed(
    world: World, hint: int | None, count: int
) -> None:
    room = world.out.rooms
    room_id = filled(world, count)
    tenant_id = world.person("alice").caller.tenant_id
    mine = room.memberships(tenant_id, world.person("alice").caller.user_id)[0]
    head = world.app.history.heads(tenant_id, {mine.room_id: hint})[mine.room_id]
    assert head.last_seq == count
    assert (head.last_message.seq if head.last_message else 0) == count
    assert mine.room_id == room_id


def test_a_right_belief_costs_one_read_for_all_rooms(world: World) -> None:
    alice = world.person("alice")
    rooms = [world.group(alice, "bob") for _ in range(5)]
    for room_id in rooms:
        world.say(alice, room_id)
    world.forget_pushes()
    mine = world.out.rooms.memberships(alice.caller.tenant_id, alice.caller.user_id)
    hints = {each.room_id: 1 for each in mine}
    world.forget_pushes()
    assert len(world.app.history.heads(alice.caller.tenant_id, hints)) == len(rooms)
    assert world.out.calls == ["messages.at"]


def test_ends_that_the_cache_lost_are_read_and_kept(world: World) -> None:
    alice, room_id = world.person("alice"), filled(world, 2)
    world.out.server.flush_all()
    for calls in (["cache.heads", "messages.head", "cache.raise_heads"], ["cache.heads"]):
        world.forget_pushes()
        mine = world.out.rooms.memberships(alice.caller.tenant_id, alice.caller.user_id)
        world.forget_pushes()
        found = world.app.history.cached_heads(alice.caller.tenant_id, [mine[0].room_id])
        assert {room: head.last_seq for room, head in found.items()} == {room_id: 2}
        assert world.out.calls == calls


@pytest.mark.parametrize("call", ["cache.heads", "cache.raise_heads"])
def test_ends_are_read_without_the_cache(world: World, call: str) -> None:
    alice = world.person("alice")
    filled(world, 2)
    world.out.server.flush_all()
    world.out.faults[call].append(CacheUnavailable("down"))
    rooms = world.do(alice, "room.list")["rooms"]
    assert [room["lastSeq"] for room in rooms] == [2]
