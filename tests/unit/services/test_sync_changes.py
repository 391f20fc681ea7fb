"""Catching up with edits, deletions and reactions: none is missed (SPEC §4, §5.4)."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Connection
from parley.protocol.commands import StartSync
from parley.protocol.views import RoomView
from parley.services.missed import Missed, Reached
from tests.support.memory import World

ACME = TenantId("acme")
THUMB = "\U0001f44d"
MEDDLED_PAGES = 8


@pytest.fixture
def world() -> World:
    return World(
        messages_per_10s=1_000_000, messages_per_minute=1_000_000, requests_per_minute=1_000_000
    )


def room(world: World, count: int, body: str = "x") -> tuple[Connection, Connection, str]:
    """Return alice, bob and a group in which alice wrote so many messages."""
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    for _ in range(count):
        world.say(alice, room_id, body)
    return alice, bob, room_id


def change(world: World, who: Connection, room_id: str, seq: int, op: str, **data: Any) -> None:
    message = world.out.messages.get(ACME, RoomId(room_id), seq)
    assert message is not None
    world.do(who, f"message.{op}", roomId=room_id, messageId=message.message_id, **data)


class Device:
    """A client that keeps what it is told, as the contract says it should."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rooms: dict[str, dict[str, int]] = {}
        self.messages: dict[tuple[str, int], dict[str, Any]] = {}
        self.resets: list[str] = []
        self.pages: list[dict[str, Any]] = []

    def sync(self, world: World, between: Callable[[], None] | None = None) -> None:
        """Sync to the end; ``between`` is called after each of the first pages."""
        known = {room_id: dict(cursor) for room_id, cursor in self.rooms.items()}
        more: dict[str, str] = {}
        for number in range(500):
            page = world.do(self.connection, "sync.start", rooms=known, **more)
            self._take(page)
            if page["cursor"] is None:
                return
            more = {"cursor": page["cursor"]}
            if between is not None and number < MEDDLED_PAGES:
                between()
        raise AssertionError("a sync that never ends")

    def _take(self, page: dict[str, Any]) -> None:
        self.pages.append(page)
        for view in page["rooms"]:
            if view.get("reset"):
                self.resets.append(view["roomId"])
            held = self.rooms.setdefault(view["roomId"], {"seq": 0, "rev": 0})
            held["rev"] = view["rev"]
        for part in page["changes"]:
            for message in part["messages"]:
                self._keep(message)

    def _keep(self, message: dict[str, Any]) -> None:
        held = self.rooms[message["roomId"]]
        assert message["seq"] <= held["seq"] + 1, "a hole"
        held["seq"] = max(held["seq"], message["seq"])
        place = message["roomId"], message["seq"]
        if place not in self.messages or self.messages[place]["rev"] <= message["rev"]:
            self.messages[place] = message

    def shows_the_truth(self, world: World) -> bool:
        return all(
            self.messages[room_id, seq] == message
            for room_id, held in self.rooms.items()
            for seq, message in truth(world, self.connection, room_id).items()
            if seq <= held["seq"]
        )


def truth(world: World, who: Connection, room_id: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    while True:
        after = max(found, default=0)
        page = world.do(who, "message.history", roomId=room_id, after=after, limit=100)
        found |= {message["seq"]: message for message in page["messages"]}
        if not page["hasMore"]:
            return found


def device(world: World, connection: Connection, *room_ids: str) -> Device:
    """Return a device that has all of these rooms."""
    synced = Device(connection)
    synced.rooms = {room_id: {"seq": 0, "rev": 0} for room_id in room_ids}
    synced.sync(world)
    synced.pages.clear()
    return synced


def parts(device: Device) -> list[list[int]]:
    """Return the numbers of the messages that came, one list for each entry of `changes`."""
    entries = [part for page in device.pages for part in page["changes"]]
    return [[message["seq"] for message in entry["messages"]] for entry in entries]


@pytest.mark.covers("C-14")
def test_what_changed_comes_in_its_newest_state_together_with_what_is_new(world: World) -> None:
    alice, bob, room_id = room(world, 5)
    away = device(world, bob, room_id)
    change(world, alice, room_id, 4, "edit", body="one")
    change(world, alice, room_id, 2, "delete")
    change(world, alice, room_id, 4, "edit", body="two")
    change(world, bob, room_id, 5, "react", emoji=THUMB, on=True)
    world.say(alice, room_id)
    away.sync(world)
    assert parts(away) == [[2, 4, 5, 6]]
    assert [m["body"] for m in away.pages[0]["changes"][0]["messages"]] == [
        None,
        "two",
        "x",
        "hello",
    ]
    assert away.pages[0]["changes"][0]["hasMore"] is False
    assert away.shows_the_truth(world)
    assert away.rooms[room_id] == {"seq": 6, "rev": 4}


def test_only_what_changed_since_the_clients_rev_comes(world: World) -> None:
    alice, bob, room_id = room(world, 3)
    change(world, alice, room_id, 1, "edit", body="before")
    away = device(world, bob, room_id)
    away.sync(world)
    assert parts(away) == []
    change(world, alice, room_id, 2, "edit", body="after")
    away.sync(world)
    assert parts(away) == [[2]]


def test_a_change_of_a_message_that_the_client_never_had_comes_with_the_message_only(
    world: World,
) -> None:
    alice, bob, room_id = room(world, 2)
    away = device(world, bob, room_id)
    world.say(alice, room_id)
    change(world, alice, room_id, 3, "edit", body="new")
    away.sync(world)
    assert parts(away) == [[3]]
    assert away.shows_the_truth(world)


@pytest.mark.parametrize("known", [{"seq": 0, "rev": 0}, {"seq": 3, "rev": 2}])
def test_the_log_is_not_read_for_a_client_that_cannot_have_missed_a_change(
    world: World, known: dict[str, int]
) -> None:
    alice, bob, room_id = room(world, 3)
    for seq in (1, 2):
        change(world, alice, room_id, seq, "edit", body="y")
    world.forget_pushes()
    world.do(bob, "sync.start", rooms={room_id: known})
    assert "rooms.revisions" not in world.out.calls
    assert "messages.at" not in world.out.calls[world.out.calls.index("messages.at") + 1 :]


def test_a_client_that_has_nothing_gets_each_message_once(world: World) -> None:
    alice, bob, room_id = room(world, 60, "x" * 1_000)
    for seq in (1, 2, 40):
        change(world, alice, room_id, seq, "edit", body="y")
    away = Device(bob)
    away.rooms = {room_id: {"seq": 0, "rev": 0}}
    world.forget_pushes()
    away.sync(world)
    assert "rooms.revisions" not in world.out.calls
    assert [seq for part in parts(away) for seq in part] == list(range(1, 61))
    assert len(parts(away)) > 1


def test_a_rev_beyond_the_rooms_resets_it(world: World) -> None:
    alice, bob, room_id = room(world, 3)
    change(world, alice, room_id, 1, "edit", body="y")
    page = world.do(bob, "sync.start", rooms={room_id: {"seq": 2, "rev": 2}})
    assert (page["rooms"][0]["reset"], page["changes"]) == (True, [])
    page = world.do(bob, "sync.start", rooms={room_id: {"seq": 2, "rev": 1}})
    assert "reset" not in page["rooms"][0]


def test_changes_of_name_and_members_bring_their_own_message_only(world: World) -> None:
    alice, bob, room_id = room(world, 2)
    away = device(world, bob, room_id)
    world.do(alice, "room.update", roomId=room_id, name="New")
    world.do(alice, "room.addMember", roomId=room_id, userId="carol")
    away.sync(world)
    assert parts(away) == [[3, 4]]
    assert away.rooms[room_id] == {"seq": 4, "rev": 2}


def test_a_room_that_the_client_does_not_name_comes_without_changes(world: World) -> None:
    alice, bob, room_id = room(world, 2)
    change(world, alice, room_id, 1, "edit", body="y")
    page = world.do(bob, "sync.start")
    assert ([view["rev"] for view in page["rooms"]], page["changes"]) == ([1], [])


def test_a_changed_message_that_retention_removed_is_skipped(world: World) -> None:
    alice, bob, room_id = room(world, 3)
    away = device(world, bob, room_id)
    for seq in (1, 2):
        change(world, alice, room_id, seq, "edit", body="y")
    world.out.messages.remove(ACME, RoomId(room_id), 1)
    away.sync(world)
    assert parts(away) == [[2]]


# --- In pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", [0, 5])
@pytest.mark.parametrize("body", ["y", "z" * 300, "\U0001f600" * 4_000])
def test_many_changes_come_in_pages_each_message_once_a_page(
    world: World, body: str, new: int
) -> None:
    count = 250 if len(body) < 4_000 else 12
    alice, bob, room_id = room(world, count)
    away = device(world, bob, room_id)
    for seq in sorted(range(1, count + 1), key=lambda seq: seq * 7 % 11):
        change(world, alice, room_id, seq, "edit", body=f"{body[:3_990]}{seq}")
    for _ in range(new):
        world.say(alice, room_id, body)
    away.sync(world)
    assert len(parts(away)) > 1
    assert all(part == sorted(set(part)) for part in parts(away))
    assert away.shows_the_truth(world)
    assert away.rooms[room_id] == {"seq": count + new, "rev": count}


def test_more_changed_messages_than_one_read_come_in_parts_whatever_would_fit(
    world: World,
) -> None:
    alice, _, room_id = room(world, 120)
    for seq in range(120, 0, -1):
        change(world, alice, room_id, seq, "react", emoji=THUMB, on=True)
    world.say(alice, room_id)
    [view] = world.app.sync.start(alice, StartSync()).rooms
    assert isinstance(view, RoomView)
    missed, came = Missed([], Reached(120, 0), has_more=True), []
    while missed.has_more:
        missed = world.app.sync.missed.of(view, missed.reached, 1_000_000)
        came.append([message.seq for message in missed.messages])
    assert came == [list(range(21, 121)), [*range(1, 21), 121]]
    assert missed.reached == Reached(121, 120)


def test_a_log_longer_than_one_read_of_a_single_message_ends(world: World) -> None:
    alice, bob, room_id = room(world, 2)
    away = device(world, bob, room_id)
    for number in range(1_100):
        change(world, alice, room_id, 1, "react", emoji=THUMB, on=number % 2 == 0)
    change(world, alice, room_id, 2, "edit", body="last")
    away.sync(world)
    assert parts(away) == [[1], [1], [1, 2]]
    assert away.shows_the_truth(world)


def test_changes_of_what_the_client_does_not_have_fill_pages_with_nothing_and_end(
    world: World,
) -> None:
    alice, bob, room_id = room(world, 2)
    away = device(world, bob, room_id)
    world.say(alice, room_id)
    for number in range(600):
        change(world, alice, room_id, 3, "react", emoji=THUMB, on=number % 2 == 0)
    away.sync(world)
    assert parts(away) == [[3]]
    assert away.shows_the_truth(world)


class Mischief:
    """People who write, edit, delete and react at random."""

    def __init__(self, world: World, people: tuple[Connection, ...], rooms: list[str]) -> None:
        self.chance = random.Random(7)  # noqa: S311
        self.world, self.people, self.rooms = world, people, rooms

    def strike(self) -> None:
        chance, room_id = self.chance, self.chance.choice(self.rooms)
        end = self.world.out.messages.head(ACME, RoomId(room_id)).last_seq
        message = self.world.out.messages.get(ACME, RoomId(room_id), chance.randint(1, end))
        assert message is not None
        body = chance.choice(["short", "c" * 900, "d" * 3_500])
        kind = "say" if message.deleted_at else chance.choice(["say", "edit", "react", "delete"])
        if kind == "say":
            self.world.say(self.people[0], room_id, body)
            return
        data: dict[str, Any] = {"edit": {"body": f"{body}{end}"}}.get(kind, {})
        if kind == "react":
            data = {"emoji": THUMB, "on": chance.random() < 0.5}
        change(self.world, chance.choice(self.people), room_id, message.seq, kind, **data)

    def strike_often(self, most: int) -> None:
        for _ in range(self.chance.randrange(most)):
            self.strike()


@pytest.mark.parametrize("most", [2, 6, 20])
def test_whatever_happens_between_the_pages_nothing_is_missed(world: World, most: int) -> None:
    alice, bob, first = room(world, 25, "a" * 500)
    owner = world.person("alice", role="tenant_admin")
    rooms = [first, room(world, 25, "b" * 500)[2]]
    away, mischief = device(world, bob, *rooms), Mischief(world, (alice, owner), rooms)
    for _ in range(4):
        mischief.strike_often(60)
        away.sync(world, between=lambda: mischief.strike_often(most))
    away.sync(world)
    assert away.shows_the_truth(world)
    for room_id in rooms:
        assert away.rooms[room_id]["seq"] == len(truth(world, alice, room_id))
    assert (away.resets, len(away.pages) > 6) == ([], True)
