"""Parley in memory but for presence, which is on Valkey or in memory."""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.presence import RedisPresenceStore
from parley.bootstrap import presence_rules
from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.presence import Status
from parley.ports import PresenceStore
from tests.contract.redis_fixtures import Server
from tests.support.memory import World

__all__ = ["make_world", "presence_client"]

MakeWorld = Callable[..., World]


@pytest.fixture(scope="module")
def presence_client(valkey: Server) -> Iterator[RedisClient]:
    """Give one client to all tests of a module."""
    client = valkey.client()
    yield client
    client.close()


@pytest.fixture(params=["memory", "valkey"])
def make_world(request: pytest.FixtureRequest) -> MakeWorld:
    """Give a maker of worlds whose presence is of one kind."""
    if request.param == "memory":
        return World
    client: RedisClient = request.getfixturevalue("presence_client")

    def make(**settings: Any) -> World:
        world = World(**settings)
        rules = presence_rules(world.app.settings)
        store = RedisPresenceStore(client, rules, prefix=uuid.uuid4().hex, clock=world.out.clock)
        put_presence(world, store)
        return world

    return make


def put_presence(world: World, store: PresenceStore) -> None:
    """Give a world, before it is used, another store of presence."""
    cast("Any", world.out).presence = store


def told_to_all(world: World, user: str) -> defaultdict[ConnectionId, list[str]]:
    """Return which statuses of somebody each connection was told, in order."""
    told: defaultdict[ConnectionId, list[str]] = defaultdict(list)
    for connection_id, frame in world.out.push.sent:
        event = json.loads(frame)
        if event.get("event") == "presence:update":
            shown = event["data"]["users"]
            told[connection_id] += [each["status"] for each in shown if each["userId"] == user]
    return told


def shown_of(world: World, tenant: str, user: str) -> Status:
    """Return how somebody would be shown to who asks."""
    return world.out.presence.statuses(TenantId(tenant), [UserId(user)])[UserId(user)].status
