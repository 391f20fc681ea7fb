"""Hearing of certain people only, and of nobody where there are too many (SPEC §4)."""

import pytest

from parley.domain.ids import MANAGE_TENANT, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.errors import CacheUnavailable
from tests.support.memory import World

ACME = TenantId("acme")


def told(world: World, hearer: Connection) -> list[tuple[str, str]]:
    """Return what a connection heard: (user, status), in order."""
    updates = world.events_of(hearer, "presence:update")
    return [(user["userId"], user["status"]) for update in updates for user in update["users"]]


def go_away(world: World, *people: Connection) -> None:
    """Let people be shown as away, and let it be announced."""
    for person in people:
        world.do(person, "presence.heartbeat", status="away")
    world.wait(5)


def heartbeat_mode(world: World, connection: Connection) -> object:
    return world.do(connection, "presence.heartbeat")["presence"]


@pytest.fixture
def large() -> World:
    """Return a tenant in which three people are the most of whom everybody hears."""
    return World(presence_all_max=3)


# --- Subscribing ---------------------------------------------------------------------------------


@pytest.mark.covers("B-48")
def test_who_subscribed_hears_of_these_people_only(world: World) -> None:
    alice, bob, carol = (world.person(name) for name in ("alice", "bob", "carol"))
    world.do(alice, "presence.subscribe", userIds=["bob", "zoe"])
    world.settle()
    go_away(world, bob, carol)
    world.person("zoe")
    world.wait(5)
    assert told(world, alice) == [("bob", "away"), ("zoe", "online")]
    assert told(world, bob) == [("bob", "away"), ("carol", "away"), ("zoe", "online")]


def test_the_reply_shows_exactly_these_people_as_they_are(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.do(bob, "presence.heartbeat", status="away")
    asked = ["nobody", "bob", "bob"]
    reply = world.do(alice, "presence.subscribe", userIds=asked)
    assert [(user["userId"], user["status"]) for user in reply["users"]] == [
        ("bob", "away"),
        ("nobody", "offline"),
    ]
    assert reply == world.do(alice, "presence.list", userIds=asked)


def test_a_second_set_replaces_the_first(world: World) -> None:
    alice, bob, carol = (world.person(name) for name in ("alice", "bob", "carol"))
    world.do(alice, "presence.subscribe", userIds=["bob", "alice"])
    world.do(alice, "presence.subscribe", userIds=["carol", "alice"])
    world.settle()
    go_away(world, alice, bob, carol)
    assert sorted(told(world, alice)) == [("alice", "away"), ("carol", "away")]


def test_who_subscribed_to_nobody_hears_of_nobody(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    assert world.do(alice, "presence.subscribe", userIds=[]) == {"users": [], "cursor": None}
    world.settle()
    go_away(world, bob)
    assert told(world, alice) == []
    assert told(world, bob) == [("bob", "away")]


def test_each_connection_subscribes_for_itself(world: World) -> None:
    phone, tablet, bob = world.person("alice"), world.person("alice"), world.person("bob")
    world.do(phone, "presence.subscribe", userIds=[])
    world.settle()
    go_away(world, bob)
    laptop = world.person("alice")
    go_away(world, world.person("carol"))
    assert told(world, phone) == []
    assert ("bob", "away") in told(world, tablet)
    assert ("carol", "away") in told(world, laptop)


def test_a_subscription_lasts_over_heartbeats(world: World) -> None:
    alice, bob, carol = (world.person(name) for name in ("alice", "bob", "carol"))
    world.do(alice, "presence.subscribe", userIds=["bob"])
    for _ in range(5):
        world.wait(30)
        for person in (alice, bob, carol):
            world.do(person, "presence.heartbeat")
        world.app.presence.sweep()
    world.settle()
    go_away(world, bob, carol)
    assert told(world, alice) == [("bob", "away")]


def test_people_of_another_tenant_are_never_heard_of(world: World) -> None:
    alice = world.person("alice")
    zed = world.person("zed", "other")
    reply = world.do(alice, "presence.subscribe", userIds=["zed"])
    assert [(user["tenantId"], user["status"]) for user in reply["users"]] == [("acme", "offline")]
    world.settle()
    go_away(world, zed)
    assert told(world, alice) == []


def test_a_long_reply_goes_on_in_the_list_of_the_same_people(world: World) -> None:
    alice = world.person("alice")
    asked = [f"user-{number:03}" for number in range(500)]
    page = world.do(alice, "presence.subscribe", userIds=asked)
    listed = [user["userId"] for user in page["users"]]
    assert len(listed) < 500
    while page["cursor"] is not None:
        page = world.do(alice, "presence.list", userIds=asked, cursor=page["cursor"])
        listed += [user["userId"] for user in page["users"]]
    assert listed == asked


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"userIds": None},
        {"userIds": ["x"] * 501},
        {"userIds": [""]},
        {"userIds": ["a\nb"]},
        {"userIds": [], "tenantId": "acme"},
        {"userIds": [], "cursor": "x"},
    ],
)
def test_what_is_no_set_of_people_of_ones_own_tenant_is_refused(
    world: World, data: dict[str, object]
) -> None:
    assert world.refused(world.person("alice"), "presence.subscribe", **data) == "VALIDATION_ERROR"


def test_subscribing_is_limited() -> None:
    world = World(requests_per_minute=1)
    alice = world.person("alice")
    world.do(alice, "presence.subscribe", userIds=[])
    assert world.refused(alice, "presence.subscribe", userIds=["bob"]) == "RATE_LIMITED"


# --- When Redis forgets --------------------------------------------------------------------------


def test_without_the_cache_nobody_can_subscribe(world: World) -> None:
    alice = world.person("alice")
    world.out.server.down = True
    assert world.refused(alice, "presence.subscribe", userIds=["bob"]) == "UNAVAILABLE"


def test_a_connection_that_redis_forgot_is_registered_as_it_subscribes(world: World) -> None:
    alice = world.person("alice")
    world.out.server.flush_all()
    world.do(alice, "presence.subscribe", userIds=["bob"])
    world.settle()
    go_away(world, world.person("carol"), world.person("bob"))
    assert {user for user, _ in told(world, alice)} == {"bob"}


def test_a_connection_that_was_ended_cannot_subscribe(world: World) -> None:
    alice = world.person("alice")
    world.app.presence.disconnected(alice)
    assert world.refused(alice, "presence.subscribe", userIds=["bob"]) == "UNAVAILABLE"


# --- Many people ---------------------------------------------------------------------------------


def test_among_too_many_people_only_subscriptions_are_told(large: World) -> None:
    alice, bob, carol = (large.person(name) for name in ("alice", "bob", "carol"))
    large.settle()
    go_away(large, carol)
    assert told(large, bob) == [("carol", "away")]
    large.person("dave")
    large.do(alice, "presence.subscribe", userIds=["carol"])
    large.settle()
    large.do(carol, "presence.heartbeat", status="online")
    large.wait(5)
    assert told(large, alice) == [("carol", "online")]
    assert told(large, bob) == []


def test_who_comes_as_one_too_many_is_not_told_to_everybody(large: World) -> None:
    alice, _, _ = (large.person(name) for name in ("alice", "bob", "carol"))
    large.settle()
    dave = large.person("dave")
    large.wait(5)
    assert told(large, alice) == []
    large.app.presence.disconnected(dave)
    large.wait(10)
    assert told(large, alice) == [("dave", "offline")]


def test_heartbeats_and_syncs_say_what_one_hears_of(large: World) -> None:
    alice, _, _ = (large.person(name) for name in ("alice", "bob", "carol"))
    assert heartbeat_mode(large, alice) == "all"
    assert large.app.presence.presence_mode(ACME) == "all"
    dave = large.person("dave")
    assert heartbeat_mode(large, alice) == "subscribed"
    assert large.app.presence.presence_mode(ACME) == "subscribed"
    large.app.presence.disconnected(dave)
    assert heartbeat_mode(large, alice) == "all"


def test_a_heartbeat_says_it_also_of_a_connection_that_redis_forgot(large: World) -> None:
    people = [large.person(name) for name in ("alice", "bob", "carol", "dave")]
    large.out.server.flush_all()
    assert [heartbeat_mode(large, each) for each in people] == ["all", "all", "all", "subscribed"]


def test_it_costs_a_heartbeat_no_call_more(large: World) -> None:
    alice = large.person("alice")
    large.do(alice, "presence.heartbeat")
    large.settle()
    large.do(alice, "presence.heartbeat")
    assert large.out.calls == ["presence.heartbeat", "cache.changed_since"]


def test_without_the_cache_all_is_said(large: World) -> None:
    for name in ("alice", "bob", "carol", "dave"):
        large.person(name)
    large.out.faults["presence.count_online"].append(CacheUnavailable("down"))
    assert large.app.presence.presence_mode(ACME) == "all"


# --- Manage scope --------------------------------------------------------------------------------


def test_root_subscribes_to_people_of_one_tenant(world: World) -> None:
    root, boss = world.person("root", manages=True), world.person("boss", manages=True)
    people = [world.person("alice", tenant) for tenant in ("acme", "other")]
    bob = world.person("bob")
    reply = world.do(root, "presence.subscribe", tenantId="acme", userIds=["alice"])
    assert [(u["tenantId"], u["userId"], u["status"]) for u in reply["users"]] == [
        ("acme", "alice", "online")
    ]
    world.settle()
    go_away(world, *people, bob)
    updates = [u for each in world.events_of(root, "presence:update") for u in each["users"]]
    assert [(user["tenantId"], user["userId"]) for user in updates] == [("acme", "alice")]
    assert sorted(told(world, boss)) == [("alice", "away"), ("alice", "away"), ("bob", "away")]


def test_root_hears_of_every_tenant_however_many_people_there_are(large: World) -> None:
    root = large.person("root", manages=True)
    for number in range(4):
        large.person(f"boss-{number}", manages=True)
    large.settle()
    for name in ("alice", "bob", "carol", "dave"):
        large.person(name)
    large.wait(5)
    assert {user for user, _ in told(large, root)} == {"alice", "bob", "carol", "dave"}
    assert heartbeat_mode(large, root) == "all"
    assert large.app.presence.presence_mode(MANAGE_TENANT) == "all"


def test_root_names_a_tenant_that_exists(world: World) -> None:
    root = world.person("root", manages=True)
    assert world.refused(root, "presence.subscribe", userIds=[]) == "VALIDATION_ERROR"
    nowhere = {"userIds": ["alice"], "tenantId": "nowhere"}
    assert world.refused(root, "presence.subscribe", **nowhere) == "NOT_FOUND"


# --- Profiles ------------------------------------------------------------------------------------


@pytest.fixture
def renamed(world: World) -> Profile:
    """Return another profile of alice, who is there."""
    world.person("alice")
    world.settle()
    return Profile(ACME, UserId("alice"), "Alice the Second", None, "boss")


def test_a_changed_profile_is_told_with_the_present_status(world: World, renamed: Profile) -> None:
    bob, root = world.person("bob"), world.person("root", manages=True)
    world.settle()
    world.app.presence_updates.announce_profile(renamed)
    update = {
        "userId": "alice",
        "status": "online",
        "lastSeenAt": None,
        "name": "Alice the Second",
    }
    assert world.events_of(bob, "presence:update") == [{"users": [update]}]
    assert world.events_of(root, "presence:update") == [{"users": [update | {"tenantId": "acme"}]}]
    alice = world.do(bob, "presence.list", userIds=["alice"])["users"][0]
    assert (alice["name"], alice["role"]) == ("Alice the Second", "boss")


def test_a_changed_profile_is_told_to_those_who_asked_for_the_person(
    world: World, renamed: Profile
) -> None:
    bob, carol = world.person("bob"), world.person("carol")
    world.do(bob, "presence.subscribe", userIds=["alice"])
    world.do(carol, "presence.subscribe", userIds=["bob"])
    world.settle()
    world.app.presence_updates.announce_profile(renamed)
    assert told(world, bob) == [("alice", "online")]
    assert told(world, carol) == []


def test_somebody_without_a_name_any_more_goes_by_their_id(world: World, renamed: Profile) -> None:
    bob = world.person("bob")
    world.settle()
    world.app.presence_updates.announce_profile(Profile(ACME, UserId("alice")))
    assert world.events_of(bob, "presence:update")[0]["users"][0]["name"] == "alice"


def test_a_changed_profile_is_not_told_without_the_cache(world: World, renamed: Profile) -> None:
    bob = world.person("bob")
    world.settle()
    world.out.server.down = True
    world.app.presence_updates.announce_profile(renamed)
    assert told(world, bob) == []
