"""One order, no holes, whatever Redis believes (SPEC §5.3)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from parley.adapters.memory.messages import Fault
from parley.domain.ids import RoomId, TenantId
from parley.errors import CacheUnavailable
from parley.ports import RoomCache
from tests.support.memory import World

ACME = TenantId("acme")


@pytest.fixture
def room_id(world: World) -> str:
    alice = world.person("alice")
    world.person("bob")
    send = {"toUserId": "bob", "clientId": "first", "body": "x"}
    return str(world.do(alice, "message.send", **send)["message"]["roomId"])


def seqs(world: World, room_id: str) -> list[int]:
    bob = world.connection(world.caller("bob"))
    history = world.do(bob, "message.history", roomId=room_id, limit=100)
    return [message["seq"] for message in history["messages"]]


@pytest.mark.parametrize("lost", [0, 1, 5, 9])
def test_a_head_that_was_rolled_back_makes_neither_hole_nor_repeat(
    world: World, room_id: str, lost: int
) -> None:
    alice = world.person("alice")
    for _ in range(9):
        world.say(alice, room_id)
    heads = world.out.server.rooms[ACME].heads
    old = world.out.messages.get(ACME, RoomId(room_id), 10 - lost)
    assert old is not None
    heads[RoomId(room_id)] = type(heads[RoomId(room_id)])(10 - lost, old)
    world.wait(10)
    assert world.say(alice, room_id)["seq"] == 11
    assert seqs(world, room_id) == list(range(1, 12))


@pytest.mark.parametrize("cache", ["lost", "down"])
def test_the_order_goes_on_without_redis(world: World, room_id: str, cache: str) -> None:
    alice = world.person("alice")
    for number in range(2, 10):
        if cache == "lost":
            world.out.server.flush_all()
        world.out.server.down = cache == "down"
        assert world.say(alice, room_id)["seq"] == number


def test_a_place_that_somebody_else_took_is_followed_by_the_next(
    world: World, room_id: str
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    for _ in range(3):
        world.out.messages.faults.append(lambda: world.say(bob, room_id))
        world.out.messages.faults.append(lambda: None)
    assert world.say(alice, room_id)["seq"] == 5
    assert seqs(world, room_id) == [1, 2, 3, 4, 5]


def test_contended_commits_wait_for_their_turn_on_the_clock(world: World, room_id: str) -> None:
    alice = world.person("alice")
    started = world.out.clock.monotonic()
    world.out.messages.faults.extend([Fault.CONFLICT] * 7)
    assert world.say(alice, room_id)["seq"] == 2
    assert 0 < world.out.clock.monotonic() - started < 2


@pytest.mark.parametrize("down", [False, True])
def test_a_room_that_stays_too_busy_is_unavailable_after_eight_tries(
    world: World, room_id: str, down: bool
) -> None:
    alice = world.person("alice")
    world.out.server.down = down
    world.out.messages.faults.extend([Fault.CONFLICT] * 100)
    reply = world.ask(alice, "message.send", roomId=room_id, clientId="c", body="x")
    assert (reply["error"], reply["retryAfter"]) == ("UNAVAILABLE", 1)
    assert len(world.out.messages.faults) == 92
    world.out.messages.faults.clear()
    assert world.say(alice, room_id)["seq"] == 2


def test_nobody_waits_longer_than_the_budget_for_a_turn(world: World, room_id: str) -> None:
    turn = world.out.server.rooms[ACME].turns[RoomId(room_id)]
    turn.following = world.out.server.now_ms() + 2_500
    reply = world.ask(world.person("alice"), "message.send", roomId=room_id, clientId="c", body="x")
    assert (reply["error"], reply["retryAfter"]) == ("UNAVAILABLE", 2.5)
    assert "messages.append" not in world.out.calls[-2:]


def test_a_sender_who_waited_starts_from_the_newest_head(world: World, room_id: str) -> None:
    alice = world.person("alice")
    turn = world.out.server.rooms[ACME].turns[RoomId(room_id)]
    turn.following = world.out.server.now_ms() + 300
    world.out.faults["cache.head_seq"].append(lambda: sent_meanwhile(world, room_id))
    world.forget_pushes()
    assert world.say(alice, room_id)["seq"] == 3
    assert world.out.calls.count("messages.append") == 2


def sent_meanwhile(world: World, room_id: str) -> None:
    turn = world.out.server.rooms[ACME].turns[RoomId(room_id)]
    turn.following = 0
    world.say(world.person("bob"), room_id)


@pytest.mark.parametrize("call", ["cache.head_seq", "cache.turn"])
def test_a_cache_that_dies_while_somebody_waits_costs_only_the_hint(
    world: World, room_id: str, call: str
) -> None:
    turn = world.out.server.rooms[ACME].turns[RoomId(room_id)]
    turn.following = world.out.server.now_ms() + 100
    world.out.faults[call].append(CacheUnavailable("down"))
    world.out.messages.faults.append(Fault.CONFLICT)
    assert world.say(world.person("alice"), room_id)["seq"] == 2


def test_many_people_at_once_get_all_the_numbers() -> None:
    world = World(messages_per_10s=1_000, messages_per_minute=1_000, commit_tries=100)
    people = [world.person(f"u{number}") for number in range(8)]
    room_id = world.group(people[0], *(f"u{number}" for number in range(1, 8)))

    def say(number: int) -> int:
        sender = people[number % 8]
        sent = {"roomId": room_id, "clientId": str(number), "body": "x"}
        return int(world.do(sender, "message.send", **sent)["message"]["seq"])

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(say, range(80)))
    assert sorted(given) == list(range(1, 81))


def test_heads_are_raised_only_for_what_is_committed(world: World, room_id: str) -> None:
    alice = world.person("alice")
    cache: RoomCache = world.out.cache
    world.out.messages.faults.extend([Fault.CONFLICT] * 8)
    world.ask(alice, "message.send", roomId=room_id, clientId="c", body="x")
    assert cache.progress(ACME, RoomId(room_id))[0] == 1
