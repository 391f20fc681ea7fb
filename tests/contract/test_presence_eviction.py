"""`PresenceStore`: whatever Redis lost of a tenant, everybody is shown rightly soon.

Eviction takes whole keys; so does a node of a cluster that dies. Memory has neither.
"""

import itertools
import uuid

import pytest

from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import TenantId
from parley.domain.people import Connection
from parley.domain.presence import Status
from tests.contract.redis_fixtures import Caches, Server, target_of
from tests.contract.test_presence_announcements import settled
from tests.contract.test_presence_store import connected

KEYS = ("conns", "online", "pending", "announced", "flush")
LEASE_S = 90


class Viewer:
    """Somebody who syncs when told to, and hears what is announced."""

    def __init__(self, caches: Caches, tenant: TenantId) -> None:
        self.caches = caches
        self.tenant = tenant
        self.shown: set[str] = set()

    def sync(self) -> None:
        """Take everybody who is here."""
        self.shown = {seen.user_id for seen in self.caches.presence.online(self.tenant)}

    def hear(self) -> None:
        """Take what is announced in the next 15 s."""
        for _ in range(3):
            self.caches.clock.advance(5)
            for seen in self.caches.announce(self.tenant).changes:
                if seen.status is Status.OFFLINE:
                    self.shown.discard(seen.user_id)
                else:
                    self.shown.add(seen.user_id)


def beat(caches: Caches, connection: Connection) -> bool:
    """Beat as the service does; tell whether the client is told to sync."""
    found = caches.presence.heartbeat(connection, Status.ONLINE)
    if not found.known:
        caches.presence.register(connection, Status.ONLINE)
    return not found.known or found.missed


@pytest.mark.scenario("R7")
@pytest.mark.parametrize("looks", [False, True], ids=["", "a client looks meanwhile"])
@pytest.mark.parametrize("count", range(len(KEYS) + 1))
def test_whichever_keys_are_lost_together_one_heartbeat_of_each_makes_views_right(
    valkey: Server, valkey_caches: Caches, count: int, looks: bool
) -> None:
    for lost in itertools.combinations(KEYS, count):
        tenant = TenantId(f"t-{uuid.uuid4().hex}")
        people = [connected(valkey_caches, tenant, name, f"c-{name}") for name in ("ann", "ben")]
        goes = connected(valkey_caches, tenant, "carl", "c-carl")
        settled(valkey_caches, tenant)
        viewer = Viewer(valkey_caches, tenant)
        viewer.sync()
        valkey_caches.presence.close(target_of(goes))
        with valkey.admin() as admin:
            for name in lost:
                admin.delete(Keyspace(valkey_caches.prefix).of(tenant, name))
        if looks:
            viewer.sync()
        if beat(valkey_caches, people[0]):
            viewer.sync()
        beat(valkey_caches, people[1])
        valkey_caches.presence.sweep(tenant)
        viewer.hear()
        assert viewer.shown == {"ann", "ben"}, lost


@pytest.mark.scenario("R7", "R8")
def test_the_heartbeats_of_a_tenant_that_is_never_swept_say_so_every_two_leases(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    unswept = []
    for _ in range(14):
        caches.clock.advance(LEASE_S / 3)
        unswept.append(caches.presence.heartbeat(connection, Status.ONLINE).unswept)
    assert unswept == [*[False] * 6, True] * 2


def test_the_heartbeats_of_a_tenant_that_is_swept_say_nothing(
    caches: Caches, tenant: TenantId
) -> None:
    connection = connected(caches, tenant)
    for _ in range(8):
        caches.clock.advance(LEASE_S * 2 / 3)
        caches.presence.sweep(tenant)
        assert not caches.presence.heartbeat(connection, Status.ONLINE).unswept
