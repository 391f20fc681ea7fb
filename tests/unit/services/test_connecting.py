"""What opening a connection checks and notes: limits, and who is coming (SPEC §2, §6)."""

from dataclasses import replace

import pytest

from parley import edge
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.policies import TenantSettings
from parley.errors import RateLimited, Unauthorized
from tests.support.memory import World

ACME = TenantId("acme")


def shown_name(world: World, asker: Connection, user: str) -> tuple[str, str | None]:
    shown = world.do(asker, "presence.list")["users"]
    return next((each["name"], each["picture"]) for each in shown if each["userId"] == user)


# --- Limits --------------------------------------------------------------------------------------


def test_who_connects_too_often_is_refused_before_anything_is_done() -> None:
    world = World(connects_per_minute=2)
    world.person("alice"), world.person("alice")
    world.forget_pushes()
    late = world.connection(world.caller("alice"))
    with pytest.raises(RateLimited) as refusal:
        world.app.presence.connected(late)
    assert refusal.value.retry_after_s == 60
    assert world.out.calls == ["cache.allow"]
    world.person("bob")
    world.wait(60)
    world.app.presence.connected(late)


def test_a_refused_handshake_is_answered_with_429() -> None:
    world = World(connects_per_minute=1)
    event = world.event(world.person("alice"), "", "$connect")
    assert edge.answer_connect(event, world.app.presence.connected) == {"statusCode": 429}


def test_without_the_cache_each_process_counts_connects_for_itself() -> None:
    world = World(connects_per_minute=2)
    world.out.server.down = True
    world.person("alice"), world.person("alice")
    with pytest.raises(RateLimited):
        world.person("alice")


def test_who_is_revoked_while_a_connection_opens_does_not_get_in(world: World) -> None:
    """The revocation finds no connection to close yet, and the authorizer looked before it."""
    late = world.connection(world.caller("alice"))
    revoke = world.app.revocation.revoke
    world.out.faults["presence.register"].append(lambda: revoke(ACME, UserId("alice")))
    with pytest.raises(Unauthorized):
        world.app.presence.connected(late)
    assert world.out.presence.targets(ACME, [UserId("alice")]) == []


def test_a_tenant_sets_how_many_connections_a_user_may_have(world: World) -> None:
    world.out.tenants.put_tenant_settings(ACME, TenantSettings(connections_per_user=2))
    alices = [world.person("alice") for _ in range(3)]
    others = [world.person("alice", "other") for _ in range(3)]
    assert [len(world.events_of(one, "bye")) for one in (*alices, *others)] == [1, 0, 0, 0, 0, 0]
    world.out.server.flush_all()
    for one in (alices[1], alices[2], world.connection(world.caller("alice"))):
        world.wait(1)
        world.do(one, "presence.heartbeat")
    assert [bye["code"] for bye in world.events_of(alices[1], "bye")] == [4502]


# --- Who is coming -------------------------------------------------------------------------------


def nameless(world: World, picture: str | None = None) -> Connection:
    caller = world.caller("alice")
    return world.connection(replace(caller, name=caller.user_id, picture=picture))


def test_a_token_without_a_name_leaves_the_name_that_is_known(world: World) -> None:
    bob = world.person("bob")
    world.out.users.put(Profile(ACME, UserId("alice"), "Alice A.", "https://a.example/1"))
    world.settle()
    world.app.presence.connected(nameless(world))
    assert shown_name(world, bob, "alice") == ("Alice A.", "https://a.example/1")
    heard = world.events_of(bob, "presence:update")[0]["users"]
    assert [user["name"] for user in heard] == ["Alice A."]
    assert world.out.users.profiles(ACME, [UserId("alice")])[UserId("alice")].name == "Alice A."


def test_somebody_without_any_name_goes_by_their_id(world: World) -> None:
    bob = world.person("bob")
    world.app.presence.connected(nameless(world))
    assert shown_name(world, bob, "alice") == ("alice", None)
    assert world.out.users.profiles(ACME, [UserId("alice")])[UserId("alice")].name is None


def test_what_a_token_says_is_newer_than_what_is_known(world: World) -> None:
    bob = world.person("bob")
    world.out.users.put(Profile(ACME, UserId("alice"), "Old", "https://a.example/old"))
    caller = replace(world.caller("alice"), name="New", picture="https://a.example/new")
    world.app.presence.connected(world.connection(caller))
    assert shown_name(world, bob, "alice") == ("New", "https://a.example/new")


@pytest.mark.parametrize("is_known", [True, False])
def test_a_nameless_connection_that_redis_forgot_is_registered_by_the_known_name(
    world: World, is_known: bool
) -> None:
    bob = world.person("bob")
    alice = nameless(world, picture="https://a.example/new")
    if is_known:
        world.out.users.put(Profile(ACME, UserId("alice"), "Alice A.", "https://a.example/old"))
    world.do(alice, "presence.heartbeat")
    name = "Alice A." if is_known else "alice"
    assert shown_name(world, bob, "alice") == (name, "https://a.example/new")
