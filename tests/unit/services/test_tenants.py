"""What tenants set for themselves, and that it is followed (SPEC §6)."""

from typing import Any

import pytest

from parley.domain.ids import TenantId
from parley.domain.people import Connection
from parley.domain.policies import TENANT_BOUNDS
from parley.errors import Forbidden, InvalidInput, NotFound, RateLimited
from parley.protocol.rest import PutTenantSettings
from parley.services.tenants import Tenants
from tests.support.memory import World

DEFAULTS = {
    "bodyMaxChars": 4_000,
    "messagesPer10s": 10,
    "messagesPerMinute": 60,
    "typingPerMinute": 100,
    "receiptsPerMinute": 1_000,
    "connectionsPerUser": 10,
    "roomsPerUser": 1_000,
    "groupMembersMax": 1_000,
    "retentionDays": 0,
}


@pytest.fixture
def tenants(world: World) -> Tenants:
    found: Tenants = world.app.tenants_service
    return found


def admin(world: World, tenant: str = "acme", **claims: Any) -> Connection:
    return world.rest_connection(
        world.caller("admin", tenant, **{"role": "tenant_admin", **claims})
    )


@pytest.mark.parametrize("role", ["service", "tenant_admin", "super_admin"])
def test_admins_see_the_limits_in_force_and_which_are_their_own(
    world: World, tenants: Tenants, role: str
) -> None:
    asking = admin(world, role=role)
    assert tenants.show(asking).model_dump(by_alias=True) == {**DEFAULTS, "own": []}
    reply = tenants.replace(asking, None, PutTenantSettings(messages_per_10s=5, body_max_chars=100))
    wanted = {**DEFAULTS, "messagesPer10s": 5, "bodyMaxChars": 100}
    assert reply.model_dump(by_alias=True) == {**wanted, "own": ["bodyMaxChars", "messagesPer10s"]}
    assert tenants.show(asking) == reply
    assert tenants.show(admin(world, "other")).own == []


def test_what_is_not_named_is_the_default_again(world: World, tenants: Tenants) -> None:
    tenants.replace(admin(world), None, PutTenantSettings(rooms_per_user=5))
    reply = tenants.replace(admin(world), None, PutTenantSettings(typing_per_minute=7))
    assert (reply.rooms_per_user, reply.typing_per_minute) == (1_000, 7)
    assert reply.own == ["typingPerMinute"]


def test_every_limit_can_be_set(world: World, tenants: Tenants) -> None:
    wanted = {name: high for name, (_, high) in TENANT_BOUNDS.items()}
    reply = tenants.replace(admin(world), None, PutTenantSettings(**wanted))
    assert {name: getattr(reply, name) for name in wanted} == wanted
    assert len(reply.own) == len(wanted)


def test_others_neither_see_nor_set_them(world: World, tenants: Tenants) -> None:
    asking = admin(world, role="member")
    with pytest.raises(Forbidden):
        tenants.show(asking)
    with pytest.raises(Forbidden):
        tenants.replace(asking, None, PutTenantSettings(body_max_chars=1))


def test_in_manage_scope_the_tenant_is_named(world: World, tenants: Tenants) -> None:
    world.person("ann", "other")
    root = world.rest_connection(world.caller("root", manages=True))
    tenants.replace(root, "other", PutTenantSettings(body_max_chars=7))
    assert tenants.show(root, "other").body_max_chars == 7
    assert tenants.show(admin(world, "other")).body_max_chars == 7
    for tenant in ("nowhere", "@manage", "x" * 5_000):
        with pytest.raises(NotFound):
            tenants.show(root, tenant)
    with pytest.raises(InvalidInput):
        tenants.show(root)
    with pytest.raises(InvalidInput):
        tenants.show(admin(world), "acme")


def test_a_limit_is_followed_within_ten_seconds(world: World, tenants: Tenants) -> None:
    ann = world.person("ann")
    room = world.group(ann, "bob")
    world.say(ann, room, "x" * 4_000)
    tenants.replace(admin(world), None, PutTenantSettings(body_max_chars=5))
    world.wait(11)
    refusal = world.refused(ann, "message.send", roomId=room, clientId="long", body="x" * 6)
    assert refusal == "PAYLOAD_TOO_LARGE"
    world.say(ann, room, "x" * 5)
    other = world.person("eve", "other")
    world.say(other, world.group(other, "bob"), "x" * 4_000)


def test_every_request_counts(world: World) -> None:
    few = World(requests_per_minute=1)
    asking = admin(few)
    few.app.tenants_service.show(asking)
    with pytest.raises(RateLimited):
        few.app.tenants_service.show(asking)
    with pytest.raises(RateLimited):
        few.app.tenants_service.replace(asking, None, PutTenantSettings())
    assert few.out.tenants.tenant_settings(TenantId("acme")).body_max_chars is None
