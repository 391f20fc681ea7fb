"""The tenant boundary against raw frames: nothing there and not yours look the same (SPEC §1)."""

from typing import Any

import pytest

from parley.domain.people import Connection
from parley.errors import NotFound
from tests.support.memory import World

ROOM_COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("message.send", {"clientId": "c", "body": "x"}),
    ("message.send", {"clientId": "c", "body": "x", "replyTo": "00000000001abcdefghjk"}),
    ("message.history", {}),
    ("message.history", {"after": 0, "limit": 1}),
    ("receipt.read", {"seq": 1}),
    ("receipt.delivered", {"seq": 1}),
    ("message.edit", {"messageId": "00000000001abcdefghjk", "body": "x"}),
    ("message.delete", {"messageId": "00000000001abcdefghjk"}),
    ("message.react", {"messageId": "00000000001abcdefghjk", "emoji": "\U0001f44d", "on": True}),
    ("room.get", {}),
    ("room.update", {"name": "x"}),
    ("room.mute", {"muted": True}),
    ("room.leave", {}),
    ("room.addMember", {"userId": "alice"}),
    ("room.removeMember", {"userId": "alice"}),
]


@pytest.fixture
def secret(world: World) -> str:
    """A room of another tenant, with a message."""
    zed = world.person("zed", "other")
    room_id = world.group(zed, "alice", name="secret")
    world.say(zed, room_id, "canary")
    return room_id


def answer(
    world: World, asker: Connection, op: str, room_id: str, data: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return what a command is answered with, and which calls it took."""
    world.forget_pushes()
    reply = world.ask(asker, op, roomId=room_id, **data)
    reply.pop("correlationId")
    return reply, list(world.out.calls)


@pytest.mark.covers("B-117")
@pytest.mark.parametrize(("op", "data"), ROOM_COMMANDS)
@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("manages", [False, True])
def test_a_room_of_another_tenant_answers_exactly_as_one_that_is_not_there(
    world: World, secret: str, op: str, data: dict[str, Any], cold: bool, manages: bool
) -> None:
    asker = world.person("alice", manages=manages)
    if cold:
        world.out.server.flush_all()
    absent = answer(world, asker, op, "g-" + "0" * 32, data)
    assert absent[0]["error"] == "NOT_FOUND"
    assert answer(world, asker, op, secret, data) == absent


@pytest.mark.covers("B-113", "C-34")
@pytest.mark.parametrize(("op", "data"), ROOM_COMMANDS)
def test_a_room_of_the_same_tenant_one_is_not_in_answers_the_same(
    world: World, op: str, data: dict[str, Any]
) -> None:
    room_id = world.group(world.person("bob"), "carol")
    eve = world.person("eve")
    absent = answer(world, eve, op, "g-" + "0" * 32, data)
    assert answer(world, eve, op, room_id, data) == absent


@pytest.mark.parametrize(("op", "data"), ROOM_COMMANDS)
@pytest.mark.parametrize("cold", [False, True])
def test_a_channel_of_a_space_that_the_token_does_not_name_answers_the_same(
    world: World, op: str, data: dict[str, Any], cold: bool
) -> None:
    bob = world.person("bob", spaces=["north"])
    room = world.do(bob, "room.create", type="channel", spaceId="north", name="secret")
    world.say(bob, room["roomId"])
    eve = world.person("eve", spaces=["south"])
    if cold:
        world.out.server.flush_all()
    absent = answer(world, eve, op, "c-" + "0" * 32, data)
    assert absent[0]["error"] == "NOT_FOUND"
    assert answer(world, eve, op, room["roomId"], data) == absent


def test_pages_of_members_know_no_other_tenants_rooms(world: World, secret: str) -> None:
    alice = world.person("alice")
    calls = []
    for room_id in ("g-" + "0" * 32, secret):
        world.forget_pushes()
        with pytest.raises(NotFound, match=r"^room$"):
            world.app.rooms.members(alice, room_id, None, 100)
        calls.append(list(world.out.calls))
    assert calls[0] == calls[1]


@pytest.mark.parametrize("op", ["room.addMember", "room.removeMember"])
def test_members_are_people_of_the_rooms_own_tenant(world: World, op: str) -> None:
    alice, zed, namesake = world.person("alice"), world.person("zed", "other"), world.person("zed")
    room_id = world.group(alice, "bob", *(["zed"] if op == "room.removeMember" else []))
    world.forget_pushes()
    world.do(alice, op, roomId=room_id, userId="zed")
    assert world.events_of(zed) == []
    assert world.events_of(namesake) != []


@pytest.mark.parametrize(("op", "data"), ROOM_COMMANDS)
@pytest.mark.parametrize(
    "room_id",
    ["", "g", "x" * 65, "a:b", "{acme}", "a#b", "..", "g-1\n", "\u0661", "*", " ", "g-1 ", "é"],
)
def test_what_is_no_room_id_is_a_room_that_is_not_there(
    world: World, op: str, data: dict[str, Any], room_id: str
) -> None:
    eve = world.person("eve")
    reply, _ = answer(world, eve, op, room_id, data)
    absent, _ = answer(world, eve, op, "g-" + "0" * 32, data)
    assert reply == absent


@pytest.mark.covers("A-5", "A-6")
def test_users_of_another_tenant_are_people_who_were_never_seen(world: World) -> None:
    world.person("zed", "other")
    alice = world.person("alice")
    users = world.do(alice, "presence.list", userIds=["zed", "zoe"])["users"]
    strip = [{**user, "userId": "", "name": ""} for user in users]
    assert strip[0] == strip[1]
    assert [(user["userId"], user["name"]) for user in users] == [("zed", "zed"), ("zoe", "zoe")]


def test_a_message_to_a_namesake_stays_in_the_tenant(world: World) -> None:
    alice, zed = world.person("alice"), world.person("zed", "other")
    world.do(alice, "message.send", toUserId="zed", clientId="c", body="for our own zed")
    assert world.events_of(zed, "message:new") == []
    assert world.do(zed, "room.list")["rooms"] == []
    assert world.do(world.person("zed"), "room.list")["rooms"][0]["me"]["unread"] == 1


@pytest.mark.covers("A-5", "A-6", "B-117")
def test_the_same_ids_in_many_tenants_never_meet(world: World) -> None:
    tenants = [f"t{number}" for number in range(10)] + ["t:1", "t%3A1", "t#1", "{t}1"]
    people = {tenant: world.person("ann", tenant) for tenant in tenants}
    for tenant, ann in people.items():
        send = {"toUserId": "bob", "clientId": "c", "body": f"canary {tenant}"}
        assert world.do(ann, "message.send", **send)["duplicate"] is False
    for tenant in tenants:
        bob = world.person("bob", tenant)
        sync = world.do(bob, "sync.start")
        assert [r["lastMessage"]["body"] for r in sync["rooms"]] == [f"canary {tenant}"]
        assert {user["tenantId"] for user in sync["users"]} == {tenant}
        assert world.events_of(bob, "message:new") == []


def test_people_of_manage_scope_are_not_to_be_found_by_guessing(world: World) -> None:
    world.person("root", manages=True)
    alice = world.person("alice")
    users = world.do(alice, "presence.list", userIds=["@manage/root", "@manage/none"])["users"]
    assert [(u["name"], u["status"], u["role"]) for u in users] == [
        ("@manage/none", "offline", None),
        ("@manage/root", "offline", None),
    ]
    answers = [
        world.ask(alice, "message.send", toUserId=user, clientId="c", body="x")
        for user in ("@manage/root", "@manage/none")
    ]
    assert [reply["error"] for reply in answers] == ["NOT_FOUND", "NOT_FOUND"]


def test_nobody_acts_as_somebody_else_by_saying_so(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    for op, data in ROOM_COMMANDS:
        for extra in ({"tenantId": "other"}, {"userId": "bob"}, {"seq": 1, "role": "owner"}):
            if extra.keys() <= data.keys():
                continue
            reply = world.ask(alice, op, **{"roomId": room_id, **data, **extra})
            assert reply["error"] == "VALIDATION_ERROR", (op, extra)
    assert world.events_of(bob, "message:new") == []
