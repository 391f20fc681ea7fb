"""Every frame that we send is at most 30 KB, whatever people are called and write (SPEC §3).

`World` checks the size of each reply and each push; these tests make the largest ones.
"""

import pytest

from parley.domain.ids import MessageId, RoomId, UserId
from parley.domain.messages import Message, MessageType
from parley.protocol import frames
from parley.services.views import MESSAGE_BYTES, PREVIEW_BYTES, message_view, preview_view
from tests.support.memory import World

EMOJI = "\U0001f600"
# As long as an id may be, in UTF-8 and as JSON.
LONG = EMOJI * 124


def long_ids(count: int) -> list[str]:
    return [f"{LONG}{number:04}" for number in range(count)]


@pytest.fixture
def world() -> World:
    return World(messages_per_10s=1_000, messages_per_minute=1_000)


@pytest.mark.scenario("C14")
@pytest.mark.parametrize("body", [EMOJI * 4_000, '"' * 4_000, "\\" * 4_000, "\t" * 3_999 + "x"])
def test_the_largest_text_is_pushed_and_listed_whole(world: World, body: str) -> None:
    alice, bob = world.person(LONG), world.person("bob", LONG)
    mate = world.person("bob")
    room_id = world.group(alice, "bob", name="\U0001f600" * 128)
    for _ in range(3):
        message = world.say(alice, room_id, body)
        assert message["truncated"] is False
    assert len(world.events_of(mate, "message:new")) == 3
    assert world.events_of(bob, "message:new") == []
    known = {room_id: {"seq": 0, "rev": 0}}
    assert world.do(mate, "sync.start", rooms=known)["changes"][0]["messages"]
    assert world.do(mate, "room.list")["rooms"]


@pytest.mark.scenario("C14")
def test_a_body_over_30_kb_travels_cut_and_says_so() -> None:
    world = World(body_max_chars=100_000)
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    text = EMOJI * 7_500
    message = world.say(alice, room_id, text)
    assert message["truncated"] is True
    assert text.startswith(message["body"])
    assert len(message["body"]) > 5_000
    assert world.events_of(bob, "message:new") == [message]
    assert world.do(bob, "message.history", roomId=room_id)["messages"] == [message]
    known = {room_id: {"seq": 0, "rev": 0}}
    first = world.do(bob, "sync.start", rooms=known)
    second = world.do(bob, "sync.start", rooms=known, cursor=first["cursor"])
    assert (first["changes"], second["changes"][0]["messages"]) == ([], [message])


def test_mentions_of_people_with_the_longest_ids_neither_fill_a_frame_nor_stop_a_sync(
    world: World,
) -> None:
    alice = world.person("alice")
    ids = long_ids(50)
    room_id = world.group(alice, "bob", *ids[:25])
    bob = world.person("bob")
    caught = {"roomId": room_id, "clientId": "c", "body": "x" * 4_000, "mentions": ids[:25]}
    for number in range(3):
        message = world.do(alice, "message.send", **{**caught, "clientId": f"c{number}"})["message"]
        assert message["body"] == "x" * 4_000
    page = world.do(bob, "sync.start", rooms={room_id: {"seq": 0, "rev": 0}})
    seqs = [m["seq"] for change in page["changes"] for m in change["messages"]]
    while page["cursor"] is not None:
        page = world.do(
            bob, "sync.start", rooms={room_id: {"seq": 0, "rev": 0}}, cursor=page["cursor"]
        )
        seqs += [m["seq"] for change in page["changes"] for m in change["messages"]]
    assert seqs == [1, 2, 3]
    assert world.do(bob, "room.list")["rooms"][0]["lastMessage"]["body"] == "x" * 200


def huge(body: str | None, mentions: int, reactions: int) -> Message:
    """Return a message as large as later parts may make it."""
    people = tuple(UserId(user) for user in long_ids(100))
    return Message(
        message_id=MessageId("0" * 21),
        room_id=RoomId("g-" + "0" * 32),
        seq=2**53,
        client_id=EMOJI * 64,
        sender_id=people[0],
        sender_name=EMOJI * 128,
        type=MessageType.TEXT,
        body=body,
        created_at=World().out.clock.now(),
        rev=2**53,
        mentions=people[:mentions],
        reactions=dict.fromkeys((EMOJI * 8 + str(n) for n in range(reactions)), people),
    )


@pytest.mark.scenario("C14")
@pytest.mark.parametrize("body", [None, "", "x", EMOJI * 4_000, '"' * 100_000, "\n" * 100_000])
@pytest.mark.parametrize("mentions", [0, 1, 20, 50])
@pytest.mark.parametrize("reactions", [0, 1, 20])
def test_a_message_fits_its_place_in_every_frame(
    body: str | None, mentions: int, reactions: int
) -> None:
    message = huge(body, mentions, reactions)
    view = message_view(message)
    assert frames.size_bytes(view) <= MESSAGE_BYTES
    assert (view.body is None) is (body is None)
    whole = (view.body, list(view.mentions), len(view.reactions)) == (
        body,
        list(message.mentions),
        reactions,
    )
    assert view.truncated is not whole
    assert frames.size_bytes(preview_view(message)) <= PREVIEW_BYTES


@pytest.mark.scenario("C14")
def test_a_room_of_a_hundred_people_with_the_longest_ids_fits_its_frames(world: World) -> None:
    owner = world.person(LONG)
    ids = long_ids(120)
    for user_id in ids[:100]:
        world.person(user_id)
    mate = world.person(ids[0])
    create = {"type": "group", "name": EMOJI * 128, "clientId": "c"}
    room = world.do(owner, "room.create", **create, memberIds=ids[:50])
    assert room["memberCount"] == 51
    assert 5 < len(room["members"]) < 51
    assert len(world.events_of(mate, "room:updated")) == 1
    world.say(owner, room["roomId"], EMOJI * 4_000)
    assert world.do(mate, "room.get", roomId=room["roomId"])["lastSeq"] == 1


@pytest.mark.scenario("C14")
def test_people_with_the_longest_names_are_listed_and_announced_in_pages(world: World) -> None:
    asker = world.person("alice", LONG)
    world.settle()
    ids = long_ids(120)
    for user_id in ids:
        world.person(user_id, LONG)
    world.wait(5)
    told = [u["userId"] for e in world.events_of(asker, "presence:update") for u in e["users"]]
    assert sorted(told) == ids
    listed: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.do(asker, "presence.list", **cursor)
        listed += [user["userId"] for user in page["users"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert listed == ["alice", *ids]
    synced: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = world.do(asker, "sync.start", **more)
        synced += [user["userId"] for user in page["users"]]
        if page["cursor"] is None:
            break
        more = {"cursor": page["cursor"]}
    assert synced == listed


def test_the_longest_sync_page_fits_beside_its_own_fields(world: World) -> None:
    alice = world.person(LONG, LONG)
    rooms = [world.group(alice, "bob", name=EMOJI * 128) for _ in range(40)]
    for number, room_id in enumerate(rooms):
        world.say(alice, room_id, EMOJI * (500 + 50 * number))
    known = {room_id: {"seq": 0, "rev": 0} for room_id in rooms}
    page = world.do(alice, "sync.start", rooms=known)
    pages = 1
    while page["cursor"] is not None:
        page = world.do(alice, "sync.start", rooms=known, cursor=page["cursor"])
        pages += 1
    assert pages > 3


def test_a_refusal_fits_too(world: World) -> None:
    alice = world.person("alice")
    data = {EMOJI * 200 + str(number): 1 for number in range(30)}
    reply = world.ask(alice, "message.send", **data)
    assert reply["error"] == "VALIDATION_ERROR"
    assert 0 < len(reply["details"]) <= 10
