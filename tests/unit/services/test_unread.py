"""What is unread, by room and by person (SPEC §5.5, §7)."""

from collections.abc import Callable

import pytest

from parley.domain.people import Connection
from parley.errors import CacheUnavailable, StoreUnavailable
from parley.services.history import HEADS_A_CHUNK
from tests.support.memory import World


def unread(world: World, person: Connection) -> tuple[dict[str, int], dict[str, int]]:
    reply = world.app.rooms.unread(world.rest_connection(person.caller))
    return reply.unread, reply.by_sender


def direct(world: World, person: Connection, other: str, count: int) -> str:
    sent = [
        world.do(person, "message.send", toUserId=other, clientId=f"{other}-{number}", body="x")
        for number in range(count)
    ]
    return str(sent[0]["message"]["roomId"])


@pytest.mark.covers("A-38", "C-68")
def test_unread_is_counted_by_room_and_for_direct_rooms_by_person(world: World) -> None:
    alice, bob, carol = world.person("alice"), world.person("bob"), world.person("carol")
    group, quiet = world.group(bob, "alice"), world.group(bob, "alice")
    world.say(bob, group)
    from_bob, from_carol = direct(world, bob, "alice", 2), direct(world, carol, "alice", 3)
    world.relay()
    assert unread(world, alice) == (
        {group: 1, from_bob: 2, from_carol: 3},
        {"bob": 2, "carol": 3},
    )
    world.do(alice, "receipt.read", roomId=from_carol, seq=2)
    world.do(alice, "receipt.read", roomId=from_bob, seq=2)
    by_room, by_sender = unread(world, alice)
    assert (by_room, by_sender) == ({group: 1, from_carol: 1}, {"carol": 1})
    assert quiet not in by_room
    assert unread(world, bob) == ({}, {})


def test_whose_messages_they_are_is_found_though_the_caller_began_and_spoke_last(
    world: World,
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = direct(world, alice, "bob", 1)
    direct(world, bob, "alice", 1)
    direct(world, alice, "bob", 2)
    assert unread(world, alice) == ({room_id: 3}, {"bob": 3})


def test_unread_is_true_whatever_the_cache_believes(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = direct(world, bob, "alice", 1)
    world.out.faults["cache.end_turn"].append(CacheUnavailable("lost"))
    world.say(bob, room_id)
    assert unread(world, alice)[0] == {room_id: 2}
    world.out.server.down = True
    assert unread(world, alice)[0] == {room_id: 2}


def test_people_of_several_tenants_count_together_in_manage_scope(world: World) -> None:
    root = world.person("root", manages=True)
    for tenant in ("acme", "other"):
        zed = world.person("zed", tenant)
        data = {"toUserId": "zed", "tenantId": tenant, "clientId": "c", "body": "x"}
        room_id = world.do(root, "message.send", **data)["message"]["roomId"]
        world.relay()
        world.say(zed, room_id)
    assert unread(world, root)[1] == {"zed": 2}


def test_ends_of_rooms_that_were_read_are_kept_though_the_listing_is_cut_off(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    for _ in range(HEADS_A_CHUNK + 5):
        world.group(bob, "alice")
    world.flush_redis()
    world.forget_pushes()
    steps: list[Callable[[], None]] = [lambda: None] * (HEADS_A_CHUNK + 1)
    world.out.faults["messages.head"] += [*steps, StoreUnavailable("away")]
    assert world.refused(alice, "room.list") == "UNAVAILABLE"
    world.forget_pushes()
    assert len(world.do(alice, "room.list")["rooms"]) == HEADS_A_CHUNK + 5
    assert world.out.calls.count("messages.head") == 5
