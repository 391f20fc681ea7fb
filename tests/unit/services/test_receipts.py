"""Cursors and who hears of them (SPEC §5.5, §6).

People who hide what they read are in `test_receipts_hidden`.
"""

from itertools import pairwise, permutations

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import Head
from parley.errors import CacheUnavailable, StoreUnavailable, Unavailable
from parley.services.flushes import Flushes
from parley.services.receipts import HeldReceipt
from tests.support.memory import World


@pytest.fixture
def world() -> World:
    return World(messages_per_10s=100_000, messages_per_minute=100_000)


def direct(world: World, count: int = 5) -> str:
    """Return the room of alice and bob, in which alice wrote so many messages."""
    alice = world.person("alice")
    world.person("bob")
    room_id = str(world.do(alice, "room.create", type="direct", memberIds=["bob"])["roomId"])
    for _ in range(count):
        world.say(alice, room_id)
    world.relay()
    world.settle()
    return room_id


def cursor(delivered: int, read: int, unread: int) -> dict[str, int]:
    return {"deliveredSeq": delivered, "readSeq": read, "unread": unread}


@pytest.mark.scenario("P2")
@pytest.mark.covers("C-67", "A-57", "B-35", "C-9", "C-38", "C-40", "D-37", "D-38", "D-84")
def test_reading_implies_delivered_and_nothing_goes_back_or_beyond_the_end(world: World) -> None:
    room_id, bob = direct(world), world.person("bob")
    for op, seq, expected in (
        ("delivered", 2, cursor(2, 0, 5)),
        ("read", 1, cursor(2, 1, 4)),
        ("read", 3, cursor(3, 3, 2)),
        ("delivered", 1, cursor(3, 3, 2)),
        ("read", 0, cursor(3, 3, 2)),
        ("delivered", 99, cursor(5, 3, 2)),
        ("read", 2**53, cursor(5, 5, 0)),
        ("read", 2, cursor(5, 5, 0)),
    ):
        assert world.do(bob, f"receipt.{op}", roomId=room_id, seq=seq) == expected
        shown = world.do(bob, "room.get", roomId=room_id)["me"]
        assert {name: shown[name] for name in expected} == expected


@pytest.mark.covers("C-40", "D-38")
@pytest.mark.scenario("P3")
def test_six_receipts_in_any_order_end_at_the_same_cursor() -> None:
    ops = ("delivered", "read", "read", "delivered", "read", "delivered")
    steps = list(zip(ops, (2, 1, 4, 5, 3, 1), strict=True))
    readers = [f"reader-{number}" for number in range(40)]
    for number, order in enumerate(permutations(steps)):
        if number % len(readers) == 0:
            world = World()
            alice = world.person("alice")
            room_id = world.group(alice, *readers)
            for _ in range(5):
                world.say(alice, room_id)
        bob = world.connection(world.caller(readers[number % len(readers)]))
        told = [world.do(bob, f"receipt.{op}", roomId=room_id, seq=seq) for op, seq in order]
        assert told[-1] == cursor(5, 4, 1)
        for before, after in pairwise(told):
            assert after["readSeq"] >= before["readSeq"]
            assert after["deliveredSeq"] >= before["deliveredSeq"]


@pytest.mark.parametrize("seq", [-1, 1.5, "1", None, True])
def test_a_seq_that_is_no_number_of_a_message_is_refused(world: World, seq: object) -> None:
    room_id, bob = direct(world), world.person("bob")
    assert world.refused(bob, "receipt.read", roomId=room_id, seq=seq) == "VALIDATION_ERROR"


def test_a_cursor_ends_at_the_true_end_when_the_cache_is_behind(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    world.out.faults["cache.raise_heads"].append(CacheUnavailable("lost"))
    world.say(alice, room_id)
    assert world.do(bob, "receipt.read", roomId=room_id, seq=6) == cursor(6, 6, 0)


# --- Who hears of it -----------------------------------------------------------------------------


def test_what_is_unread_is_true_when_the_cache_is_behind(world: World) -> None:
    room_id, bob = direct(world), world.person("bob")
    world.out.server.flush_all()
    behind = world.out.messages.get(TenantId("acme"), RoomId(room_id), 3)
    assert behind is not None
    world.out.cache.raise_heads(TenantId("acme"), {RoomId(room_id): Head(3, behind)})
    assert world.do(bob, "receipt.read", roomId=room_id, seq=3) == cursor(3, 3, 2)


@pytest.mark.covers("D-39", "D-41", "A-60", "B-42", "C-39", "C-67", "D-83")
def test_the_other_one_and_the_readers_own_devices_hear_of_it(world: World) -> None:
    room_id = direct(world)
    alice, bob, tablet = world.person("alice"), world.person("bob"), world.person("bob")
    world.do(bob, "receipt.read", roomId=room_id, seq=5)
    update = {"roomId": room_id, "userId": "bob", "deliveredSeq": 5, "readSeq": 5}
    at = {"at": "2026-01-01T00:00:10.050Z"}
    for hearer in (alice, tablet):
        events = world.events_of(hearer, "receipt:update")
        assert [{**event, "at": None} for event in events] == [{**update, "at": None}]
        assert events[0]["at"].startswith(at["at"][:18])
    assert world.events_of(bob, "receipt:update") == []


@pytest.mark.covers("B-11", "C-21")
def test_in_a_group_only_those_hear_of_it_whose_messages_were_passed(world: World) -> None:
    people = {name: world.person(name) for name in ("alice", "bob", "carol", "dan")}
    room_id = world.group(people["alice"], "bob", "carol", "dan")
    for name in ("alice", "bob", "carol"):
        world.say(people[name], room_id)
    world.settle()
    world.do(people["dan"], "receipt.read", roomId=room_id, seq=1)
    world.wait(3)
    world.do(people["dan"], "receipt.read", roomId=room_id, seq=2)
    heard = {name: len(world.events_of(each, "receipt:update")) for name, each in people.items()}
    assert heard == {"alice": 1, "bob": 1, "carol": 0, "dan": 0}


def test_whose_message_was_passed_long_ago_hears_of_it_too() -> None:
    world = World(messages_per_10s=1_000, messages_per_minute=1_000)
    alice, bob, carol = (world.person(name) for name in ("alice", "bob", "carol"))
    room_id = world.group(alice, "bob", "carol")
    world.say(alice, room_id)
    for _ in range(101):
        world.say(bob, room_id)
    world.settle()
    world.do(carol, "receipt.read", roomId=room_id, seq=102)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [102]


@pytest.mark.covers("D-41")
def test_a_receipt_that_moves_nothing_is_not_told(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    world.do(bob, "receipt.read", roomId=room_id, seq=5)
    world.wait(5)
    world.forget_pushes()
    for op, seq in (("read", 5), ("read", 2), ("delivered", 5)):
        world.do(bob, f"receipt.{op}", roomId=room_id, seq=seq)
    world.wait(5)
    assert world.events_of(alice, "receipt:update") == []


@pytest.mark.parametrize(("members", "heard"), [(50, 1), (51, 0)])
def test_rooms_above_fifty_members_hear_of_no_receipts(
    world: World, members: int, heard: int
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob", *(f"u{number}" for number in range(members - 2)))
    world.say(alice, room_id)
    assert world.do(bob, "receipt.read", roomId=room_id, seq=1) == cursor(1, 1, 0)
    assert len(world.events_of(alice, "receipt:update")) == heard
    shown = world.do(alice, "room.get", roomId=room_id)["members"]
    assert [m["readSeq"] for m in shown if m["userId"] == "bob"] == [1]


@pytest.mark.parametrize(("others", "heard"), [(49, 1), (50, 0)])
def test_an_open_room_is_as_large_as_those_who_are_connected(others: int, heard: int) -> None:
    world = World()
    alice = world.person("alice")
    bob, *_ = [world.person("bob"), *(world.person(f"u{number}") for number in range(others - 1))]
    room_id = str(world.do(alice, "room.create", type="organization")["roomId"])
    world.do(bob, "room.get", roomId=room_id)
    world.say(alice, room_id)
    world.do(bob, "receipt.read", roomId=room_id, seq=1)
    assert len(world.events_of(alice, "receipt:update")) == heard


def test_in_a_quiet_room_the_readers_own_devices_hear_nothing_either() -> None:
    world = World(quiet_room_members=2)
    alice, bob, tablet = world.person("alice"), world.person("bob"), world.person("bob")
    room_id = world.group(alice, "bob", "carol")
    world.say(alice, room_id)
    world.do(bob, "receipt.read", roomId=room_id, seq=1)
    assert world.events_of(tablet, "receipt:update") == []


def test_a_receipt_by_rest_reaches_all_of_the_readers_connections(world: World) -> None:
    room_id, bob = direct(world), world.person("bob")
    world.do(world.rest_connection(bob.caller), "receipt.read", roomId=room_id, seq=5)
    assert [each["readSeq"] for each in world.events_of(bob, "receipt:update")] == [5]


# --- Open rooms ----------------------------------------------------------------------------------


def test_the_first_receipt_in_a_channel_begins_the_readers_side_at_its_end(world: World) -> None:
    alice, bob = (world.person(name, spaces=["s1"]) for name in ("alice", "bob"))
    create = {"type": "channel", "spaceId": "s1", "name": "news"}
    room_id = str(world.do(alice, "room.create", **create)["roomId"])
    for _ in range(3):
        world.say(alice, room_id)
    assert world.do(bob, "receipt.read", roomId=room_id, seq=1) == cursor(3, 3, 0)
    world.say(alice, room_id)
    world.forget_pushes()
    assert world.do(bob, "receipt.delivered", roomId=room_id, seq=4) == cursor(4, 3, 1)
    heard = world.events_of(alice, "receipt:update")
    assert [(each["deliveredSeq"], each["readSeq"]) for each in heard] == [(4, 3)]
    assert "rooms.membership" not in world.out.calls


@pytest.mark.scenario("P2")
def test_a_receipt_of_somebody_who_was_removed_meanwhile_finds_nothing(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.say(alice, room_id)
    world.do(bob, "room.get", roomId=room_id)

    def remove() -> None:
        world.do(alice, "room.removeMember", roomId=room_id, userId="bob")

    world.out.faults["rooms.move_cursor"].append(remove)
    assert world.refused(bob, "receipt.read", roomId=room_id, seq=1) == "NOT_FOUND"


# --- Once a second -------------------------------------------------------------------------------


def receipts_at(world: World, moments: list[float]) -> list[tuple[float, int]]:
    """Read one more message at each moment; return when alice heard what."""
    room_id, alice, bob = direct(world, len(moments)), world.person("alice"), world.person("bob")
    start = world.out.clock.monotonic()
    heard: list[tuple[float, int]] = []

    def listen() -> None:
        for update in world.events_of(alice, "receipt:update"):
            heard.append((world.out.clock.monotonic() - start, update["readSeq"]))
        world.forget_pushes()

    steps = sorted({*moments, *(number / 10 for number in range(80))})
    for moment in steps:
        world.wait(max(0.0, start + moment - world.out.clock.monotonic()))
        listen()
        if moment in moments:
            seq = moments.index(moment) + 1
            world.do(bob, "receipt.read", roomId=room_id, seq=seq)
            listen()
    return heard


@pytest.mark.parametrize(
    "moments",
    [
        [0.0],
        [0.0, 0.2],
        [0.0, 0.2, 0.4, 0.9],
        [0.0, 0.2, 1.05],
        [0.0, 0.9, 1.0, 1.1, 1.95, 2.05],
        [0.0, 0.5, 1.1, 1.3, 2.2, 2.4, 3.3],
        [0.05 * number for number in range(60)],
    ],
)
def test_receipts_reach_a_client_once_a_second_the_newest_state_last(
    world: World, moments: list[float]
) -> None:
    heard = receipts_at(world, moments)
    assert heard[0][0] < 0.1
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(heard)]
    assert all(gap > 0.999 for gap in gaps)
    assert (heard[0][1], heard[-1][1]) == (1, len(moments))
    assert [seq for _, seq in heard] == sorted(seq for _, seq in heard)


def test_a_record_that_comes_twice_changes_nothing(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    for seq in (1, 2):
        world.do(bob, "receipt.read", roomId=room_id, seq=seq)
    record = world.out.queue.asked[0].record
    flushes: Flushes = world.app.flushes
    world.out.clock.advance(1)
    for _ in range(3):
        flushes.carry_out(record)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [1, 2]


def test_a_flush_that_comes_early_is_asked_for_again(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    for seq in (1, 2):
        world.do(bob, "receipt.read", roomId=room_id, seq=seq)
    [asked] = [each.record for each in world.out.queue.asked if each.record["kind"] == "receipt"]
    world.out.queue.asked.clear()
    world.out.clock.advance(0.9)
    world.app.flushes.carry_out(asked)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [1]
    world.wait(2)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [1, 2]


def test_a_receipt_that_was_held_in_a_room_that_grew_quiet_is_not_told() -> None:
    world = World(quiet_room_members=2)
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    for seq in (1, 2):
        world.say(alice, room_id)
        world.do(bob, "receipt.read", roomId=room_id, seq=seq)
    world.do(alice, "room.addMember", roomId=room_id, userId="carol")
    world.wait(5)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [1]


def test_a_flush_for_somebody_who_left_says_nothing(world: World) -> None:
    direct(world)
    alice = world.person("alice")
    for tenant, room, user in (("acme", "d-gone", "bob"), ("other", "d-gone", "bob")):
        held = HeldReceipt(
            TenantId(tenant),
            RoomId(room),
            alice.caller.user_id,
            alice.caller.scope,
            alice.connection_id,
        )
        world.app.receipts.flush(held)
        assert user == "bob"
    assert world.events_of(alice, "receipt:update") == []


# --- When parts fail -----------------------------------------------------------------------------


def test_without_the_cache_cursors_move_and_nobody_is_told(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    world.out.server.down = True
    assert world.do(bob, "receipt.read", roomId=room_id, seq=5) == cursor(5, 5, 0)
    world.out.server.down = False
    world.out.faults["cache.may_push_receipt"].append(CacheUnavailable("down"))
    world.do(alice, "receipt.read", roomId=room_id, seq=5)
    assert world.events_of(alice, "receipt:update") == []
    assert world.do(alice, "room.get", roomId=room_id)["members"][1]["readSeq"] == 5


@pytest.mark.parametrize("call", ["users.profiles", "messages.page"])
def test_a_stored_receipt_is_acknowledged_even_if_nobody_can_be_told(
    world: World, call: str
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob", "carol")
    world.say(alice, room_id)
    world.out.faults[call].append(StoreUnavailable("throttled"))
    assert world.do(bob, "receipt.read", roomId=room_id, seq=1) == cursor(1, 1, 0)
    assert world.events_of(alice, "receipt:update") == []


def test_a_record_of_an_older_version_is_carried_out(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    for seq in (1, 2):
        world.do(bob, "receipt.read", roomId=room_id, seq=seq)
    record = dict(world.out.queue.asked[0].record)
    del record["deliveredFrom"]
    world.out.clock.advance(1)
    world.app.flushes.carry_out(record)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [1, 2]


def test_a_queue_that_does_not_answer_costs_only_the_event(world: World) -> None:
    room_id, bob = direct(world), world.person("bob")
    world.do(bob, "receipt.read", roomId=room_id, seq=1)
    world.out.faults["queue.ask"].append(Unavailable("queue"))
    assert world.do(bob, "receipt.read", roomId=room_id, seq=2) == cursor(2, 2, 3)


@pytest.mark.covers("B-116")
def test_a_thousand_receipts_a_minute(world: World) -> None:
    small = World(receipts_per_minute=3)
    room_id, bob = direct(small), small.person("bob")
    small.wait(60)
    for seq in (1, 2, 3):
        small.do(bob, "receipt.read", roomId=room_id, seq=seq)
    assert small.refused(bob, "receipt.read", roomId=room_id, seq=4) == "RATE_LIMITED"
    assert World().app.policies.defaults.receipt.windows == ((1_000, 60),)


def test_sending_moves_the_senders_own_cursor_with_the_stream(world: World) -> None:
    room_id, alice = direct(world, 0), world.person("alice")
    world.say(alice, room_id)
    world.relay()
    assert world.do(alice, "room.get", roomId=room_id)["me"]["unread"] == 0
