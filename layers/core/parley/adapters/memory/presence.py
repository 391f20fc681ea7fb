"""`PresenceStore` in memory: the model of the one on Redis, and what tests and simulations use."""

from collections.abc import Collection, Sequence

from parley.adapters.memory.server import MemoryServer, Persona
from parley.adapters.memory.tenant import Tenant, audience, count_online, live_targets
from parley.adapters.millis import span_ms
from parley.domain.ids import SpaceId, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.presence import PresenceRules, Seen, Status, Target
from parley.ports import Audience, Beat, Flush, Registered, Swept


class MemoryPresenceStore:
    """Leases of connections, by tenant."""

    def __init__(self, server: MemoryServer, rules: PresenceRules | None = None) -> None:
        """Wire the store.

        Args:
            server: The state, shared with `MemoryRoomCache`.
            rules: The durations.
        """
        self._server = server
        self._rules = rules or PresenceRules()

    def register(
        self, connection: Connection, status: Status, max_connections: int | None = None
    ) -> Registered:
        """See `PresenceStore.register`."""
        with self._server.transition():
            tenant = self._tenant(connection.caller.tenant_id)
            if tenant.is_gone(connection.connection_id):
                return Registered(accepted=False)
            replaced = tenant.register(connection, status, max_connections)
            online = count_online(tenant.state, tenant.now)
            return Registered(True, replaced, tenant.ask(), online)

    def heartbeat(self, connection: Connection, status: Status) -> Beat:
        """See `PresenceStore.heartbeat`."""
        with self._server.transition():
            tenant = self._tenant(connection.caller.tenant_id)
            if tenant.is_gone(connection.connection_id):
                return Beat(known=False, closed=True)
            since = tenant.beat(connection, status)
            if since is None:
                return Beat(known=False)
            online = count_online(tenant.state, tenant.now)
            return Beat(True, since / 1000, tenant.ask(), online=online)

    def close(self, target: Target) -> float | None:
        """See `PresenceStore.close`."""
        with self._server.transition():
            tenant = self._tenant(target.tenant_id)
            tenant.close(target.user_id, target.connection_id)
            return tenant.ask()

    def forget(self, targets: Collection[Target]) -> float | None:
        """See `PresenceStore.forget`."""
        if not targets:
            return None
        with self._server.transition():
            tenant = self._tenant(next(iter(targets)).tenant_id)
            for target in targets:
                tenant.forget(target.user_id, target.connection_id)
            return tenant.ask()

    def flush(self, tenant_id: TenantId) -> Flush:
        """See `PresenceStore.flush`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            changes, state = tenant.take_due(), tenant.state
            users = [seen.user_id for seen in changes]
            told = audience(tenant_id, state, users, tenant.now, self._rules)
            if not changes:
                return Flush((), (), tenant.ask(), online=told.online)
            return Flush(
                tuple(changes), told.targets, tenant.ask(), told.subscriptions, told.online
            )

    def sweep(self, tenant_id: TenantId) -> Swept:
        """See `PresenceStore.sweep`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            ended = tuple(
                Target(tenant_id, user, connection) for user, connection in tenant.sweep()
            )
            return Swept(ended, tenant.ask(), tenant.next_look())

    def online(self, tenant_id: TenantId) -> list[Seen]:
        """See `PresenceStore.online`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            tenant.contradict([*tenant.state.pending, *tenant.state.online])
            seen = (tenant.judged(user) for user in sorted(tenant.state.online))
            return [one for one in seen if one.status is not Status.OFFLINE]

    def statuses(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> dict[UserId, Seen]:
        """See `PresenceStore.statuses`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            tenant.contradict(user_ids)
            return {user: tenant.judged(user) for user in user_ids}

    def targets(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> list[Target]:
        """See `PresenceStore.targets`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            return list(live_targets(tenant_id, tenant.state, user_ids, tenant.now, self._rules))

    def everyone(self, tenant_id: TenantId) -> list[Target]:
        """See `PresenceStore.everyone`."""
        return self._everyone(tenant_id, None)

    def in_space(self, tenant_id: TenantId, space_id: SpaceId) -> list[Target]:
        """See `PresenceStore.in_space`."""
        return self._everyone(tenant_id, space_id)

    def _everyone(self, tenant_id: TenantId, space_id: SpaceId | None) -> list[Target]:
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            users, now = list(tenant.state.conns), tenant.now
            return list(live_targets(tenant_id, tenant.state, users, now, self._rules, space_id))

    def subscribe(self, connection: Connection, user_ids: Collection[UserId]) -> bool:
        """See `PresenceStore.subscribe`."""
        with self._server.transition():
            return self._tenant(connection.caller.tenant_id).subscribe(connection, user_ids)

    def audience(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> Audience:
        """See `PresenceStore.audience`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            return audience(tenant_id, tenant.state, user_ids, tenant.now, self._rules)

    def count_online(self, tenant_id: TenantId) -> int:
        """See `PresenceStore.count_online`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            return count_online(tenant.state, tenant.now)

    def rename(self, profile: Profile) -> None:
        """See `PresenceStore.rename`."""
        with self._server.transition():
            state, user = self._tenant(profile.tenant_id).state, profile.user_id
            if user in state.people or user in state.conns:
                state.people[user] = Persona(profile.name, profile.picture, profile.role)

    def tenants_due(self, limit: int) -> list[TenantId]:
        """See `PresenceStore.tenants_due`."""
        with self._server.transition():
            now, sweeps = self._server.now_ms(), self._server.sweeps
            due = sorted((at, tenant) for tenant, at in sweeps.items() if at <= now)[:limit]
            # Half a millisecond marks a claim, which a later time may replace.
            claim = now + span_ms(self._rules.lease_ttl_s) + 0.5
            sweeps.update({tenant: claim for _, tenant in due})
            return [tenant for _, tenant in due]

    def note_tenant(self, tenant_id: TenantId, next_lease_end: float | None) -> None:
        """See `PresenceStore.note_tenant`."""
        with self._server.transition():
            sweeps = self._server.sweeps
            if next_lease_end is None:
                sweeps.pop(tenant_id, None)
                return
            when, known = span_ms(next_lease_end), sweeps.get(tenant_id)
            if known is None or known % 1 or when < known:
                sweeps[tenant_id] = when

    def tenants(self) -> list[TenantId]:
        """See `PresenceStore.tenants`."""
        with self._server.transition():
            return sorted(self._server.sweeps)

    def _tenant(self, tenant_id: TenantId) -> Tenant:
        return Tenant(self._server.presence[tenant_id], self._server.now_ms(), self._rules)
