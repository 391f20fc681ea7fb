"""What is counted and timed, from a connection's opening to its end."""

from collections.abc import Callable, Iterator

import pytest

from parley import edge, measures
from parley.domain.people import Connection
from parley.errors import CacheUnavailable, StoreUnavailable, Unavailable
from parley.measures import Measures
from parley.services.census import CENSUS_S
from tests.support.memory import World

Taken = Callable[[], dict[str, list[float]]]


@pytest.fixture
def taken() -> Iterator[Taken]:
    """Returns what was measured since the last time."""
    kept = Measures()
    measures.collect(kept)

    def take() -> dict[str, list[float]]:
        # Due with everything else that may be held.
        kept.count("connects", 0)
        return kept.take_due()

    yield take
    measures.collect(None)


def pair(world: World) -> tuple[Connection, Connection, str]:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.settle()
    return alice, bob, room_id


@pytest.mark.covers("B-135", "B-136", "B-138")
def test_a_message_is_counted_with_its_size_its_times_and_its_pushes(
    world: World, taken: Taken
) -> None:
    alice, _, room_id = pair(world)
    taken()
    world.do(alice, "message.send", roomId=room_id, clientId="c-1", body="Zoë")
    found = taken()
    assert (found["messages_stored"], found["message_bytes"]) == ([1], [4])
    assert (found["pushes"], len(found["delivery_ms"])) == ([1], 1)
    assert len(found["send_ms"]) == len(found["command_ms"]) == 1
    world.do(alice, "message.send", roomId=room_id, clientId="c-1", body="Zoë")
    again = taken()
    assert again.keys().isdisjoint({"messages_stored", "message_bytes"})
    assert len(again["send_ms"]) == 1


@pytest.mark.covers("B-137")
def test_pushes_that_fail_are_counted_apart_from_those_to_nobody(
    world: World, taken: Taken
) -> None:
    alice, bob, room_id = pair(world)
    phone = world.person("bob")
    world.settle()
    world.out.push.answer_always(bob.connection_id, 500)
    world.out.push.answer_always(phone.connection_id, 410)
    taken()
    world.say(alice, room_id)
    found = taken()
    assert (found["pushes"], found["pushes_failed"], found["pushes_gone"]) == ([1], [1], [1])


@pytest.mark.covers("B-155")
def test_commands_over_a_limit_are_counted(taken: Taken) -> None:
    world = World(messages_per_10s=2)
    alice, _, room_id = pair(world)
    for number in range(4):
        world.ask(alice, "message.send", roomId=room_id, clientId=f"c-{number}", body="hello")
    found = taken()
    assert found["rate_limited"] == [2]
    assert "commands_failed" not in found


@pytest.mark.parametrize("error", [StoreUnavailable("down"), RuntimeError("bug")])
def test_commands_that_fail_are_counted_and_refused_ones_only_timed(
    world: World, taken: Taken, error: Exception
) -> None:
    alice, _, room_id = pair(world)
    taken()
    world.refused(alice, "message.history", roomId="g-none")
    found = taken()
    assert len(found["command_ms"]) == 1
    assert "commands_failed" not in found
    world.out.faults["messages.page"].append(error)
    world.refused(alice, "message.history", roomId=room_id)
    assert taken()["commands_failed"] == [1]


@pytest.mark.covers("B-133")
def test_who_comes_back_and_catches_up_is_a_reconnection(world: World, taken: Taken) -> None:
    alice, bob, room_id = pair(world)
    world.wait(31)
    taken()
    known = {room_id: {"seq": 0, "rev": 0}}
    # Told to sync by a heartbeat, long after it opened.
    world.do(bob, "sync.start", rooms=known)
    # Opened for the first time.
    world.do(world.person("carol"), "sync.start")
    assert "reconnects" not in taken()
    world.do(world.person("bob"), "sync.start", rooms=known)
    assert taken()["reconnects"] == [1]
    assert alice


@pytest.mark.covers("B-134")
def test_a_connection_that_closes_is_measured_by_how_long_it_was_open(
    world: World, taken: Taken
) -> None:
    alice = world.person("alice")
    world.out.clock.advance(90.25)
    world.app.presence.disconnected(alice)
    assert taken()["connection_s"] == [90.2]


def connecting(world: World, connection: Connection) -> int:
    event = world.event(connection, "", "$connect")
    return int(edge.answer_connect(event, world.app.presence.connected)["statusCode"])


@pytest.mark.covers("B-132")
def test_connections_are_counted_by_how_their_opening_ended(taken: Taken) -> None:
    world = World(connects_per_minute=1)
    alice = world.connection(world.caller("alice"))
    assert connecting(world, alice) == 200
    found = taken()
    assert found["connects"] == [1]
    assert "connects_failed" not in found
    assert connecting(world, alice) == 429
    found = taken()
    assert (found["connects_refused"], found["rate_limited"]) == ([1], [1])
    assert found["connects"] == [0]
    bob = world.connection(world.caller("bob"))
    world.out.faults["users.remember"].append(Unavailable("down"))
    assert connecting(world, bob) == 503
    found = taken()
    assert (found["connects"], found["connects_failed"]) == ([1], [1])
    world.out.faults["users.remember"].append(RuntimeError("bug"))
    with pytest.raises(RuntimeError):
        connecting(world, world.connection(world.caller("carol")))
    assert taken()["connects_failed"] == [1]


@pytest.mark.covers("B-131")
def test_who_is_connected_is_counted_over_all_tenants(world: World, taken: Taken) -> None:
    world.app.census.take()
    assert taken()["people_connected"] == [0]
    world.person("alice")
    world.person("alice")
    world.person("bob", "umbrella")
    world.person("root", manages=True)
    world.app.census.take()
    assert taken()["people_connected"] == [3]


def test_a_count_that_takes_too_long_is_not_told_in_part(world: World, taken: Taken) -> None:
    world.person("alice")
    world.person("bob", "umbrella")

    def slow() -> None:
        world.out.clock.advance(CENSUS_S + 1)

    world.out.faults["presence.count_people"].append(slow)
    world.app.census.take()
    assert "people_connected" not in taken()
    world.out.faults["presence.tenants"].append(CacheUnavailable("down"))
    with pytest.raises(CacheUnavailable):
        world.app.census.take()
