"""Revoked users: their tokens are refused, and what they opened ends (SPEC §2)."""

from datetime import UTC, datetime

import pytest

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable, Unauthorized, Unavailable
from parley.services.identity import ConnectRequest
from tests.support.memory import World


def admin(world: World) -> Connection:
    return world.rest_connection(world.caller("admin", role="service"))


def ended_with(world: World, connection: Connection) -> list[int]:
    return [bye["code"] for bye in world.events_of(connection, "bye")]


def test_every_connection_ends_and_no_frame_is_answered_any_more(world: World) -> None:
    phone, laptop, bob = world.person("ann"), world.person("ann"), world.person("bob")
    room = world.group(bob, "ann")
    other = world.person("ann", "other")
    world.settle()
    reply = world.app.directory.revoke(admin(world), "ann")
    before = int(world.out.clock.now().timestamp()) + 1
    assert reply.user_id == "ann"
    assert reply.revoked_before == datetime.fromtimestamp(before, UTC)
    for connection in (phone, laptop):
        assert ended_with(world, connection) == [4501]
        assert connection.connection_id in world.out.push.closed
        assert world.refused(connection, "room.get", roomId=room) == "UNAUTHORIZED"
        assert world.ask(connection, "presence.heartbeat", status="online")["ok"] is False
    assert world.events_of(bob, "bye") == world.events_of(other, "bye") == []
    world.say(bob, room)
    assert world.events_of(phone, "message:new") == []


def test_the_person_is_offline_for_the_others(world: World) -> None:
    world.person("ann")
    bob = world.person("bob")
    world.settle()
    world.app.directory.revoke(admin(world), "ann")
    world.wait(10)
    told = [user for e in world.events_of(bob, "presence:update") for user in e["users"]]
    assert [(user["userId"], user["status"]) for user in told] == [("ann", "offline")]


def test_tokens_of_the_same_second_are_refused_and_later_ones_good(world: World) -> None:
    now = int(world.out.clock.now().timestamp())
    claims = {"sub": "ann", "tenantId": "acme", "exp": now + 600}
    old = world.out.verifier.issue({**claims, "iat": now})
    new = world.out.verifier.issue({**claims, "iat": now + 1})
    world.app.directory.revoke(admin(world), "ann")
    identity = world.app.identity
    with pytest.raises(Unauthorized, match="revoked"):
        identity.authenticate_rest(ConnectRequest.of({"Authorization": [f"Bearer {old}"]}))
    world.wait(1)
    caller = identity.authenticate_rest(ConnectRequest.of({"Authorization": [f"Bearer {new}"]}))
    assert caller.user_id == "ann"


def test_somebody_who_never_connected_is_revoked_all_the_same(world: World) -> None:
    world.app.directory.revoke(admin(world), "later")
    assert world.out.users.revoked_before(TenantId("acme"), UserId("later")) > 0


def test_in_manage_scope_people_of_any_tenant_and_of_manage_scope_are_revoked(
    world: World,
) -> None:
    ann, eve = world.person("ann", "other"), world.person("eve", manages=True)
    root = world.rest_connection(world.caller("root", manages=True))
    world.app.directory.revoke(root, "ann", "other")
    world.app.directory.revoke(root, "@manage/eve")
    assert ended_with(world, ann) == ended_with(world, eve) == [4501]


def test_while_redis_is_away_it_is_stored_and_carried_out_when_redis_is_back(
    world: World,
) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    room = world.group(bob, "ann")
    world.settle()
    world.out.server.down = True
    world.app.directory.revoke(admin(world), "ann")
    assert world.refused(ann, "room.get", roomId=room) == "UNAUTHORIZED"
    world.wait(60)
    world.out.server.down = False
    world.wait(5)
    # Come back is what is said: a token from after would be good.
    assert ended_with(world, ann) == [4002]
    assert ended_with(world, bob) == []
    assert world.refused(ann, "room.get", roomId=room) == "UNAUTHORIZED"


def test_connections_that_are_not_forgotten_are_ended_nevertheless(world: World) -> None:
    ann = world.person("ann")
    world.settle()
    world.out.faults["presence.close"].append(CacheUnavailable("down"))
    world.app.directory.revoke(admin(world), "ann")
    assert ended_with(world, ann) == [4501]
    world.wait(6)
    assert ended_with(world, ann) == [4501, 4002]
    assert world.out.presence.targets(TenantId("acme"), [UserId("ann")]) == []


def test_a_process_that_ends_before_it_ended_the_connections_leaves_that_to_the_queue(
    world: World,
) -> None:
    class Killed(BaseException):
        """Ends the process."""

    def kill() -> None:
        raise Killed

    ann = world.person("ann")
    world.settle()
    world.out.faults["presence.targets"].append(kill)
    with pytest.raises(Killed):
        world.app.directory.revoke(admin(world), "ann")
    world.wait(6)
    assert ended_with(world, ann) == [4002]


def test_a_revocation_that_came_twice_moves_forward_only(world: World) -> None:
    first = world.app.directory.revoke(admin(world), "ann").revoked_before
    world.wait(10)
    second = world.app.directory.revoke(admin(world), "ann").revoked_before
    assert (second - first).total_seconds() == 10


def test_a_queue_that_cannot_be_asked_again_keeps_the_record(world: World) -> None:
    ann = world.person("ann")
    world.settle()
    world.app.directory.revoke(admin(world), "ann")
    [record] = [each.record for each in world.out.queue.asked if each.record["kind"] == "revoked"]
    world.out.server.down = True
    world.out.faults["queue.ask"].append(Unavailable("down"))
    with pytest.raises(Unavailable):
        world.app.flushes.carry_out(record)
    assert ended_with(world, ann) == [4501]


def test_nobody_looks_for_connections_for_ever(world: World) -> None:
    world.person("ann")
    world.settle()
    world.out.server.down = True
    world.app.directory.revoke(admin(world), "ann")
    world.wait(7_400)
    assert [each.record["kind"] for each in world.out.queue.asked] == ["revoked"]
    world.wait(200)
    assert list(world.out.queue.asked) == []
