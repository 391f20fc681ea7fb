"""Into a room: who is let in on whose word, and what a look at it costs (SPEC §1, §5.7)."""

from copy import deepcopy
from typing import Any

import pytest

from parley.domain.ids import TenantId
from parley.domain.presence import Target
from tests.support.memory import World

ACME = TenantId("acme")


def probed(world: World) -> list[tuple[Target, ...]]:
    """Return what each look at the cache told of connections."""
    return [probe.targets for name, _, probe in world.out.writes if name == "cache.probe"]


def forget(world: World) -> None:
    world.forget_pushes()
    world.out.writes.clear()


# --- A cache that is wrong -----------------------------------------------------------------------


def test_a_redis_that_was_rolled_back_lets_nobody_back_in_for_longer_than_a_minute(
    world: World,
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.say(bob, room_id)
    before = deepcopy(world.out.server.rooms)
    world.do(alice, "room.removeMember", roomId=room_id, userId="bob")
    assert world.refused(bob, "message.history", roomId=room_id) == "NOT_FOUND"
    world.out.server.rooms = before
    # Reading does not make it believed for longer.
    for _ in range(6):
        world.wait(10)
        world.ask(bob, "message.history", roomId=room_id)
    assert world.refused(bob, "message.history", roomId=room_id) == "NOT_FOUND"
    world.forget_pushes()
    world.say(alice, room_id)
    assert world.events_of(bob) == []


def test_a_roster_is_read_once_a_minute(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    reads = []
    for _ in range(4):
        world.forget_pushes()
        world.say(alice, room_id)
        reads.append(world.out.calls.count("rooms.roster"))
        world.wait(25)
    assert reads == [0, 0, 0, 1]


# --- Whose connections are looked for ------------------------------------------------------------


def member(world: World, kind: str, people: int) -> Any:
    """Return alice and a room of hers that so many have seen, all of them connected."""
    alice = world.person("alice")
    names = [f"u{number}" for number in range(people - 1)]
    others = [world.person(name) for name in names]
    if kind == "group":
        return alice, world.group(alice, *names)
    room_id = str(world.do(alice, "room.create", type=kind)["roomId"])
    for other in others:
        world.do(other, "room.get", roomId=room_id)
    return alice, room_id


@pytest.mark.parametrize("state", ["warm", "lost"])
@pytest.mark.parametrize("kind", ["group", "organization"])
def test_who_only_reads_looks_for_no_connections(world: World, kind: str, state: str) -> None:
    alice, room_id = member(world, kind, 3)
    if state == "lost":
        world.flush_redis()
    forget(world)
    world.do(alice, "message.history", roomId=room_id)
    assert probed(world) == [()]
    assert not any(call.startswith("presence.") for call in world.out.calls)


@pytest.mark.parametrize("kind", ["group", "organization"])
@pytest.mark.parametrize("operation", ["typing.start", "receipt.read"])
@pytest.mark.parametrize(("people", "looked"), [(5, True), (51, False)])
def test_typing_and_receipts_look_for_connections_of_small_rooms_only(
    world: World, kind: str, operation: str, people: int, looked: bool
) -> None:
    alice, room_id = member(world, kind, people)
    world.say(world.person("u0"), room_id)
    world.wait(61)
    seq = {"seq": 1} if operation == "receipt.read" else {}
    for _ in range(2):
        forget(world)
        world.tell(alice, operation, roomId=room_id, **seq)
    assert [bool(targets) for targets in probed(world)] == [looked]


def test_connections_of_manage_scope_are_looked_for_only_where_all_are(world: World) -> None:
    root, bob = world.person("root", manages=True), world.person("bob")
    made = {"type": "group", "tenantId": "acme", "memberIds": ["bob"]}
    room_id = world.do(root, "room.create", **made)["roomId"]
    for operation, asked in (("message.history", 0), ("typing.start", 1)):
        world.forget_pushes()
        world.tell(bob, operation, roomId=room_id)
        assert world.out.calls.count("presence.targets") == asked
    assert len(world.events_of(root, "typing:update")) == 1


# --- A look without a limit ----------------------------------------------------------------------


def test_in_manage_scope_a_look_that_is_not_counted_finds_no_room_and_counts_nothing(
    world: World,
) -> None:
    root = world.person("root", manages=True)
    world.forget_pushes()
    assert world.app.access.try_enter(root, "g-nothing") is None
    assert world.out.calls == ["rooms.membership"]
