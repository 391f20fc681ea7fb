"""Who is here (Redis, Valkey)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parley.domain.ids import ConnectionId, SpaceId, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.presence import Seen, Status, Target


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat found.

    Attributes:
        known: Whether the connection was registered; if not, nothing was done.
        since: Epoch second of the connection's previous heartbeat (or its registration).
        flush_in_s: Ask for a flush after so many seconds (0: at once); None: none needed.
        closed: The connection was closed or replaced; it must not be registered again.
        online: How many people of the tenant are not offline.
        missed: Changes did not reach the connection, or what it had subscribed to was lost.
        unswept: The tenant was not swept for two leases: the note that it is due was lost.
    """

    known: bool
    since: float = 0
    flush_in_s: float | None = None
    closed: bool = False
    online: int = 0
    missed: bool = False
    unswept: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration did.

    Attributes:
        accepted: False for a connection that was closed before it could be registered.
        replaced: Connections of the same user that had to go (the limit of SPEC §2).
        online: How many people of the tenant are not offline.
    """

    accepted: bool
    replaced: tuple[ConnectionId, ...] = ()
    flush_in_s: float | None = None
    online: int = 0


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may be told of changes.

    Attributes:
        targets: Every live connection of the tenant.
        subscriptions: Of those targets that asked to hear of certain people only, of whom of those
            in question; nobody, for one that asked for none of them.
        online: How many people of the tenant are not offline.
    """

    targets: tuple[Target, ...]
    subscriptions: Mapping[ConnectionId, frozenset[UserId]] = field(default_factory=dict)
    online: int = 0


@dataclass(frozen=True, slots=True)
class Flush:
    """Changes to announce now, and to whom.

    Attributes:
        changes: One for each person whose shown status changed, or who is to be told again.
        targets: Every live connection of the tenant.
        flush_in_s: Ask for another flush after so many seconds; None: nothing waits.
        subscriptions: As in `Audience`, for the people who changed.
        online: How many people of the tenant are not offline.
        claim: Names the claim under which the changes were taken.
    """

    changes: tuple[Seen, ...]
    targets: tuple[Target, ...]
    flush_in_s: float | None = None
    subscriptions: Mapping[ConnectionId, frozenset[UserId]] = field(default_factory=dict)
    online: int = 0
    claim: int = 0


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep over one tenant found.

    Attributes:
        ended: Connections whose token ended more than the grace ago; they are forgotten.
        look_in_s: In how many seconds to look again; None: nobody is left.
    """

    ended: tuple[Target, ...]
    flush_in_s: float | None
    look_in_s: float | None


class PresenceStore(Protocol):
    """Leases of connections, by tenant. Each method is one atomic transition on one tenant.

    Times are the cache's own clock. ``flush_in_s`` in a result asks the caller for a `flush` of
    that tenant after so many seconds; without it somebody was asked already.
    """

    def register(
        self, connection: Connection, status: Status, max_connections: int | None = None
    ) -> Registered:
        """Add a connection with a fresh lease; repeated, it renews. Refused after `close`.

        What it subscribed to before stays. ``max_connections`` of one user; None: as the rules say.
        """
        ...

    def heartbeat(self, connection: Connection, status: Status) -> Beat:
        """Renew the lease of a known connection and set its status."""
        ...

    def close(self, target: Target) -> float | None:
        """Remove a connection and leave a tombstone; return ``flush_in_s``. Idempotent."""
        ...

    def forget(self, targets: Collection[Target]) -> float | None:
        """Remove connections that a push found gone, but for young ones. One tenant only."""
        ...

    def flush(self, tenant_id: TenantId) -> Flush:
        """Take the changes that are due, for 10 s: told by then, they are to be confirmed.

        Until then nothing newer of the same people is taken, so that nothing overtakes them; after
        that they are due again, as whoever took them may have died.
        """
        ...

    def confirm(self, tenant_id: TenantId, flush: Flush) -> None:
        """Take note that the changes of a flush were told."""
        ...

    def note_missed(self, targets: Collection[Target]) -> None:
        """Let the next heartbeats of connections say that they missed changes. One tenant only."""
        ...

    def sweep(self, tenant_id: TenantId) -> Swept:
        """Expire leases and ended tokens, and drop registrations that ran out."""
        ...

    def online(
        self, tenant_id: TenantId, after: UserId | None = None, limit: int | None = None
    ) -> list[Seen]:
        """Return who is not offline, in order of user id: the first ones behind a user, or all."""
        ...

    def statuses(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> dict[UserId, Seen]:
        """Return the status of exactly these users."""
        ...

    def targets(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> list[Target]:
        """Return the live connections of these users."""
        ...

    def in_space(self, tenant_id: TenantId, space_id: SpaceId) -> list[Target]:
        """Return the live connections of a tenant whose token names this space."""
        ...

    def subscribe(self, connection: Connection, user_ids: Collection[UserId]) -> bool:
        """Tell a connection of changes of these people only; replaces what it asked for before.

        In manage scope the ids are those of `domain.presence.watched_id`.

        Returns:
            Whether the connection is known; an unknown one is left unknown.
        """
        ...

    def audience(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> Audience:
        """Return who may be told of changes of these people."""
        ...

    def count_online(self, tenant_id: TenantId) -> int:
        """Return how many people of a tenant are not offline."""
        ...

    def rename(self, profile: Profile) -> float | None:
        """Show somebody by another name, picture and role, until their next connection opens.

        Returns:
            ``flush_in_s``: it is announced among the changes. None also for somebody unknown.
        """
        ...

    def everyone(self, tenant_id: TenantId) -> list[Target]:
        """Return every live connection of a tenant."""
        ...

    def count_people(self, tenant_id: TenantId, space_id: SpaceId | None) -> int:
        """Return about how many people of a tenant, or of a space in it, have a connection."""
        ...

    def in_parts(self, tenant_id: TenantId, space_id: SpaceId | None) -> Iterator[list[Target]]:
        """Yield the live connections of a tenant, or of a space in it: of some people at a time.

        One round trip each, so that no large tenant blocks the cache. Who is connected all the
        while is among them, perhaps twice.
        """
        ...

    def tenants_due(self, limit: int) -> list[TenantId]:
        """Return tenants in which a lease may have ended (index ``{sys}``)."""
        ...

    def note_tenant(self, tenant_id: TenantId, look_in_s: float | None) -> None:
        """Set in how many seconds to sweep a tenant next; None removes it from the index."""
        ...

    def tenants(self) -> list[TenantId]:
        """Return every tenant that has connections."""
        ...
