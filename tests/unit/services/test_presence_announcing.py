"""Changes of presence are told at least once, the newest last, and seldom (SPEC §5.6)."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from parley.adapters.memory.push import NEVER
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.errors import CacheUnavailable
from tests.support.memory import World

ACME = TenantId("acme")


class Killed(Exception):
    """What a function that is killed never catches."""


def told(world: World, hearer: Connection) -> list[tuple[str, str]]:
    """Return what a connection heard: (user, status), in order."""
    updates = world.events_of(hearer, "presence:update")
    return [(user["userId"], user["status"]) for update in updates for user in update["users"]]


def later(world: World, *alive: Connection) -> None:
    """Let a minute pass in which these people are heard."""
    for _ in range(2):
        world.wait(30)
        for connection in alive:
            world.do(connection, "presence.heartbeat")
    world.app.presence.sweep()
    world.wait(5)


# --- At least once -------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["push.start", "presence.confirm"])
def test_what_a_killed_function_had_taken_is_told_within_one_heartbeat(
    world: World, call: str
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()
    world.app.presence.disconnected(alice)
    world.out.faults[call].append(Killed())
    with pytest.raises(Killed):
        world.wait(6)
    world.forget_pushes()
    world.wait(30)
    world.do(bob, "presence.heartbeat")
    assert told(world, bob) == [("alice", "offline")]


def test_changes_that_could_not_be_confirmed_are_told_once_more(world: World) -> None:
    bob = world.person("bob")
    world.settle()
    world.out.faults["presence.confirm"].append(CacheUnavailable("down"))
    world.person("alice")
    later(world, bob)
    heard = told(world, bob)
    assert heard.count(("alice", "online")) == 2
    world.settle()
    later(world, bob)
    assert ("alice", "online") not in told(world, bob)


def test_a_newer_status_is_never_overtaken_by_an_older_one(world: World) -> None:
    """The first function stands still between taking the change and pushing it."""
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()

    def meanwhile() -> None:
        world.wait(4)
        world.do(alice, "presence.heartbeat", status="online")
        world.wait(4)

    world.out.faults["push.start"].append(meanwhile)
    world.do(alice, "presence.heartbeat", status="away")
    world.wait(20)
    assert told(world, bob) == [("alice", "away"), ("alice", "online")]


# --- Pushes that do not arrive -------------------------------------------------------------------


def throttled(world: World, connection: Connection) -> None:
    world.out.push.answer(connection.connection_id, 429, 429, 429)


def unanswered(world: World, connection: Connection) -> None:
    world.out.push.answer(connection.connection_id, NEVER)


def not_open_yet(world: World, connection: Connection) -> None:
    world.out.push.answer(connection.connection_id, 410)


@pytest.mark.scenario("C9")
@pytest.mark.parametrize("trouble", [throttled, unanswered])
def test_whom_a_push_did_not_reach_is_asked_to_sync_by_the_next_two_heartbeats(
    world: World, trouble: Callable[[World, Connection], None]
) -> None:
    """The reply to one of them may be lost, too."""
    bob, carol = world.person("bob"), world.person("carol")
    epoch = world.do(bob, "presence.heartbeat")["epoch"]
    world.settle()
    trouble(world, bob)
    world.person("alice")
    epochs = [world.do(bob, "presence.heartbeat")["epoch"] for _ in range(3)]
    assert [each == epoch for each in epochs] == [False, False, True]
    assert world.do(carol, "presence.heartbeat")["epoch"] == epoch
    assert "alice" in {user["userId"] for user in world.do(bob, "sync.start")["users"]}


@pytest.mark.scenario("C5")
def test_a_connection_that_answers_410_while_it_opens_is_kept_and_asked_to_sync(
    world: World,
) -> None:
    bob = world.person("bob")
    epoch = world.do(bob, "presence.heartbeat")["epoch"]
    world.wait(2)
    not_open_yet(world, bob)
    alice = world.person("alice")
    assert world.do(bob, "presence.heartbeat")["epoch"] != epoch
    world.wait(10)
    world.forget_pushes()
    world.app.presence.disconnected(alice)
    world.wait(6)
    assert told(world, bob) == [("alice", "offline")]


def test_missed_changes_that_cannot_be_noted_do_not_fail_what_asked_for_the_flush(
    world: World,
) -> None:
    bob = world.person("bob")
    world.settle()
    throttled(world, bob)
    world.out.faults["presence.note_missed"].append(CacheUnavailable("down"))
    world.person("alice")
    assert "presence.note_missed" in world.out.calls


# --- Seldom --------------------------------------------------------------------------------------


@pytest.mark.scenario("C15")
def test_people_who_flap_are_told_at_most_twice_a_minute_each() -> None:
    """100 people, each of whom comes and goes 30 times a minute."""
    world = World(connects_per_minute=1_000)
    bob = world.person("bob")
    names = [f"user-{number:02}" for number in range(100)]
    here = {name: world.person(name) for name in names}
    world.settle()
    for beat in range(60):
        for number, name in enumerate(names):
            if (beat + number) % 2:
                world.app.presence.disconnected(here[name])
            else:
                here[name] = world.person(name)
        world.wait(1)
        if beat % 30 == 0:
            world.do(bob, "presence.heartbeat")
    heard = [name for name, _ in told(world, bob)]
    assert max((heard.count(name) for name in names), default=0) <= 2
    assert len(world.events_of(bob, "presence:update")) <= 30


@pytest.mark.scenario("C15")
@pytest.mark.parametrize(("there_s", "away_s"), [(1, 1), (1, 4), (1, 6), (0.5, 9)])
def test_however_somebody_flaps_others_hear_of_them_every_two_seconds_at_most(
    there_s: float, away_s: float
) -> None:
    world = World(connects_per_minute=1_000)
    bob = world.person("bob")
    world.settle()
    times: list[float] = []
    for _ in range(20):
        alice = world.person("alice")
        for wait_s, leaves in ((there_s, True), (away_s, False)):
            world.wait(wait_s)
            if leaves:
                world.app.presence.disconnected(alice)
            times += [world.out.clock.monotonic()] * len(told(world, bob))
            world.forget_pushes()
    assert all(after - before >= 2 - max(there_s, away_s) for before, after in pairwise(times))
    assert len(times) <= 1 + 20 * (there_s + away_s) / 2


def test_a_profile_that_changes_often_is_told_every_two_seconds_the_newest_last(
    world: World,
) -> None:
    world.person("alice")
    bob = world.person("bob")
    world.settle()
    for number in range(50):
        profile = Profile(ACME, UserId("alice"), f"Alice {number}", None, "member")
        world.app.presence_updates.announce_profile(profile)
        world.wait(0.1)
    world.wait(3)
    updates = world.events_of(bob, "presence:update")
    assert len(updates) <= 4
    assert updates[-1]["users"][0]["name"] == "Alice 49"


def test_in_a_tenant_of_many_no_heartbeat_waits_for_the_pushes() -> None:
    world = World(presence_all_max=1_000)
    people = [world.person(f"user-{number:03}") for number in range(150)]
    world.settle()
    world.do(people[0], "presence.heartbeat", status="away")
    assert "push.start" not in world.out.calls
    world.wait(2)
    assert told(world, people[1]) == [("user-000", "away")]
