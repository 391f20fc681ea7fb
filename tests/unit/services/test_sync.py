"""Catching up: complete, in pages below 30 KB, whatever comes in between (SPEC §4, §5.4).

What changed of messages that the client has is in `test_sync_changes`.
"""

from collections import Counter, defaultdict
from typing import Any

import pytest

from parley.domain.ids import RoomId
from parley.domain.messages import Draft, MessageType
from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from parley.ports import Stored
from tests.support.memory import World

EMOJI = "\U0001f600"


@pytest.fixture
def world() -> World:
    return World(
        messages_per_10s=1_000_000, messages_per_minute=1_000_000, requests_per_minute=1_000_000
    )


class View:
    """What a client knows once a sync is through."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[str, Any]] = {}
        self.messages: defaultdict[str, list[int]] = defaultdict(list)
        self.users: list[str] = []
        self.epochs: list[str] = []
        self.pages = 0

    def read(self, page: dict[str, Any]) -> None:
        self.pages += 1
        self.epochs.append(page["epoch"])
        for room in page["rooms"]:
            assert room["roomId"] not in self.rooms
            self.rooms[room["roomId"]] = room
        for change in page["changes"]:
            self.messages[change["roomId"]] += [message["seq"] for message in change["messages"]]
        self.users += [user["userId"] for user in page["users"]]


def synced(
    world: World, person: Connection, rooms: dict[str, int] | None = None, *, most: int = 2_000
) -> View:
    """Sync to the end."""
    known = {room_id: {"seq": seq, "rev": 0} for room_id, seq in (rooms or {}).items()}
    view, cursor = View(), None
    for _ in range(most):
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = world.do(person, "sync.start", rooms=known, **more)
        view.read(page)
        cursor = page["cursor"]
        if cursor is None:
            return view
    raise AssertionError("a sync that never ends")


def group(world: World, owner: Connection, count: int, body: str = "x") -> str:
    """Return a new group with so many messages; those come straight from the store, to be quick."""
    room_id, caller = world.group(owner, "bob"), owner.caller
    for seq in range(1, count + 1):
        draft = Draft(
            tenant_id=caller.tenant_id,
            room_id=RoomId(room_id),
            client_id=f"c{seq}",
            sender_id=caller.user_id,
            sender_name=caller.name,
            type=MessageType.TEXT,
            body=body,
            created_at=world.out.clock.now(),
        )
        assert isinstance(world.out.messages.append(draft, seq), Stored)
    return room_id


@pytest.mark.covers("B-46")
def test_a_first_sync_is_answered_as_the_contract_says(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = group(world, alice, 2)
    reply = world.do(bob, "sync.start")
    assert len(reply.pop("epoch")) > 4
    room = reply.pop("rooms")[0]
    assert (room["roomId"], room["lastSeq"], room["me"]["unread"]) == (room_id, 2, 2)
    assert "reset" not in room
    assert [user["userId"] for user in reply.pop("users")] == ["alice", "bob"]
    server_time = reply.pop("serverTime")
    assert server_time.startswith("2026-01-01T00:00:00.")
    assert reply == {
        "me": {
            "userId": "bob",
            "tenantId": "acme",
            "name": "Bob",
            "role": "member",
            "scope": "tenant",
        },
        "changes": [],
        "heartbeatInterval": 30,
        "presence": "all",
        "cursor": None,
    }


@pytest.mark.covers("C-14", "C-69", "D-94")
def test_a_sync_brings_every_message_since_the_cursors_it_names(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [group(world, alice, 5) for _ in range(4)]
    known = dict(zip(rooms, (0, 2, 5, 4), strict=True))
    view = synced(world, bob, known)
    assert dict(view.messages) == {
        rooms[0]: [1, 2, 3, 4, 5],
        rooms[1]: [3, 4, 5],
        rooms[3]: [5],
    }
    assert view.rooms.keys() == known.keys()


@pytest.mark.scenario("C6", "C12")
def test_a_sync_reads_each_stale_room_once_and_no_other(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [group(world, alice, 5) for _ in range(6)]
    synced(world, bob, dict.fromkeys(rooms, 5))
    for stale in (0, 2, 3):
        world.forget_pushes()
        view = synced(world, bob, dict(zip(rooms, [0] * stale + [5] * (6 - stale), strict=True)))
        assert dict(view.messages) == {room_id: [1, 2, 3, 4, 5] for room_id in rooms[:stale]}
        read = Counter(call for call in world.out.calls if call.startswith("messages."))
        assert read == Counter({"messages.page": stale, "messages.at": 1})


def test_hundreds_of_rooms_and_thousands_of_messages_come_without_a_hole(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    known: dict[str, int] = {}
    for number in range(220):
        room_id = group(world, alice, number % 30)
        known[room_id] = min(number % 7, number % 30)
    for number in range(30):
        world.do(alice, "message.send", toUserId=f"u{number}", clientId="c", body="x")
    view = synced(world, bob, known)
    assert view.rooms.keys() == known.keys()
    for room_id, seq in known.items():
        end = view.rooms[room_id]["lastSeq"]
        assert view.messages[room_id] == list(range(seq + 1, end + 1)), room_id
    assert sum(map(len, view.messages.values())) > 2_000
    assert set(view.users) == {"alice", "bob"}


@pytest.mark.parametrize("body", [EMOJI * 4_000, '"' * 4_000, "\n\t" + "\\" * 3_998, "x"])
def test_pages_of_the_largest_messages_lead_on_from_the_very_first(world: World, body: str) -> None:
    """A client that knows a room but nothing of it (`seq` 0) must not lose its first message."""
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [group(world, alice, 3, f"{body}{number}"[:4_000]) for number in range(6)]
    view = synced(world, bob, dict.fromkeys(rooms, 0))
    assert dict(view.messages) == {room_id: [1, 2, 3] for room_id in rooms}


def test_every_page_size_that_is_left_leads_on(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [group(world, alice, 2, "y" * (137 * number % 4_000 + 1)) for number in range(80)]
    view = synced(world, bob, dict.fromkeys(rooms, 0))
    assert dict(view.messages) == {room_id: [1, 2] for room_id in rooms}


def test_messages_that_come_during_a_sync_are_not_lost(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [group(world, alice, 40, "z" * 400) for _ in range(6)]
    known = {room_id: {"seq": 1, "rev": 0} for room_id in rooms}
    view, cursor = View(), None
    while cursor is not None or not view.pages:
        page = world.do(
            bob, "sync.start", rooms=known, **({} if cursor is None else {"cursor": cursor})
        )
        view.read(page)
        cursor = page["cursor"]
        world.say(alice, rooms[view.pages % 6])
    for room_id in rooms:
        seqs = view.messages[room_id]
        assert seqs == list(range(2, 2 + len(seqs)))
        assert len(seqs) >= 39


# --- Rooms that went, cursors from nowhere -------------------------------------------------------


def test_rooms_that_one_may_not_see_come_back_as_removed(world: World) -> None:
    alice = world.person("alice")
    mine = group(world, alice, 1)
    theirs = world.group(world.person("zed", "other"), "bob")
    view = synced(world, alice, {mine: 1, theirs: 3, "g-nothing": 1, "not one/of ours": 0})
    removed = {room_id for room_id, room in view.rooms.items() if room.get("removed")}
    assert removed == {theirs, "g-nothing", "not one/of ours"}
    assert view.rooms[theirs] == {"roomId": theirs, "removed": True}


def test_a_cursor_beyond_the_end_resets_the_room(world: World) -> None:
    alice = world.person("alice")
    room_id = group(world, alice, 3)
    view = synced(world, alice, {room_id: 4})
    assert (view.rooms[room_id]["reset"], view.rooms[room_id]["lastSeq"]) == (True, 3)
    assert view.messages == {}


def test_hundreds_of_rooms_that_are_gone_are_told_in_pages(world: World) -> None:
    known = {f"g-{number:062}": 1 for number in range(340)}
    view = synced(world, world.person("alice"), known)
    assert all(room["removed"] for room in view.rooms.values())
    assert (len(view.rooms), view.pages) == (340, 2)


def test_a_room_whose_creation_was_killed_is_not_shown(world: World) -> None:
    alice = world.person("alice")
    room_id = group(world, alice, 1)
    world.out.rooms.unfinish(alice.caller.tenant_id, RoomId(room_id))
    assert synced(world, alice).rooms == {}


def test_more_rooms_than_a_frame_may_name_are_refused(world: World) -> None:
    alice = world.person("alice")
    rooms: dict[str, dict[str, int]] = {f"g-{number}": {} for number in range(401)}
    assert world.refused(alice, "sync.start", rooms=rooms) == "VALIDATION_ERROR"


@pytest.mark.parametrize("cursor", ["x", "é", "=", "A" * 2_000, "WzAsIiIsMF0", ""])
def test_a_cursor_that_we_never_gave_is_refused(world: World, cursor: str) -> None:
    assert world.refused(world.person("alice"), "sync.start", cursor=cursor) == "VALIDATION_ERROR"


def test_a_cursor_is_good_for_who_got_it_and_in_sync_only(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    known = {group(world, alice, 30, "x" * 2_000): {"seq": 0, "rev": 0} for _ in range(2)}
    cursor = world.do(bob, "sync.start", rooms=known)["cursor"]
    world.do(bob, "sync.start", rooms=known, cursor=cursor)
    assert world.refused(alice, "sync.start", rooms=known, cursor=cursor) == "VALIDATION_ERROR"
    assert world.refused(bob, "room.list", cursor=cursor) == "VALIDATION_ERROR"
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert world.refused(bob, "sync.start", rooms=known, cursor=changed) == "VALIDATION_ERROR"
    namesake = world.person("bob", "other")
    assert world.refused(namesake, "sync.start", rooms=known, cursor=cursor) == "VALIDATION_ERROR"


def test_a_room_that_is_lost_in_the_middle_of_its_messages_does_not_stop_the_sync(
    world: World,
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    rooms = sorted(group(world, alice, 30, "x" * 2_000) for _ in range(2))
    known = {room_id: {"seq": 0, "rev": 0} for room_id in rooms}
    first = world.do(bob, "sync.start", rooms=known)
    assert first["changes"][-1]["hasMore"] is True
    world.do(alice, "room.removeMember", roomId=rooms[0], userId="bob")
    second = world.do(bob, "sync.start", rooms=known, cursor=first["cursor"])
    assert second["rooms"][0] == {"roomId": rooms[0], "removed": True}
    assert second["rooms"][1]["roomId"] == rooms[1]


def test_channels_and_organization_rooms_begin_when_a_sync_first_shows_them(world: World) -> None:
    alice, bob = world.person("alice", spaces=["s1"]), world.person("bob", spaces=["s1"])
    channel = world.do(alice, "room.create", type="channel", spaceId="s1", name="news")["roomId"]
    everybody = world.do(alice, "room.create", type="organization", name="all")["roomId"]
    world.say(alice, channel, "before")
    view = synced(world, bob)
    assert {room_id: view.rooms[room_id]["me"]["unread"] for room_id in view.rooms} == {
        channel: 0,
        everybody: 0,
    }
    world.say(alice, channel, "after")
    view = synced(world, bob, {channel: 1, everybody: 0})
    assert (view.rooms[channel]["me"]["unread"], dict(view.messages)) == (1, {channel: [2]})


def test_a_channel_whose_space_the_token_lost_is_told_as_removed(world: World) -> None:
    alice, bob = world.person("alice", spaces=["s1"]), world.person("bob", spaces=["s1"])
    channel = world.do(alice, "room.create", type="channel", spaceId="s1", name="news")["roomId"]
    assert channel in synced(world, bob).rooms
    moved = world.person("bob", spaces=["s2"])
    assert synced(world, moved, {channel: 0}).rooms == {
        channel: {"roomId": channel, "removed": True}
    }


# --- People and presence -------------------------------------------------------------------------


def test_people_fill_further_pages(world: World) -> None:
    alice = world.person("alice")
    group(world, alice, 1)
    for number in range(400):
        world.person(f"user-{number:03}")
    view = synced(world, alice)
    assert view.users == ["alice", *(f"user-{number:03}" for number in range(400))]
    assert view.pages > 1


def test_the_epoch_of_the_first_page_holds_for_all(world: World) -> None:
    """What was logged after it and lost with Redis is noticed at the next heartbeat."""
    alice, bob = world.person("alice"), world.person("bob")
    rooms = [group(world, alice, 40, "z" * 1_000) for _ in range(3)]
    known = {room_id: {"seq": 0, "rev": 0} for room_id in rooms}
    first = world.do(bob, "sync.start", rooms=known)
    world.out.server.flush_all()
    second = world.do(bob, "sync.start", rooms=known, cursor=first["cursor"])
    assert first["epoch"] == second["epoch"]
    assert world.do(bob, "presence.heartbeat")["epoch"] != second["epoch"]


@pytest.mark.parametrize("is_empty", [False, True])
def test_without_the_cache_a_sync_brings_all_messages_and_asks_to_be_repeated(
    world: World, is_empty: bool
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = group(world, alice, 3)
    world.out.server.down = True
    view = synced(world, bob, {room_id: 1})
    assert dict(view.messages) == {room_id: [2, 3]}
    assert (view.users, view.epochs) == ([], ["unknown"])
    world.out.server.down = False
    if is_empty:
        world.out.server.flush_all()
    assert world.do(bob, "presence.heartbeat")["epoch"] not in view.epochs


def test_people_who_cannot_be_asked_for_make_the_sync_be_repeated(world: World) -> None:
    alice = world.person("alice")
    world.out.faults["presence.online"].append(CacheUnavailable("down"))
    page = world.do(alice, "sync.start")
    assert (page["users"], page["epoch"], page["cursor"]) == ([], "unknown", None)


def test_a_connection_hears_of_a_message_sent_while_it_syncs(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = group(world, alice, 1)
    for call in ("cache.epoch", "rooms.memberships", "rooms.rooms", "messages.at"):
        world.forget_pushes()
        world.out.faults[call].append(lambda: world.say(alice, room_id))
        known = {room_id: {"seq": 0, "rev": 0}}
        page = world.do(bob, "sync.start", rooms=known)
        synced_to = page["changes"][0]["messages"][-1]["seq"]
        pushed = [message["seq"] for message in world.events_of(bob, "message:new")]
        end = world.do(bob, "room.get", roomId=room_id)["lastSeq"]
        assert {*range(1, synced_to + 1), *pushed} == set(range(1, end + 1)), call


def test_syncs_are_limited() -> None:
    world = World(requests_per_minute=2)
    alice = world.person("alice")
    for _ in range(2):
        world.do(alice, "sync.start")
    assert world.refused(alice, "sync.start") == "RATE_LIMITED"


def test_a_cursor_is_good_for_the_rooms_of_its_first_page_only(world: World) -> None:
    alice = world.person("alice")
    rooms = [world.group(alice, "bob", name="n" * 60) for _ in range(80)]
    first = {"rooms": {rooms[-1]: {"seq": 0, "rev": 0}}}
    cursor = world.do(alice, "sync.start", **first)["cursor"]
    assert cursor is not None
    # Taken for rooms of which the client has nothing, they would bring none of their messages.
    for others in ([], rooms[:1], rooms[-2:]):
        named = {room: {"seq": 0, "rev": 0} for room in others}
        assert world.refused(alice, "sync.start", rooms=named, cursor=cursor) == "VALIDATION_ERROR"
    assert world.do(alice, "sync.start", **first, cursor=cursor)["rooms"]
    assert world.do(alice, "sync.start", rooms={rooms[-1]: {"seq": 9, "rev": 9}}, cursor=cursor)
