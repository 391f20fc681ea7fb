"""Who is typing: told, never stored, never answered (SPEC §3, §4, §6)."""

import copy

import pytest

from tests.support.memory import World


def group(world: World, *members: str) -> str:
    room_id = world.group(world.person("alice"), *members)
    world.settle()
    return room_id


@pytest.mark.covers(
    "A-61", "B-33", "B-34", "B-40", "B-41", "B-52", "D-32", "D-33", "D-34", "D-79", "D-80", "D-81"
)
@pytest.mark.scenario("P5")
def test_the_other_members_hear_who_types_and_the_typist_hears_nothing(world: World) -> None:
    room_id = group(world, "bob")
    alice, tablet, bob, eve = (world.person(name) for name in ("alice", "alice", "bob", "eve"))
    assert world.tell(alice, "typing.start", roomId=room_id) is None
    assert world.tell(alice, "typing.stop", roomId=room_id) is None
    update = {"roomId": room_id, "userId": "alice", "name": "Alice"}
    assert world.events_of(bob, "typing:update") == [
        {**update, "state": "start", "expiresIn": 6},
        {**update, "state": "stop", "expiresIn": 0},
    ]
    for other in (alice, tablet, eve):
        assert world.events_of(other, "typing:update") == []
    assert not any(call.startswith("rooms.move") for call in world.out.calls)


@pytest.mark.scenario("P5")
def test_typing_is_stored_nowhere(world: World) -> None:
    """A stop that is lost leaves nothing behind: each start says after how long it is over."""
    room_id = group(world, "bob")
    alice, _ = world.person("alice"), world.person("bob")
    world.settle()
    server = world.out.server
    before = copy.deepcopy((dict(server.rooms), dict(server.presence)))
    world.tell(alice, "typing.start", roomId=room_id)
    assert set(world.out.calls) == {"cache.probe", "push.start"}
    # What counts against the limit of typing is all that is kept.
    for state in (*before[0].values(), *server.rooms.values()):
        state.attempts.clear()
    assert (dict(server.rooms), dict(server.presence)) == before


def test_typing_needs_no_id(world: World) -> None:
    room_id = group(world, "bob")
    alice, bob = world.person("alice"), world.person("bob")
    text = f'{{"action":"typing","op":"start","data":{{"roomId":"{room_id}"}}}}'
    assert world.frame(alice, text) is None
    assert len(world.events_of(bob, "typing:update")) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"roomId": "d-nothing"},
        {"roomId": "../x"},
        {"roomId": 7},
        {},
        {"userId": "bob"},
        {"roomId": "d-x", "name": "Bob"},
    ],
)
@pytest.mark.parametrize("op", ["start", "stop", "wave"])
def test_refusals_are_silent(world: World, op: str, data: dict[str, object]) -> None:
    assert world.tell(world.person("alice"), f"typing.{op}", **data) is None


@pytest.mark.covers("B-115", "D-32", "D-33", "D-82")
def test_strangers_and_floods_are_refused_silently() -> None:
    world = World(typing_per_minute=3)
    room_id = group(world, "bob")
    alice, bob, eve = (world.person(name) for name in ("alice", "bob", "eve"))
    world.wait(60)
    world.forget_pushes()
    for _ in range(5):
        assert world.tell(alice, "typing.start", roomId=room_id) is None
        assert world.tell(eve, "typing.start", roomId=room_id) is None
    assert len(world.events_of(bob, "typing:update")) == 3


def test_a_crash_is_silent_too(world: World) -> None:
    room_id, alice = group(world, "bob"), world.person("alice")
    world.out.faults["cache.probe"].append(RuntimeError("bug"))
    assert world.tell(alice, "typing.start", roomId=room_id) is None


@pytest.mark.parametrize(("members", "heard"), [(50, 1), (51, 0)])
def test_rooms_above_fifty_members_hear_of_no_typing(
    world: World, members: int, heard: int
) -> None:
    room_id = group(world, "bob", *(f"u{number}" for number in range(members - 2)))
    alice, bob = world.person("alice"), world.person("bob")
    world.tell(alice, "typing.start", roomId=room_id)
    assert len(world.events_of(bob, "typing:update")) == heard


def test_in_a_channel_those_hear_of_typing_whose_token_names_its_space(world: World) -> None:
    alice, bob = (world.person(name, spaces=["s1"]) for name in ("alice", "bob"))
    eve = world.person("eve", spaces=["s2"])
    create = {"type": "channel", "spaceId": "s1", "name": "news"}
    room_id = str(world.do(alice, "room.create", **create)["roomId"])
    world.settle()
    for who in (alice, eve):
        assert world.tell(who, "typing.start", roomId=room_id) is None
    assert [each["userId"] for each in world.events_of(bob, "typing:update")] == ["alice"]


@pytest.mark.parametrize(("others", "heard"), [(49, 1), (50, 0)])
def test_an_open_room_is_as_large_as_those_who_would_hear(others: int, heard: int) -> None:
    world = World()
    alice = world.person("alice")
    room_id = str(world.do(alice, "room.create", type="organization")["roomId"])
    people = [world.person(f"u{number}") for number in range(others)]
    # Many devices are one person.
    tablet = world.person("u0")
    world.forget_pushes()
    world.tell(alice, "typing.start", roomId=room_id)
    for hearer in (*people, tablet):
        assert len(world.events_of(hearer, "typing:update")) == heard


def test_without_the_cache_typing_is_lost_quietly(world: World) -> None:
    room_id, alice = group(world, "bob"), world.person("alice")
    world.out.server.down = True
    assert world.tell(alice, "typing.start", roomId=room_id) is None
