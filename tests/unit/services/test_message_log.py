"""What the log tells of one message, for `parley where`: stored, queued, pushed, recovered."""

import logging
from typing import Any

import pytest

from parley.domain.ids import ConnectionId, MessageId, RoomId, TenantId, UserId
from parley.domain.people import Connection
from parley.domain.presence import Target
from parley.errors import Unavailable
from parley.services.fanout_records import About, Origin, Shard, read_record
from tests.support.memory import World

Fields = dict[str, Any]
IDS = ("tenant_id", "room_id", "message_id", "seq")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "parley")
    return caplog


def lines(log: pytest.LogCaptureFixture, name: str) -> list[Fields]:
    return [vars(record) for record in log.records if record.getMessage() == name]


def ids_of(said: Fields) -> Fields:
    return {
        "tenant_id": "acme",
        "room_id": said["roomId"],
        "message_id": said["messageId"],
        "seq": said["seq"],
    }


def chosen(line: Fields, names: tuple[str, ...] = IDS) -> Fields:
    return {name: line[name] for name in names}


@pytest.mark.covers("D-28", "B-147")
def test_a_message_is_logged_as_stored_and_a_repeat_as_repeated(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    command = {"roomId": room_id, "clientId": "c-1", "body": "hello"}
    said = world.do(alice, "message.send", **command)["message"]
    world.do(alice, "message.send", **command)
    (stored,) = lines(log, "message_stored")
    (repeated,) = lines(log, "message_repeated")
    for line in (stored, repeated):
        assert chosen(line) == ids_of(said)
        assert (line["user_id"], line["connection_id"]) == ("alice", alice.connection_id)
        assert line["tries"] == 1
        assert line["duration_ms"] >= 0


def test_each_connection_of_a_message_is_logged_with_its_outcome(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    alice, bob, phone, carol = (world.person(n) for n in ("alice", "bob", "bob", "carol"))
    room_id = world.group(alice, "bob", "carol")
    world.settle()
    world.out.push.answer_always(phone.connection_id, 410)
    world.out.push.answer_always(carol.connection_id, 500)
    log.clear()
    said = world.say(alice, room_id)
    (line,) = lines(log, "message_pushed")
    assert chosen(line) == ids_of(said)
    assert line["event"] == "message:new"
    assert line["duration_ms"] >= 0
    assert line["outcomes"] == {
        "bob": {bob.connection_id: "delivered", phone.connection_id: "gone"},
        "carol": {carol.connection_id: "500"},
    }


@pytest.mark.parametrize(
    ("operation", "event", "data"),
    [
        ("message.edit", "message:updated", {"body": "better"}),
        ("message.delete", "message:deleted", {}),
        ("message.react", "message:updated", {"emoji": "👍", "on": True}),
    ],
)
def test_changes_of_a_message_are_logged_the_same_way(
    world: World, log: pytest.LogCaptureFixture, operation: str, event: str, data: Fields
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    said = world.say(alice, world.group(alice, "bob"))
    world.settle()
    log.clear()
    world.do(alice, operation, roomId=said["roomId"], messageId=said["messageId"], **data)
    (line,) = lines(log, "message_pushed")
    assert (line["event"], chosen(line)) == (event, ids_of(said))
    assert line["outcomes"] == {"bob": {bob.connection_id: "delivered"}}
    (changed,) = lines(log, event.replace(":", "_"))
    assert (chosen(changed), changed["user_id"]) == (ids_of(said), "alice")


def test_what_is_no_message_has_no_such_line(world: World, log: pytest.LogCaptureFixture) -> None:
    alice = world.person("alice")
    world.person("bob")
    room_id = world.group(alice, "bob")
    world.settle()
    log.clear()
    world.tell(alice, "typing.start", roomId=room_id)
    world.do(alice, "room.update", roomId=room_id, name="Team")
    pushed = {line["event"] for line in lines(log, "message_pushed")}
    # The system message about the name, and neither `typing:update` nor `room:updated`.
    assert pushed == {"message:new"}


def test_a_message_to_nobody_who_is_here_is_only_stored(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    alice = world.person("alice")
    world.say(alice, world.group(alice, "bob"))
    assert len(lines(log, "message_stored")) == 1
    assert lines(log, "message_pushed") == []


# --- The fan-out queue ---------------------------------------------------------------------------


def crowd(world: World, count: int) -> tuple[Connection, str]:
    alice = world.person("alice")
    for number in range(count):
        world.person(f"u{number}")
    made = world.do(alice, "room.create", type="organization")
    world.fan_out()
    world.settle()
    return alice, str(made["roomId"])


@pytest.mark.parametrize(("people", "crowded", "count"), [(6, False, 6), (10, True, 0)])
def test_a_message_for_many_is_logged_where_it_is_queued_and_where_it_is_pushed(
    log: pytest.LogCaptureFixture, people: int, crowded: bool, count: int
) -> None:
    world = World(direct_push_max=4, direct_room_max=8)
    alice, room_id = crowd(world, people)
    log.clear()
    said = world.say(alice, room_id)
    (queued,) = lines(log, "message_queued")
    assert chosen(queued) == ids_of(said)
    assert chosen(queued, ("event", "crowded", "count")) == {
        "event": "message:new",
        "crowded": crowded,
        "count": count,
    }
    assert lines(log, "message_pushed") == []
    world.fan_out()
    outcomes: Fields = {}
    for line in lines(log, "message_pushed"):
        assert (line["event"], chosen(line)) == ("message:new", ids_of(said))
        outcomes |= line["outcomes"]
    assert outcomes.keys() == {f"u{number}" for number in range(people)}
    spread = lines(log, "event_spread")
    assert [line["message_id"] for line in spread] == [said["messageId"]] * crowded


def test_a_message_that_the_queue_did_not_take_is_logged_where_it_is_pushed_instead(
    log: pytest.LogCaptureFixture,
) -> None:
    world = World(direct_push_max=4, direct_room_max=8)
    alice, room_id = crowd(world, 6)
    world.out.faults["fanout.ask"].append(Unavailable("fan-out queue: Throttled"))
    log.clear()
    said = world.say(alice, room_id)
    (line,) = lines(log, "message_pushed")
    assert (chosen(line), len(line["outcomes"])) == (ids_of(said), 6)
    (refused,) = lines(log, "fan_out_not_asked")
    assert refused["cause"] == "fan-out queue: Throttled"
    assert lines(log, "message_queued") == []


def test_a_record_carries_what_it_is_about_and_older_ones_are_read_without() -> None:
    about = About("message:new", MessageId("m-1"), 7)
    origin = Origin(TenantId("acme"), RoomId("g-1"), 5.0, about)
    to = Target(TenantId("acme"), UserId("bob"), ConnectionId("c1="))
    record = Shard(b"{}", (to,), origin).record()
    assert (record["event"], record["messageId"], record["seq"]) == ("message:new", "m-1", 7)
    assert read_record(record) == Shard(b"{}", (to,), origin)
    for name in ("event", "messageId", "seq"):
        del record[name]
    older = read_record(record)
    assert older is not None
    assert older.origin == Origin(TenantId("acme"), RoomId("g-1"), 5.0)


def test_a_shard_that_waited_is_logged_with_how_long_it_took(
    log: pytest.LogCaptureFixture,
) -> None:
    world = World(direct_push_max=4, direct_room_max=8)
    alice, room_id = crowd(world, 6)
    world.say(alice, room_id)
    world.out.clock.advance(2.5)
    log.clear()
    world.fan_out()
    (line,) = lines(log, "message_pushed")
    assert line["duration_ms"] == 2_500.0


# --- What was missed -----------------------------------------------------------------------------

WHO = ("by", "tenant_id", "user_id", "connection_id")


def test_a_heartbeat_that_names_rooms_is_logged_and_a_quiet_one_is_not(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.relay()
    for _ in range(6):
        world.wait(20)
        world.do(bob, "presence.heartbeat")
    log.clear()
    world.do(bob, "presence.heartbeat")
    assert lines(log, "message_recovered") == []
    world.say(alice, room_id)
    world.relay()
    world.do(bob, "presence.heartbeat")
    (line,) = lines(log, "message_recovered")
    who = {"by": "heartbeat", "tenant_id": "acme", "user_id": "bob"}
    assert chosen(line, WHO) == {**who, "connection_id": bob.connection_id}
    assert line["rooms"] == {room_id: 1}


def test_a_sync_is_logged_with_what_it_brought(world: World, log: pytest.LogCaptureFixture) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id, other = world.group(alice, "bob"), world.group(alice, "bob")
    for _ in range(3):
        world.say(alice, room_id)
    cursors = {room_id: {"seq": 1, "rev": 0}, other: {"seq": 0, "rev": 0}}
    world.do(bob, "sync.start", rooms=cursors)
    (line,) = lines(log, "message_recovered")
    who = {"by": "sync", "tenant_id": "acme", "user_id": "bob"}
    assert chosen(line, WHO) == {**who, "connection_id": bob.connection_id}
    assert line["rooms"] == {room_id: [2, 3]}
    log.clear()
    world.do(bob, "sync.start", rooms={room_id: {"seq": 3, "rev": 0}})
    assert lines(log, "message_recovered") == []


def test_history_is_logged_where_it_can_fill_a_gap(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.do(bob, "message.history", roomId=room_id)
    assert lines(log, "message_recovered") == []
    for _ in range(4):
        world.say(alice, room_id)
    world.do(bob, "message.history", roomId=room_id, before=4)
    assert lines(log, "message_recovered") == []
    world.do(bob, "message.history", roomId=room_id, limit=2)
    world.do(bob, "message.history", roomId=room_id, after=1, limit=1)
    found = lines(log, "message_recovered")
    assert [line["rooms"] for line in found] == [{room_id: [3, 4]}, {room_id: [2, 2]}]
    assert {line["by"] for line in found} == {"history"}
