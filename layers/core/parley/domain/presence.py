"""Presence: a lease for each connection, folded into what others see of a person (SPEC §5.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.domain.ids import ConnectionId, TenantId, UserId


class Status(StrEnum):
    """What others see; ordered by :data:`RANK`."""

    OFFLINE = "offline"
    AWAY = "away"
    ONLINE = "online"


RANK = {Status.OFFLINE: 0, Status.AWAY: 1, Status.ONLINE: 2}


@dataclass(frozen=True, slots=True)
class PresenceRules:
    """The clocks of presence, in seconds (SPEC §5.6).

    Attributes:
        lease_ttl_s: How long a connection counts as heard after a heartbeat.
        offline_grace_s: How long going offline waits for a quick reconnect.
        coalesce_s: How often one person's changes, and one tenant's, may be announced; up to three
            times as long after those of many people.
        registered_s: How long pushes go to a connection that beats no more (API Gateway ends
            every connection after 2 hours).
        young_s: A connection registered more lately is not forgotten for a 410: it may not be open
            yet.
        exp_grace_s: How long after its token's end a connection is still pushed to, and left alone
            by the sweep. None: the sweep may come a minute later, and SPEC §2 allows no more.
        max_connections: Connections of one user; one more replaces the one heard longest ago.
    """

    lease_ttl_s: int = 90
    offline_grace_s: float = 5
    coalesce_s: float = 2
    registered_s: int = 7_800
    young_s: int = 10
    exp_grace_s: int = 0
    max_connections: int = 10


@dataclass(frozen=True, slots=True)
class Lease:
    """One connection's claim to be present.

    Attributes:
        heard_at: When its last heartbeat came, epoch seconds of the cache's clock.
        expires_at: The end of its token, epoch seconds.
    """

    connection_id: ConnectionId
    status: Status
    heard_at: float
    lease_until: float
    registered_until: float
    expires_at: int
    registered_at: float


@dataclass(frozen=True, slots=True)
class Target:
    """A connection to push to, and whose it is."""

    tenant_id: TenantId
    user_id: UserId
    connection_id: ConnectionId


@dataclass(frozen=True, slots=True)
class Seen:
    """A user's status as others may be told, with what the last connection's token said."""

    user_id: UserId
    status: Status
    last_seen_at: datetime | None
    name: str | None = None
    picture: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A room that changed since a client last looked."""

    room_id: str
    last_seq: int
    rev: int


def watched_id(tenant_id: TenantId, user_id: UserId) -> UserId:
    """Return what somebody of a tenant is called in subscriptions of manage scope.

    No two people get the same: ids hold no control characters.
    """
    return UserId(f"{tenant_id}\n{user_id}")


def effective_status(leases: Iterable[Lease], now: float) -> Status:
    """Fold a user's leases, in any order, into the status to show: the best of the live ones.

    Args:
        leases: One for each connection; expired ones are ignored.
        now: Epoch seconds on the clock that set the leases.
    """
    live = (lease.status for lease in leases if lease.lease_until > now)
    return max(live, key=RANK.__getitem__, default=Status.OFFLINE)
