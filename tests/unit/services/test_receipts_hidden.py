"""People who hide what they read: others hear of deliveries only (SPEC §7, `/me`)."""

import pytest

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection
from tests.support.memory import World


@pytest.fixture
def world() -> World:
    return World(messages_per_10s=100_000, messages_per_minute=100_000)


def direct(world: World) -> str:
    """Return the room of alice and bob, in which alice wrote five messages."""
    alice = world.person("alice")
    world.person("bob")
    room_id = str(world.do(alice, "room.create", type="direct", memberIds=["bob"])["roomId"])
    for _ in range(5):
        world.say(alice, room_id)
    world.settle()
    return room_id


def hide(world: World, name: str) -> None:
    world.out.users.hide_reads(TenantId("acme"), UserId(name), hidden=True)


def told(world: World, *hearers: Connection) -> list[list[tuple[int, int]]]:
    """Return the deliveredSeq and readSeq that each heard of, and forget them."""
    heard = [
        [(each["deliveredSeq"], each["readSeq"]) for each in world.events_of(who, "receipt:update")]
        for who in hearers
    ]
    world.forget_pushes()
    return heard


@pytest.mark.parametrize("kind", ["direct", "group"])
def test_others_hear_of_deliveries_only_from_who_hides_reads(world: World, kind: str) -> None:
    alice, bob, tablet = world.person("alice"), world.person("bob"), world.person("bob")
    room_id = direct(world) if kind == "direct" else world.group(alice, "bob", "carol")
    for _ in range(5):
        world.say(alice, room_id)
    hide(world, "bob")
    world.settle()
    world.do(bob, "receipt.delivered", roomId=room_id, seq=3)
    assert told(world, alice, tablet) == [[(3, 0)], [(3, 0)]]
    world.wait(3)
    world.do(bob, "receipt.read", roomId=room_id, seq=2)
    assert told(world, alice, tablet) == [[], [(3, 2)]]
    world.wait(3)
    world.do(bob, "receipt.read", roomId=room_id, seq=4)
    assert told(world, alice, tablet) == [[(4, 0)], [(4, 4)]]


def test_what_was_held_back_hides_reads_too(world: World) -> None:
    room_id = direct(world)
    alice, bob, tablet = world.person("alice"), world.person("bob"), world.person("bob")
    hide(world, "bob")
    world.do(bob, "receipt.delivered", roomId=room_id, seq=3)
    for seq in (1, 2):
        world.do(bob, "receipt.read", roomId=room_id, seq=seq)
    world.wait(3)
    assert told(world, alice, tablet) == [[(3, 0)], [(3, 0), (3, 2)]]
    world.do(bob, "receipt.read", roomId=room_id, seq=3)
    world.do(bob, "receipt.delivered", roomId=room_id, seq=4)
    world.do(bob, "receipt.read", roomId=room_id, seq=5)
    world.wait(3)
    assert told(world, alice, tablet) == [[(5, 0)], [(3, 3), (5, 5)]]


def test_nobody_else_sees_in_a_room_what_is_hidden(world: World) -> None:
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    world.do(bob, "receipt.read", roomId=room_id, seq=5)
    hide(world, "bob")
    for operation in ({"operation": "room.get", "roomId": room_id}, {"operation": "room.list"}):
        for viewer, read_seq in ((alice, 0), (bob, 5)):
            shown = world.do(viewer, **operation)
            room = shown if "members" in shown else shown["rooms"][0]
            [member] = [each for each in room["members"] if each["userId"] == "bob"]
            assert (member["deliveredSeq"], member["readSeq"]) == (5, read_seq)


def test_profiles_are_looked_at_only_where_there_is_somebody_to_tell(world: World) -> None:
    room_id, bob = direct(world), world.person("bob")
    away = World()
    writer, reader = away.connection(away.caller("alice")), away.person("bob")
    alone = away.do(writer, "message.send", toUserId="bob", clientId="c", body="x")["message"]
    away.settle()
    away.do(reader, "receipt.read", roomId=alone["roomId"], seq=1)
    assert "users.profiles" not in away.out.calls
    world.do(bob, "receipt.read", roomId=room_id, seq=1)
    assert "users.profiles" in world.out.calls
