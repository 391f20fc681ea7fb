"""Who is here, and what others hear of it (SPEC §2, §5.6)."""

from itertools import pairwise

import pytest

from parley.domain.ids import ConnectionId, TenantId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable, Unavailable
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


def test_many_people_who_come_at_once_cost_a_handful_of_frames(world: World) -> None:
    bob = world.person("bob")
    world.settle()
    for number in range(500):
        world.person(f"user-{number}")
    world.wait(5)
    frames = world.events_of(bob, "presence:update")
    assert sum(len(frame["users"]) for frame in frames) == 500
    assert len(frames) <= 5


def test_presence_of_another_tenant_is_never_told(world: World) -> None:
    world.person("alice")
    stranger = world.person("zed", "other")
    world.settle()
    world.app.presence.disconnected(world.person("alice"))
    world.wait(30)
    assert told(world, stranger) == []
    listed = world.do(stranger, "presence.list")["users"]
    assert [user["userId"] for user in listed] == ["zed"]


# --- Connections that have to go -----------------------------------------------------------------


def test_an_eleventh_connection_ends_the_one_heard_longest_ago(world: World) -> None:
    devices = []
    for _ in range(10):
        devices.append(world.person("alice"))
        world.wait(0.1)
    world.do(devices[0], "presence.heartbeat")
    world.forget_pushes()
    world.person("alice")
    ended = [device for device in devices if byes(world, device)]
    assert ended == [devices[1]]
    assert byes(world, devices[1]) == [{"code": 4502, "reason": "replaced", "reconnect": False}]
    assert world.out.push.closed == [devices[1].connection_id]


def test_a_command_after_the_tokens_end_ends_the_connection(world: World) -> None:
    alice, bob = world.person("alice", ttl_s=60), world.person("bob")
    world.settle()
    world.wait(60)
    assert world.do(alice, "room.list")["rooms"] == []
    world.wait(0.1)
    assert world.refused(alice, "room.list") == "UNAUTHORIZED"
    assert byes(world, alice) == [{"code": 4001, "reason": "token expired", "reconnect": True}]
    assert world.out.push.closed == [alice.connection_id]
    world.wait(10)
    assert told(world, bob) == [("alice", "offline")]


def test_a_sweep_ends_connections_whose_token_ended(world: World) -> None:
    alice, bob = world.person("alice", ttl_s=60), world.person("bob")
    for _ in range(5):
        world.wait(30)
        for person in (alice, bob):
            world.tell(person, "presence.heartbeat")
        world.app.presence.sweep()
    assert [bye["code"] for bye in byes(world, alice)][:1] == [4001]
    assert byes(world, bob) == []
    assert alice.connection_id in world.out.push.closed


def test_an_ended_token_receives_nothing_more_within_a_minute(world: World) -> None:
    alice, bob = world.person("alice", ttl_s=60), world.person("bob")
    room_id = world.group(bob, "alice")
    world.wait(59)
    world.say(bob, room_id)
    world.wait(61.1)
    world.say(bob, room_id)
    assert [message["seq"] for message in world.events_of(alice, "message:new")] == [1]


# --- Connections that are gone -------------------------------------------------------------------


def test_a_connection_that_a_push_found_gone_is_forgotten_at_once(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.settle()
    world.out.push.answer_always(bob.connection_id, 410)
    for _ in range(3):
        world.say(alice, room_id)
    assert len(world.events_of(bob)) == 1
    world.wait(6)
    assert told(world, alice) == [("bob", "offline")]


def test_a_young_connection_is_not_forgotten_for_a_410(world: World) -> None:
    alice = world.person("alice")
    room_id = world.group(alice, "bob")
    bob = world.person("bob")
    world.out.push.answer(bob.connection_id, 410)
    for _ in range(2):
        world.say(alice, room_id)
    assert [message["seq"] for message in world.events_of(bob, "message:new")] == [1, 2]


def test_gone_connections_of_manage_scope_are_forgotten_in_their_own_tenant(world: World) -> None:
    alice, root = world.person("alice"), world.person("root", manages=True)
    send = {"toUserId": "alice", "tenantId": "acme", "clientId": "c", "body": "x"}
    room_id = world.do(root, "message.send", **send)["message"]["roomId"]
    world.settle()
    for person in (alice, root):
        world.out.push.answer_always(person.connection_id, 410)
    world.say(alice, room_id)
    world.forget_pushes()
    world.say(alice, room_id)
    assert world.events_of(root) == []


def test_a_cache_that_cannot_forget_a_gone_connection_does_not_fail_the_send(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob")
    world.settle()
    world.out.push.answer_always(bob.connection_id, 410)
    world.out.faults["presence.forget"].append(CacheUnavailable("down"))
    world.say(alice, room_id)


# --- When parts fail -----------------------------------------------------------------------------


def test_people_connect_and_disconnect_without_the_cache(world: World) -> None:
    world.out.server.down = True
    alice = world.person("alice")
    world.app.presence.disconnected(alice)
    world.app.presence.end_expired(alice)
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
    for swept in (3, 1):
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


def test_a_tenant_is_noted_before_its_connection_is_registered(world: World) -> None:
    world.out.faults["presence.register"].append(CacheUnavailable("died in between"))
    world.person("alice")
    assert world.out.presence.tenants() == [TenantId("acme")]


def test_watchers_that_cannot_be_found_do_not_cost_the_tenant_its_news(world: World) -> None:
    bob = world.person("bob")
    world.settle()
    world.out.faults["presence.everyone"].append(CacheUnavailable("down"))
    world.person("alice")
    assert told(world, bob) == [("alice", "online")]


# --- Asking --------------------------------------------------------------------------------------


def test_everyone_who_is_not_offline_is_listed_with_what_their_token_said(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.do(bob, "presence.heartbeat", status="away")
    world.app.presence.disconnected(world.person("carol"))
    common = {"tenantId": "acme", "picture": None, "role": "member", "lastSeenAt": None}
    assert world.do(alice, "presence.list") == {
        "users": [
            {"userId": "alice", "name": "Alice", "status": "online", **common},
            {"userId": "bob", "name": "Bob", "status": "away", **common},
        ],
        "cursor": None,
    }


def test_named_users_are_shown_whoever_they_are(world: World) -> None:
    alice = world.person("alice")
    world.app.presence.disconnected(world.person("carol"))
    world.wait(100)
    world.out.server.flush_all()
    users = world.do(alice, "presence.list", userIds=["nobody", "carol", "nobody"])["users"]
    assert [(u["userId"], u["name"], u["status"], u["role"]) for u in users] == [
        ("carol", "Carol", "offline", "member"),
        ("nobody", "nobody", "offline", None),
    ]


def test_lists_are_paged_below_30_kb(world: World) -> None:
    alice = world.person("alice")
    for number in range(400):
        world.person(f"user-{number:03}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.do(alice, "presence.list", **cursor)
        seen += [user["userId"] for user in page["users"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert seen == ["alice", *(f"user-{number:03}" for number in range(400))]
    assert cursor


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "WzFd", "é", "e30=", "////", "W251bGxd"])
def test_a_cursor_of_nobodys_is_refused(world: World, cursor: str) -> None:
    reply = world.ask(world.person("alice"), "presence.list", cursor=cursor)
    assert reply["error"] == "VALIDATION_ERROR"
    assert reply["details"][0]["path"] == "data.cursor"


def test_lists_are_limited(world: World) -> None:
    small = World(requests_per_minute=2)
    alice = small.person("alice")
    for _ in range(2):
        small.do(alice, "presence.list")
    assert small.refused(alice, "presence.list") == "RATE_LIMITED"


def test_a_connection_id_of_a_stranger_ends_nothing(world: World) -> None:
    alice = world.person("alice")
    forged = world.connection(world.caller("eve"))
    world.app.presence.disconnected(
        Connection(ConnectionId(alice.connection_id), forged.caller, forged.connected_at)
    )
    assert "alice" in shown(world, alice, "alice")
