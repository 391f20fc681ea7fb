"""What nobody was pushed is noticed within a heartbeat, however it was lost (SPEC §5.4)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from parley.adapters.memory.faults import Fault
from parley.domain.ids import MANAGE_TENANT
from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from parley.services.relay import RoomLeft
from tests.support.devices import Device, Json
from tests.support.memory import World

# When a heartbeat is to show what was stored.
NOTICED_S = 3


class Killed(BaseException):
    """Ends an invocation as Lambda does: nothing of ours catches it."""


def kill() -> None:
    raise Killed


@dataclass(frozen=True, slots=True)
class Scene:
    """A group of which ``bob`` and ``carol`` hold a copy each, on devices that hear no push."""

    world: World
    alice: Connection
    bob: Connection
    room_id: str
    first: Json
    devices: dict[str, Device]

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with a heartbeat of everybody each 20 s."""
        for _ in range(int(seconds / 20)):
            self.world.wait(20)
            for device in self.devices.values():
                device.ask("presence.heartbeat", {})


def device_of(world: World, connection: Connection) -> Device:
    device = Device(lambda operation, data: world.ask(connection, operation, **data))
    device.sync()
    return device


@pytest.fixture
def scene(world: World) -> Scene:
    people = {name: world.person(name) for name in ("alice", "bob", "carol", "dave")}
    alice = people.pop("alice")
    room_id = world.group(alice, "bob", "carol")
    first = world.say(alice, room_id)
    world.relay()
    devices = {name: device_of(world, each) for name, each in people.items()}
    made = Scene(world, alice, people["bob"], room_id, first, devices)
    # So long that nothing of the beginning is told any more.
    made.pass_time(120)
    assert devices["bob"].ask("presence.heartbeat", {})["data"]["changed"] == []
    return made


def send(scene: Scene) -> None:
    data = {"roomId": scene.room_id, "clientId": "lost", "body": "news"}
    scene.world.do(scene.alice, "message.send", **data)


def of_first(operation: str, **data: object) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        place = {"roomId": scene.room_id, "messageId": scene.first["messageId"]}
        scene.world.do(scene.alice, f"message.{operation}", **place, **data)

    return change


def of_room(operation: str, **data: object) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        scene.world.do(scene.alice, f"room.{operation}", roomId=scene.room_id, **data)

    return change


def write_to_dave(scene: Scene) -> None:
    data = {"toUserId": "dave", "clientId": "lost", "body": "news"}
    scene.world.do(scene.alice, "message.send", **data)


def make_a_group(scene: Scene) -> None:
    scene.world.group(scene.alice, "dave", "bob", clientId="lost")


def make_a_room_for_all(scene: Scene) -> None:
    scene.world.do(scene.alice, "room.create", type="organization", clientId="lost")


CHANGES: dict[str, Callable[[Scene], None]] = {
    "message": send,
    "edit": of_first("edit", body="mended"),
    "deletion": of_first("delete"),
    "reaction": of_first("react", emoji="👍", on=True),
    "name": of_room("update", name="new"),
    "new member": of_room("addMember", userId="dave"),
    "removed member": of_room("removeMember", userId="bob"),
    "direct room": write_to_dave,
    "group": make_a_group,
    "organization room": make_a_room_for_all,
}


def killed_before_noting(scene: Scene, change: Callable[[Scene], None]) -> None:
    """Let the function die as it logs what it did, and the stream go on."""
    noting = "cache.end_turn" if change is send else "cache.log_changes"
    killed_at(noting, scene, change)


def killed_before_pushing(scene: Scene, change: Callable[[Scene], None]) -> None:
    """Let the function die as it begins to push, and the stream go on."""
    killed_at("push.start", scene, change)


def killed_at(call: str, scene: Scene, change: Callable[[Scene], None]) -> None:
    scene.world.out.faults[call].append(kill)
    with pytest.raises(Killed):
        change(scene)
    scene.world.relay()


def with_the_record(scene: Scene, change: Callable[[Scene], None]) -> None:
    """Let the stream never tell of it."""
    change(scene)


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("lose", [killed_before_noting, killed_before_pushing, with_the_record])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_not_pushed_is_there_after_one_heartbeat(
    scene: Scene,
    change: Callable[[Scene], None],
    lose: Callable[[Scene, Callable[[Scene], None]], None],
) -> None:
    lose(scene, change)
    scene.world.wait(NOTICED_S)
    for device in scene.devices.values():
        device.beat()
        rooms = device.fresh_rooms()
        assert device.rooms.keys() == rooms.keys()
        for room_id, held in device.rooms.items():
            assert held.view["name"] == rooms[room_id]["name"]
            fresh = device.fresh_history(room_id)
            assert held.messages == {s: m for s, m in fresh.items() if s > held.base}


def test_whoever_was_removed_is_told_to_sync_for_a_while_and_not_for_ever(scene: Scene) -> None:
    CHANGES["removed member"](scene)
    epochs = []
    for _ in range(6):
        scene.world.wait(20)
        scene.world.say(scene.alice, scene.room_id)
        epochs.append(scene.devices["bob"].ask("presence.heartbeat", {})["data"]["epoch"])
    told = epochs.count("none")
    assert 2 <= told <= 5, "a lost reply must not hide it"
    assert epochs == ["none"] * told + [scene.devices["bob"].epoch] * (6 - told)


def test_a_removal_tells_nobody_else_to_sync(scene: Scene) -> None:
    CHANGES["removed member"](scene)
    scene.world.relay()
    scene.world.wait(NOTICED_S)
    epochs = {name: d.ask("presence.heartbeat", {})["data"]["epoch"] for name, d in _all(scene)}
    assert epochs["bob"] == "none"
    assert epochs["carol"] == scene.devices["carol"].epoch
    assert epochs["dave"] == scene.devices["dave"].epoch


def _all(scene: Scene) -> list[tuple[str, Device]]:
    return list(scene.devices.items())


def test_news_for_people_of_manage_scope_do_not_wait_for_the_stream(world: World) -> None:
    root, bob = world.person("root", manages=True), world.person("bob")
    sent = {"toUserId": "bob", "tenantId": "acme", "clientId": "c", "body": "x"}
    room_id = world.do(root, "message.send", **sent)["message"]["roomId"]
    other = world.person("root", manages=True)
    device = device_of(world, other)
    world.wait(100)
    world.say(bob, room_id)
    world.wait(NOTICED_S)
    device.beat()
    assert device.rooms[room_id].seq == 2


def test_the_stream_alone_tells_who_was_taken_from_a_room(world: World) -> None:
    root = world.person("root", manages=True)
    world.do(root, "presence.heartbeat")
    world.app.relay.apply([RoomLeft(MANAGE_TENANT, root.caller.user_id)])
    assert world.do(root, "presence.heartbeat")["epoch"] == "none"


def test_a_change_whose_answer_was_lost_is_noted_when_it_is_found_done(scene: Scene) -> None:
    scene.world.out.rooms.faults.append(Fault.UNKNOWN_AFTER)
    CHANGES["removed member"](scene)
    scene.world.wait(NOTICED_S)
    scene.devices["bob"].beat()
    assert scene.devices["bob"].rooms == {}


def test_a_message_whose_answer_was_lost_is_noted_when_it_is_found_stored(scene: Scene) -> None:
    scene.world.out.messages.faults.append(Fault.UNKNOWN_AFTER)
    send(scene)
    scene.world.wait(NOTICED_S)
    scene.devices["bob"].beat()
    assert scene.devices["bob"].rooms[scene.room_id].seq == 2


def test_an_open_room_that_was_just_seen_needs_no_stream(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    for operation in ("sync.start", "room.get"):
        room_id = world.do(alice, "room.create", type="organization")["roomId"]
        world.relay()
        known = {"roomId": room_id} if operation == "room.get" else {}
        world.do(bob, "presence.heartbeat")
        world.do(bob, operation, **known)
        world.say(alice, room_id)
        world.wait(NOTICED_S)
        changed = world.do(bob, "presence.heartbeat")["changed"]
        assert room_id in [room["roomId"] for room in changed]


@pytest.mark.parametrize("call", ["cache.log_changes", "cache.add_rooms"])
def test_what_cannot_be_noted_is_done_all_the_same(world: World, call: str) -> None:
    alice = world.person("alice")
    world.out.faults[call].append(CacheUnavailable("down"))
    room_id = world.do(alice, "room.create", type="organization")["roomId"]
    assert world.do(world.person("bob"), "room.get", roomId=room_id)["roomId"] == room_id
