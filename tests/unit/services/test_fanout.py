"""Events for many connections: shards, whole rooms, and what is left to heartbeats (SPEC §5.8)."""

import json
import random
from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable, Unavailable
from tests.support.memory import World

ACME = TenantId("acme")
DIRECT = 4
CROWD = 8
TOO_MANY = 12


@pytest.fixture
def world() -> World:
    return World(
        direct_push_max=DIRECT, direct_room_max=CROWD, messages_per_10s=100, messages_per_minute=100
    )


def people(world: World, count: int, **claims: Any) -> list[Connection]:
    """Return alice and others, connected."""
    alice = world.person("alice", **claims)
    return [alice, *(world.person(f"u{number}", **claims) for number in range(count - 1))]


def room(world: World, kind: str, everybody: list[Connection], **data: Any) -> str:
    """Return a room in which all of them are."""
    alice = everybody[0]
    names = [each.caller.user_id for each in everybody[1:]]
    members = {"memberIds": names} if kind == "group" else {}
    made = world.do(alice, "room.create", type=kind, **members, **data)
    world.fan_out()
    world.settle()
    return str(made["roomId"])


def heard(world: World, connection: Connection) -> list[str]:
    return [data["body"] for data in world.events_of(connection, "message:new")]


KINDS = [("group", {}), ("organization", {}), ("channel", {"spaceId": "north"})]


# --- Which way an event goes ---------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "data"), KINDS)
@pytest.mark.parametrize(
    ("count", "records"),
    [(DIRECT + 1, []), (DIRECT + 2, ["shard"]), (CROWD, ["shard"]), (CROWD + 1, ["room"])],
)
def test_many_connections_are_left_to_the_fan_out_function(
    world: World, kind: str, data: dict[str, str], count: int, records: list[str]
) -> None:
    everybody = people(world, count, spaces=["north"])
    room_id = room(world, kind, everybody, **data)
    world.say(everybody[0], room_id, "hello")
    assert [record["kind"] for record in world.out.fanout.asked] == records
    pushed = [heard(world, each) for each in everybody[1:]]
    assert pushed == [[] if records else ["hello"]] * (count - 1)
    world.fan_out()
    assert heard(world, everybody[0]) == []
    assert [heard(world, each) for each in everybody[1:]] == [["hello"]] * (count - 1)


@pytest.mark.parametrize("kind", ["group", "organization"])
@pytest.mark.parametrize(
    ("operation", "event"),
    [
        ("message.edit", "message:updated"),
        ("message.react", "message:updated"),
        ("message.delete", "message:deleted"),
        ("room.update", "room:updated"),
    ],
)
def test_changes_in_large_rooms_reach_everybody(
    world: World, kind: str, operation: str, event: str
) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, kind, everybody)
    message = world.say(everybody[0], room_id)
    world.fan_out()
    world.forget_pushes()
    data = {
        "message.edit": {"messageId": message["messageId"], "body": "better"},
        "message.react": {"messageId": message["messageId"], "emoji": "👍", "on": True},
        "message.delete": {"messageId": message["messageId"]},
        "room.update": {"name": "Hall"},
    }[operation]
    world.do(everybody[0], operation, roomId=room_id, **data)
    world.fan_out()
    assert [len(world.events_of(each, event)) for each in everybody] == [0] + [1] * (TOO_MANY - 1)


def test_the_sender_of_a_system_message_hears_it_in_a_large_room(world: World) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody)
    world.do(everybody[0], "room.update", roomId=room_id, name="Hall")
    world.fan_out()
    assert [len(heard(world, each)) for each in everybody] == [1] * TOO_MANY


def test_the_senders_other_devices_hear_of_it_once(world: World) -> None:
    everybody = people(world, TOO_MANY)
    tablet = world.person("alice")
    room_id = room(world, "organization", everybody)
    world.say(everybody[0], room_id, "hello")
    world.fan_out()
    assert (heard(world, everybody[0]), heard(world, tablet)) == ([], ["hello"])


def test_typing_and_receipts_of_a_crowd_are_not_told(world: World) -> None:
    quiet = World(quiet_room_members=CROWD, direct_push_max=DIRECT, direct_room_max=50)
    everybody = people(quiet, CROWD + 1)
    room_id = room(quiet, "organization", everybody)
    quiet.say(everybody[1], room_id)
    quiet.fan_out()
    quiet.forget_pushes()
    quiet.tell(everybody[0], "typing.start", roomId=room_id)
    quiet.do(everybody[0], "receipt.read", roomId=room_id, seq=1)
    assert quiet.fan_out() == []
    assert quiet.out.push.sent == []


def test_muting_a_large_room_reaches_ones_own_devices(world: World) -> None:
    everybody = people(world, TOO_MANY)
    tablet = world.person("alice")
    room_id = room(world, "organization", everybody)
    world.do(everybody[0], "room.mute", roomId=room_id, muted=True)
    assert len(world.events_of(tablet, "room:updated")) == 1
    assert world.fan_out() == []


def test_who_is_removed_from_a_large_group_is_told_and_hears_nothing_more(world: World) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody)
    world.say(everybody[0], room_id, "before")
    world.do(everybody[0], "room.removeMember", roomId=room_id, userId="u3")
    world.fan_out()
    gone = everybody[4]
    assert world.events_of(gone, "room:removed") == [{"roomId": room_id}]
    # What was on its way is for those who are members when it is spread.
    assert heard(world, gone) == []
    world.say(everybody[0], room_id, "after")
    world.fan_out()
    assert heard(world, gone) == []
    assert heard(world, everybody[5])[-1] == "after"


def test_somebody_of_manage_scope_hears_of_a_large_group(world: World) -> None:
    everybody = people(world, TOO_MANY - 1)
    boss = world.person("boss", manages=True)
    group = world.do(
        boss,
        "room.create",
        type="group",
        tenantId="acme",
        memberIds=[each.caller.user_id for each in everybody],
    )
    world.fan_out()
    world.settle()
    world.say(everybody[0], group["roomId"], "hello")
    assert [record["kind"] for record in world.fan_out()] == ["room"]
    assert heard(world, boss) == ["hello"]


# --- Carrying out --------------------------------------------------------------------------------


def large(world: World, count: int = 450, devices: int = 1) -> tuple[list[Connection], str]:
    """Return many connections, and an organization room."""
    everybody = [world.person(f"u{number // devices}") for number in range(count)]
    return everybody, room(world, "organization", everybody)


def shards(world: World) -> list[dict[str, Any]]:
    """Spread the one event that waits; return its shards."""
    batch = world.app.fan_out.batch()
    for record in world.out.fanout.take():
        batch.carry_out(record)
    batch.finish()
    return world.out.fanout.take()


def carry_out(world: World, records: list[dict[str, Any]]) -> list[int]:
    """Carry out records in one batch; return the places of those that failed."""
    batch, failed = world.app.fan_out.batch(), []
    for place, record in enumerate(records):
        try:
            batch.carry_out(record)
        except Exception:
            failed.append(place)
    batch.finish()
    return failed


def test_a_crowd_is_split_and_the_rest_is_pushed_at_once(world: World) -> None:
    everybody, room_id = large(world)
    world.say(everybody[0], room_id, "hello")
    parts = shards(world)
    sizes = [sum(map(len, part["targets"]["acme"].values())) for part in parts]
    assert sizes == [200, 200]
    assert len({to for to, _ in world.out.push.sent}) == 449 - sum(sizes)
    assert carry_out(world, parts) == []
    assert [len(heard(world, each)) for each in everybody] == [0] + [1] * 449


@pytest.mark.scenario("L2")
def test_only_the_shards_that_failed_are_pushed_again(world: World) -> None:
    everybody, room_id = large(world, 2_050, devices=10)
    world.say(everybody[0], room_id, "hello")
    parts = shards(world)
    assert len(parts) == 10
    fine, broken = None, CacheUnavailable("killed")
    world.out.faults["push.start"].extend(
        broken if place in (2, 5, 7) else (lambda: fine) for place in range(10)
    )
    failed = carry_out(world, parts)
    assert failed == [2, 5, 7]
    assert carry_out(world, [parts[place] for place in failed]) == []
    assert [len(heard(world, each)) for each in everybody] == [0] + [1] * 2_049


@pytest.mark.scenario("L3")
def test_every_record_twice_shows_everybody_the_message_once(world: World) -> None:
    everybody, room_id = large(world)
    for body in ("one", "two"):
        world.say(everybody[0], room_id, body)
    spread = world.out.fanout.asked * 2
    world.out.fanout.asked[:] = []
    assert carry_out(world, spread) == []
    parts = world.out.fanout.take()
    assert carry_out(world, [*parts, *parts]) == []
    for each in everybody[1:]:
        # Clients drop what they have by `messageId`.
        shown = {data["messageId"]: data["body"] for data in world.events_of(each, "message:new")}
        assert sorted(shown.values()) == ["one", "two"]
        assert len(world.events_of(each, "message:new")) in (4, 8)
    assert world.do(everybody[1], "room.get", roomId=room_id)["lastSeq"] == 2


@pytest.mark.scenario("L4")
def test_records_in_any_order_bring_every_number(world: World) -> None:
    everybody, room_id = large(world, 30)
    for number in range(20):
        world.say(everybody[0], room_id, str(number))
    records = world.out.fanout.take()
    random.Random(4).shuffle(records)  # noqa: S311
    assert carry_out(world, records) == []
    for each in everybody[1:]:
        events = world.events_of(each, "message:new")
        came = [data["seq"] for data in events]
        assert came != sorted(came)
        in_order = sorted(events, key=lambda data: int(data["seq"]))
        assert [data["body"] for data in in_order] == [str(number) for number in range(20)]


@pytest.mark.scenario("C4")
def test_connections_that_are_gone_stop_nobody_and_are_tried_once(world: World) -> None:
    everybody, room_id = large(world)
    dead = everybody[1::5]
    for each in dead:
        world.out.push.answer_always(each.connection_id, 410)
    for body in ("one", "two"):
        world.say(everybody[0], room_id, body)
        world.fan_out()
    for each in everybody[1:]:
        assert heard(world, each) == (["one"] if each in dead else ["one", "two"])
    left = {target.connection_id for target in world.out.presence.everyone(ACME)}
    assert left == {each.connection_id for each in everybody} - {e.connection_id for e in dead}


@pytest.mark.scenario("C9")
def test_slow_consumers_are_tried_three_times_and_keep_nobody_waiting(world: World) -> None:
    everybody, room_id = large(world)
    slow = everybody[1::20]
    for each in slow:
        world.out.push.answer_always(each.connection_id, 429)
    world.do(slow[0], "room.get", roomId=room_id)
    world.do(slow[0], "presence.heartbeat")
    world.say(everybody[0], room_id, "hello")
    records = world.fan_out()
    assert [record["kind"] for record in records] == ["room", "shard", "shard"]
    for each in everybody[1:]:
        assert len(heard(world, each)) == (3 if each in slow else 1)
    assert len(world.out.presence.everyone(ACME)) == 450
    # They hear of it at their next heartbeat.
    world.relay()
    world.wait(3)
    changed = world.do(slow[0], "presence.heartbeat")["changed"]
    assert [each["lastSeq"] for each in changed] == [1]


def test_a_batch_is_begun_before_any_of_it_is_waited_for(world: World) -> None:
    everybody, room_id = large(world, 650)
    world.say(everybody[0], room_id)
    parts = shards(world)
    world.forget_pushes()
    batch = world.app.fan_out.batch()
    for part in parts:
        batch.carry_out(part)
    assert world.out.calls == ["push.start"] * 3
    batch.finish()


@pytest.mark.parametrize(("wait_s", "is_heard"), [(1, True), (60, False)])
def test_a_shard_that_waited_goes_to_those_who_are_still_in(
    world: World, wait_s: float, is_heard: bool
) -> None:
    # With devices enough for shards.
    everybody = people(world, CROWD)
    devices = [world.person("u1") for _ in range(9)]
    room_id = room(world, "group", everybody)
    world.settle()
    world.say(everybody[0], room_id, "hello")
    records = world.out.fanout.take()
    assert {record["kind"] for record in records} == {"shard"}
    world.do(everybody[0], "room.removeMember", roomId=room_id, userId="u1")
    world.out.clock.advance(wait_s)
    assert carry_out(world, records) == []
    assert [heard(world, each) for each in devices] == [["hello"] * is_heard] * 9
    assert heard(world, everybody[1]) == ["hello"]


def test_an_event_of_a_room_that_is_no_more_is_dropped(world: World) -> None:
    event = {"v": 1, "frame": "e30=", "tenantId": "acme", "roomId": "o-none"}
    whole = {**event, "kind": "room", "without": ""}
    part = {**event, "kind": "shard", "targets": {"acme": {"bob": ["B0bPhfCWIAMCKlQ="]}}}
    assert carry_out(world, [whole, part]) == []
    assert world.out.push.sent == []


@pytest.mark.scenario("L8")
def test_a_record_of_a_newer_version_is_left_alone_and_stops_nobody(world: World) -> None:
    everybody, room_id = large(world, 30)
    world.say(everybody[0], room_id, "hello")
    newer = [{"v": 2, "kind": "room", "frame": 7}, {"v": 1, "kind": "carousel"}]
    assert carry_out(world, [newer[0], *world.out.fanout.take(), newer[1]]) == []
    assert heard(world, everybody[1]) == ["hello"]


def test_a_roster_that_the_cache_lost_is_read_once(world: World) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody)
    world.say(everybody[0], room_id, "one")
    world.say(everybody[0], room_id, "two")
    world.out.cache.drop_roster(ACME, RoomId(room_id), 1)
    world.out.server.rooms[ACME].rosters.clear()
    world.out.calls.clear()
    world.fan_out()
    assert world.out.calls.count("rooms.roster") == 1
    assert heard(world, everybody[1]) == ["one", "two"]


# --- Outages -------------------------------------------------------------------------------------


def test_without_the_queue_known_connections_are_pushed_to_directly(world: World) -> None:
    everybody = people(world, CROWD)
    room_id = room(world, "group", everybody)
    world.out.faults["fanout.ask"].append(Unavailable("queue"))
    world.say(everybody[0], room_id, "hello")
    assert [heard(world, each) for each in everybody[1:]] == [["hello"]] * (CROWD - 1)
    assert world.fan_out() == []


def test_without_the_queue_a_crowd_finds_it_by_heartbeat(world: World) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody)
    world.do(everybody[1], "presence.heartbeat")
    world.out.faults["fanout.ask"].append(Unavailable("queue"))
    world.say(everybody[0], room_id, "hello")
    assert world.fan_out() == []
    world.relay()
    world.wait(3)
    changed = world.do(everybody[1], "presence.heartbeat")["changed"]
    assert [(each["roomId"], each["lastSeq"]) for each in changed] == [(room_id, 1)]


@pytest.mark.parametrize("call", ["cache.roster", "presence.targets", "fanout.ask"])
def test_an_event_that_cannot_be_spread_goes_back_to_the_queue(world: World, call: str) -> None:
    everybody = people(world, TOO_MANY)
    # With devices enough for shards.
    everybody += [world.person(f"u{number % 11}") for number in range(99)] + [
        world.person(f"v{number // 10}") for number in range(110)
    ]
    names = sorted({str(each.caller.user_id) for each in everybody[1:]})
    room_id = world.group(everybody[0], *names)
    world.fan_out()
    world.settle()
    world.say(everybody[0], room_id, "hello")
    records = world.out.fanout.take()
    error = Unavailable("queue") if call == "fanout.ask" else CacheUnavailable("down")
    world.out.faults[call].append(error)
    assert carry_out(world, records) == [0]
    assert world.out.push.sent == []
    assert carry_out(world, records) == []
    world.fan_out()
    live = {target.connection_id for target in world.out.presence.everyone(ACME)}
    told = {each.connection_id for each in everybody if heard(world, each)}
    assert told == live - {everybody[0].connection_id}


def test_an_event_that_waited_for_redis_is_left_to_heartbeats_and_is_no_dead_letter(
    world: World,
) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody)
    world.settle()
    world.say(everybody[0], room_id, "hello")
    records = world.out.fanout.take()
    assert records
    world.out.server.down = True
    assert carry_out(world, records) == list(range(len(records)))
    world.out.clock.advance(60)
    assert carry_out(world, [*records, {"v": 1}]) == [len(records)]
    world.out.server.down = False
    assert world.out.push.sent == []


def test_while_redis_is_away_nothing_is_asked(world: World) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody)
    world.out.server.down = True
    reply = world.do(everybody[0], "message.send", roomId=room_id, clientId="c-1", body="hello")
    assert reply["degraded"] is True
    assert world.out.fanout.asked == []


def test_devices_are_not_looked_for_while_redis_is_away(world: World) -> None:
    everybody = people(world, 3)
    room_id = room(world, "group", everybody)
    world.out.server.down = True
    assert world.do(everybody[0], "room.mute", roomId=room_id, muted=True)["me"]["muted"] is True


def test_frames_travel_as_they_are(world: World) -> None:
    everybody = people(world, TOO_MANY)
    room_id = room(world, "group", everybody, name='Zoë "🙂"')
    message = world.say(everybody[0], room_id, 'Zoë\n"🙂" \\ ')
    world.fan_out()
    assert world.events_of(everybody[1], "message:new") == [message]
    assert json.loads(world.out.push.frames_to(everybody[1].connection_id)[-1])["data"] == message
    assert UserId("alice") == message["senderId"]
