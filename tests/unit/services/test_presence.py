"""Who is here, and what others hear of it (SPEC §2, §5.6)."""

import json
from itertools import pairwise, permutations

import pytest

from parley.domain.ids import ConnectionId, TenantId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable, ParleyError, Unavailable
from tests.support.memory import World


def shown(world: World, asker: Connection, *names: str) -> dict[str, str]:
    users = world.do(asker, "presence.list", userIds=list(names))["users"]
    return {user["userId"]: user["status"] for user in users}


def told(world: World, hearer: Connection) -> list[tuple[str, str]]:
    """Return what a connection heard: (user, status), in order."""
    updates = world.events_of(hearer, "presence:update")
    return [(user["userId"], user["status"]) for update in updates for user in update["users"]]


def byes(world: World, connection: Connection) -> list[dict[str, object]]:
    return world.events_of(connection, "bye")


# --- Coming and going ----------------------------------------------------------------------------


@pytest.mark.covers("A-2", "A-31", "B-38", "C-30", "D-47", "D-87")
def test_somebody_who_comes_is_announced_at_once_in_a_quiet_tenant(world: World) -> None:
    bob = world.person("bob")
    world.settle()
    world.person("alice")
    assert world.events_of(bob, "presence:update") == [
        {
            "users": [
                {"userId": "alice", "status": "online", "lastSeenAt": None, "name": "Alice"},
            ]
        }
    ]


@pytest.mark.covers("A-2", "A-32", "B-39", "C-31", "D-48", "D-88")
def test_somebody_who_goes_is_announced_after_the_grace_and_with_the_time(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()
    went = world.out.clock.now()
    world.app.presence.disconnected(alice)
    world.wait(4.9)
    assert told(world, bob) == []
    world.wait(0.2)
    update = world.events_of(bob, "presence:update")[0]["users"][0]
    assert (update["userId"], update["status"]) == ("alice", "offline")
    assert update["lastSeenAt"] == f"{went:%Y-%m-%dT%H:%M:%S}.000Z"


@pytest.mark.parametrize("away_s", [0.1, 2, 4.9])
def test_a_quick_reconnect_is_not_announced(world: World, away_s: float) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()
    world.app.presence.disconnected(alice)
    world.wait(away_s)
    world.person("alice")
    world.wait(60)
    assert told(world, bob) == []


@pytest.mark.covers("D-89")
def test_many_devices_are_one_person(world: World) -> None:
    alice, tablet, bob = world.person("alice"), world.person("alice"), world.person("bob")
    world.settle()
    world.app.presence.disconnected(alice)
    world.wait(10)
    assert (told(world, bob), shown(world, bob, "alice")) == ([], {"alice": "online"})
    world.app.presence.disconnected(tablet)
    world.wait(10)
    assert told(world, bob) == [("alice", "offline")]


def test_a_late_disconnect_of_the_old_connection_leaves_the_new_one(world: World) -> None:
    old = world.person("alice")
    world.person("alice")
    bob = world.person("bob")
    world.app.presence.disconnected(old)
    world.app.presence.disconnected(old)
    world.wait(30)
    assert shown(world, bob, "alice") == {"alice": "online"}


def test_a_disconnect_that_overtakes_its_connect_leaves_no_ghost(world: World) -> None:
    bob = world.person("bob")
    early = world.connection(world.caller("alice"))
    world.app.presence.disconnected(early)
    world.app.presence.connected(early)
    world.wait(10)
    assert shown(world, bob, "alice") == {"alice": "offline"}


@pytest.mark.parametrize("ends", [("old",), ("new",), ("old", "new")])
def test_two_connections_in_every_order_leave_the_truth(ends: tuple[str, ...]) -> None:
    """Each connects, is heard and may end; API Gateway keeps no order between invocations."""
    steps = [(name, step) for name in ("old", "new") for step in ("connect", "beat")]
    steps += [(name, "end") for name in ends]
    for order in permutations(steps):
        world = World()
        bob = world.person("bob")
        devices = {name: world.connection(world.caller("alice")) for name in ("old", "new")}
        for name, step in order:
            take(world, devices[name], step)
            world.wait(0.1)
        world.wait(10)
        expected = "offline" if len(ends) == 2 else "online"
        assert shown(world, bob, "alice") == {"alice": expected}, order
        heard = [status for name, status in told(world, bob) if name == "alice"]
        assert heard[-1:] in ([expected], []), order


def take(world: World, connection: Connection, step: str) -> None:
    if step == "connect":
        world.app.presence.connected(connection)
    elif step == "end":
        world.app.presence.disconnected(connection)
    else:
        world.tell(connection, "presence.heartbeat")


@pytest.mark.scenario("C1")
@pytest.mark.covers("A-2", "B-47")
def test_a_lost_disconnect_leaves_no_ghost_beyond_ttl_and_one_sweep(world: World) -> None:
    world.person("alice")
    bob = world.person("bob")
    world.settle()
    for _ in range(5):
        world.wait(30)
        world.do(bob, "presence.heartbeat")
        world.app.presence.sweep()
    world.wait(2)
    assert told(world, bob) == [("alice", "offline")]
    assert shown(world, bob, "alice", "bob") == {"alice": "offline", "bob": "online"}


@pytest.mark.covers("D-46", "D-91")
def test_one_persons_changes_reach_a_peer_every_two_seconds_the_newest_last(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()
    heard: list[float] = []
    for number in range(60):
        status = "away" if number % 2 else "online"
        world.do(alice, "presence.heartbeat", status=status)
        heard += [world.out.clock.monotonic()] * len(told(world, bob))
        world.forget_pushes()
        world.wait(0.1)
    world.wait(5)
    gaps = [later - earlier for earlier, later in pairwise(heard)]
    assert len(heard) <= 4
    assert all(gap > 1.999 for gap in gaps)
    assert shown(world, bob, "alice") == {"alice": "away"}
    assert not told(world, bob) or told(world, bob)[-1] == ("alice", "away")


def test_many_people_who_come_at_once_cost_a_handful_of_frames() -> None:
    world = World(presence_all_max=1_000)
    bob = world.person("bob")
    world.settle()
    for number in range(500):
        world.person(f"user-{number}")
    world.wait(5)
    frames = world.events_of(bob, "presence:update")
    assert sum(len(frame["users"]) for frame in frames) == 500
    assert len(frames) <= 5


@pytest.mark.covers("A-5", "A-6")
@pytest.mark.scenario("P6")
def test_presence_of_another_tenant_is_never_told(world: World) -> None:
    world.person("alice")
    stranger = world.person("zed", "other")
    world.settle()
    world.app.presence.disconnected(world.person("alice"))
    world.wait(30)
    assert told(world, stranger) == []
    listed = world.do(stranger, "presence.list")["users"]
    assert [user["userId"] for user in listed] == ["zed"]


@pytest.mark.scenario("P6")
@pytest.mark.parametrize("operation", ["presence.list", "presence.subscribe"])
def test_somebody_of_another_tenant_answers_like_somebody_who_never_was(
    world: World, operation: str
) -> None:
    asker = world.person("zed", "other")
    for name in ("alice", "gone"):
        world.person(name)
    world.app.presence.disconnected(world.person("gone"))
    world.settle()

    def answer(name: str) -> tuple[object, list[str]]:
        world.out.calls.clear()
        reply = world.ask(asker, operation, userIds=[name])
        return json.loads(json.dumps(reply).replace(name, "?").replace(name.title(), "?")), list(
            world.out.calls
        )

    never_was = answer("nobody")
    assert [answer(name) for name in ("alice", "gone")] == [never_was] * 2
    world.forget_pushes()
    world.person("gone")
    world.wait(10)
    assert told(world, asker) == []


def test_everybody_of_a_large_tenant_is_listed_and_each_page_reads_its_own_part() -> None:
    world = World(requests_per_minute=1_000)
    asker = world.person("asker")
    for number in range(449):
        world.person(f"user-{number:03}")
    world.settle()
    listed: list[str] = []
    place: dict[str, str] = {}
    while place or not listed:
        page = world.do(asker, "presence.list", **place)
        place = {"cursor": page["cursor"]} if page["cursor"] else {}
        listed += [user["userId"] for user in page["users"]]
        assert world.out.calls.count("presence.online") <= 2
        world.out.calls.clear()
    assert listed == ["asker", *(f"user-{number:03}" for number in range(449))]


# --- When parts fail -----------------------------------------------------------------------------


def test_people_connect_and_disconnect_without_the_cache(world: World) -> None:
    world.out.server.down = True
    alice = world.person("alice")
    world.app.presence.disconnected(alice)
    world.app.presence.end_expired(alice, None)
    assert [bye["code"] for bye in byes(world, alice)] == [4001]


def test_presence_is_unavailable_and_not_offline_without_the_cache(world: World) -> None:
    alice = world.person("alice")
    world.out.server.down = True
    assert world.refused(alice, "presence.list") == "UNAVAILABLE"
    assert world.refused(alice, "presence.list", userIds=["bob"]) == "UNAVAILABLE"


def test_a_queue_that_does_not_answer_delays_an_announcement(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()
    world.out.faults["queue.ask"].append(Unavailable("queue"))
    world.app.presence.disconnected(alice)
    for _ in range(4):
        world.wait(30)
        world.do(bob, "presence.heartbeat")
        world.app.presence.sweep()
    world.wait(5)
    assert told(world, bob) == [("alice", "offline")]


def test_a_tenant_whose_server_is_away_does_not_stop_the_sweep_of_others(world: World) -> None:
    for tenant in ("a", "b", "c"):
        world.person("x", tenant)
    world.settle()
    world.wait(95)
    # The others are looked at again, to see that what they asked for was announced.
    for swept in (3, 3):
        world.forget_pushes()
        world.out.faults["presence.sweep"].append(CacheUnavailable("its server is away"))
        world.app.presence.sweep()
        assert world.out.calls.count("presence.sweep") == swept
        world.wait(95)


def test_somebody_who_comes_while_a_sweep_finds_nobody_is_still_swept(world: World) -> None:
    world.app.presence.disconnected(world.person("alice"))
    world.settle()
    world.wait(95)
    world.out.faults["presence.note_tenant"].append(lambda: world.person("bob"))
    world.app.presence.sweep()
    assert world.out.presence.tenants() == [TenantId("acme")]
    world.app.presence.sweep()


def test_a_tenant_of_nobody_is_swept_no_more(world: World) -> None:
    world.app.presence.disconnected(world.person("alice"))
    world.settle()
    world.wait(95)
    world.app.presence.sweep()
    assert world.out.presence.tenants() == []


@pytest.mark.scenario("R7", "R8")
def test_a_tenant_that_is_not_swept_any_more_is_noted_again_by_a_heartbeat(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.settle()
    # As if the node of the cluster had died that knows which tenants are due.
    world.out.presence.note_tenant(alice.caller.tenant_id, None)
    for _ in range(7):
        world.wait(30)
        world.do(bob, "presence.heartbeat")
        world.app.presence.sweep()
    world.wait(2)
    assert told(world, bob) == [("alice", "offline")]


@pytest.mark.scenario("R10")
def test_a_tenant_is_noted_before_its_connection_is_registered(world: World) -> None:
    world.out.faults["presence.register"].append(CacheUnavailable("died in between"))
    world.person("alice")
    assert world.out.presence.tenants() == [TenantId("acme")]


def test_watchers_that_cannot_be_found_do_not_cost_the_tenant_its_news(world: World) -> None:
    bob = world.person("bob")
    world.settle()
    # The tenant's own audience comes with its changes; this look is at manage scope's.
    world.out.faults["presence.audience"].append(CacheUnavailable("down"))
    world.person("alice")
    assert told(world, bob) == [("alice", "online")]


def test_a_connection_id_of_a_stranger_ends_nothing(world: World) -> None:
    alice = world.person("alice")
    forged = world.connection(world.caller("eve"))
    world.app.presence.disconnected(
        Connection(ConnectionId(alice.connection_id), forged.caller, forged.connected_at)
    )
    assert "alice" in shown(world, alice, "alice")


def test_a_tenant_with_a_broken_entry_does_not_stop_the_sweep_of_others(world: World) -> None:
    for tenant in ("a", "b"):
        world.person("x", tenant)
    world.settle()
    world.wait(95)
    world.forget_pushes()
    world.out.faults["presence.sweep"].append(ParleyError("a defect"))
    world.app.presence.sweep()
    assert world.out.calls.count("presence.sweep") == 2


def swept(world: World) -> set[TenantId]:
    """Let a sweep happen; return which tenants it reached."""
    before = len(world.out.writes)
    world.app.presence.sweep()
    return {args[0] for name, args, _ in world.out.writes[before:] if name == "presence.sweep"}


def tenants_with_ghosts(world: World, count: int) -> set[TenantId]:
    """Return tenants in each of which somebody has just vanished."""
    tenants = {TenantId(f"t{number}") for number in range(count)}
    for tenant in tenants:
        world.person("ann", tenant)
    world.settle()
    world.out.clock.advance(91)
    return tenants


def test_one_sweep_reaches_every_tenant(world: World) -> None:
    tenants = tenants_with_ghosts(world, 90)
    assert swept(world) == tenants


def test_slow_tenants_leave_the_rest_to_the_next_sweep(world: World) -> None:
    tenants = tenants_with_ghosts(world, 50)
    world.out.faults["presence.sweep"].extend([lambda: world.out.clock.advance(1)] * 90)
    began = world.out.clock.monotonic()
    first = swept(world)
    # The function has 50 s.
    assert world.out.clock.monotonic() - began < 48
    assert 0 < len(first) < 50
    assert swept(world) >= tenants - first


def test_a_tenant_that_could_not_be_noted_is_swept_all_the_same(world: World) -> None:
    world.out.faults["presence.note_tenant"].append(CacheUnavailable("another server"))
    ann = world.person("ann")
    assert world.out.presence.count_online(ann.caller.tenant_id) == 1
    world.out.faults["presence.note_tenant"].append(CacheUnavailable("another server"))
    for _ in range(20):
        world.wait(30)
        world.do(ann, "presence.heartbeat")
    world.out.clock.advance(91)
    world.app.presence.sweep()
    assert world.out.presence.count_online(ann.caller.tenant_id) == 0


def test_a_tenant_is_looked_after_until_everybody_who_went_is_announced(world: World) -> None:
    root = world.person("root", manages=True)
    world.person("ann", "t1")
    world.settle()
    minutes: list[list[tuple[str, str]]] = []
    for minute in range(4):
        for _ in range(2):
            world.wait(30)
            world.do(root, "presence.heartbeat")
        world.forget_pushes()
        world.app.presence.sweep()
        if minute == 1:
            # The request to announce it is lost.
            world.out.queue.asked.clear()
        world.wait(1)
        minutes.append(told(world, root))
    assert minutes == [[], [], [("ann", "offline")], []]


def test_nothing_stays_of_a_tenant_that_everybody_left(world: World) -> None:
    ann = world.person("ann", "t1")
    world.settle()
    # As long as her connection may be heard again it is known.
    world.out.clock.advance(8_000)
    for _ in range(4):
        world.app.presence.sweep()
        world.wait(60)
    assert ann.caller.tenant_id not in world.out.presence.tenants()
    state = world.out.server.presence[ann.caller.tenant_id]
    assert not (state.conns or state.pending or state.announced)
