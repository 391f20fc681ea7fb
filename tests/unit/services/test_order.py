"""One order, no holes, whatever Redis believes (SPEC §5.3)."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from typing_extensions import override

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.faults import Fault
from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import Head
from parley.errors import CacheUnavailable
from parley.ports import RoomCache, Stored, Turn
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


def crowd(world: World, room_id: str, count: int) -> list[Turn]:
    """Let so many people get a place in the queue; they never commit."""
    bob = world.person("bob")
    probes = [
        world.out.cache.probe(ACME, bob, RoomId(room_id), None, take_turn=True)
        for _ in range(count)
    ]
    return [probe.turn for probe in probes if probe.turn]


def test_a_room_that_stays_too_busy_is_given_up_when_the_time_is_over() -> None:
    hasty = World(commit_budget_ms=100)
    alice = hasty.person("alice")
    made = hasty.group(alice, "bob")
    hasty.say(alice, made)
    hasty.out.messages.faults.extend([Fault.CONFLICT] * 8)
    send = {"roomId": made, "clientId": "c", "body": "x"}
    assert hasty.refused(alice, "message.send", **send) == "UNAVAILABLE"
    assert len(hasty.out.messages.faults) > 4


def test_nobody_queues_who_would_wait_longer_than_the_budget(world: World, room_id: str) -> None:
    alice = world.person("alice")
    crowd(world, room_id, 1_000)
    world.forget_pushes()
    reply = world.ask(alice, "message.send", roomId=room_id, clientId="c", body="x")
    assert reply["error"] == "UNAVAILABLE"
    assert 2 < reply["retryAfter"] <= 30
    assert world.out.calls == ["cache.probe", "cache.end_turn"]


def test_a_sender_whose_turn_comes_takes_the_next_number_at_once(
    world: World, room_id: str
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    turn = crowd(world, room_id, 1)[0]

    def bob_commits() -> None:
        first = next(args[0] for name, args, _ in world.out.writes if name == "messages.append")
        draft = replace(first, sender_id=bob.caller.user_id, client_id="b")
        stored = world.out.messages.append(draft, 2)
        assert isinstance(stored, Stored)
        head = Head(2, stored.message)
        world.out.cache.end_turn(ACME, RoomId(room_id), turn, head, 0.01)

    world.out.faults["cache.progress"].append(bob_commits)
    world.forget_pushes()
    assert world.say(alice, room_id)["seq"] == 3
    assert world.out.calls.count("messages.append") == 2


def test_people_ahead_who_never_commit_cost_patience_and_no_more(
    world: World, room_id: str
) -> None:
    alice = world.person("alice")
    crowd(world, room_id, 3)
    started = world.out.clock.monotonic()
    assert world.say(alice, room_id)["seq"] == 2
    assert 0.1 < world.out.clock.monotonic() - started < 1
    world.wait(5)
    started = world.out.clock.monotonic()
    assert world.say(alice, room_id)["seq"] == 3
    assert world.out.clock.monotonic() == started


@pytest.mark.parametrize("call", ["cache.progress", "cache.end_turn"])
def test_a_cache_that_dies_in_the_queue_costs_only_time(
    world: World, room_id: str, call: str
) -> None:
    crowd(world, room_id, 1)
    world.out.faults[call].extend([CacheUnavailable("down")] * 3)
    world.out.messages.faults.append(Fault.CONFLICT)
    assert world.say(world.person("alice"), room_id)["seq"] == 2


def test_a_commit_that_was_in_the_way_is_waited_for(world: World, room_id: str) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.out.messages.faults.append(Fault.CONFLICT)
    world.out.faults["cache.progress"].append(lambda: world.say(bob, room_id))
    world.forget_pushes()
    assert world.say(alice, room_id)["seq"] == 3
    assert world.out.calls.count("messages.append") == 3


def test_a_refused_message_leaves_the_queue(world: World, room_id: str) -> None:
    alice = world.person("alice")
    refused = {"roomId": room_id, "clientId": "r", "body": "x", "replyTo": "no"}
    for _ in range(3):
        assert world.refused(alice, "message.send", **refused) == "NOT_FOUND"
    started = world.out.clock.monotonic()
    world.say(alice, room_id)
    assert world.out.clock.monotonic() == started


class Yielding(MemoryClock):
    """Lets other threads go instead of waiting, and time pass slowly."""

    @override
    def sleep(self, seconds: float) -> None:
        self.advance(seconds / 1_000)
        time.sleep(0)


def test_many_people_at_once_get_all_the_numbers() -> None:
    world = World(Yielding(), messages_per_10s=1_000, messages_per_minute=1_000)
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
