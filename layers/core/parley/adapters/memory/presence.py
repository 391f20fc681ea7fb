"""`PresenceStore` in memory: the model of the one on Redis, and what tests and simulations use."""

from collections.abc import Collection, Sequence

from parley.adapters.memory.server import MemoryServer
from parley.adapters.memory.tenant import Tenant, live_targets
from parley.adapters.millis import span_ms
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection
from parley.domain.presence import PresenceRules, Seen, Status, Target
from parley.ports import Beat, Flush, Registered, Swept


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

    def register(self, connection: Connection, status: Status) -> Registered:
        """See `PresenceStore.register`."""
        with self._server.transition():
            tenant = self._tenant(connection.caller.tenant_id)
            if tenant.is_gone(connection.connection_id):
                return Registered(accepted=False)
            replaced = tenant.register(connection, status)
            return Registered(True, replaced, tenant.ask())

    def heartbeat(self, connection: Connection, status: Status) -> Beat:
        """See `PresenceStore.heartbeat`."""
        with self._server.transition():
            tenant = self._tenant(connection.caller.tenant_id)
            if tenant.is_gone(connection.connection_id):
                return Beat(known=False, closed=True)
            since = tenant.beat(connection, status)
            if since is None:
                return Beat(known=False)
            return Beat(True, since / 1000, tenant.ask())

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
            changes = tenant.take_due()
            users = list(tenant.state.conns) if changes else []
            targets = live_targets(tenant_id, tenant.state, users, tenant.now, self._rules)
            return Flush(tuple(changes), tuple(targets), tenant.ask())

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
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            users = list(tenant.state.conns)
            return list(live_targets(tenant_id, tenant.state, users, tenant.now, self._rules))

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
