"""`PresenceStore` in memory: the model of the one on Redis, and what tests and simulations use."""

from collections.abc import Collection, Iterator, Sequence

from parley.adapters.memory.audience import audience, count_online, live_targets
from parley.adapters.memory.server import MemoryServer, Persona
from parley.adapters.memory.tenant import Tenant
from parley.adapters.millis import span_ms
from parley.domain.ids import SpaceId, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.presence import PresenceRules, Seen, Status, Target
from parley.ports import Audience, Beat, Flush, Registered, Swept

PEOPLE_A_PART = 1_000


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
            renewed = tenant.beat(connection, status)
            if renewed is None:
                return Beat(known=False)
            since, missed = renewed
            online = count_online(tenant.state, tenant.now)
            return Beat(
                known=True,
                since=since / 1000,
                flush_in_s=tenant.ask(),
                online=online,
                missed=missed,
                unswept=tenant.is_unswept(),
            )

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
            return Flush(
                tuple(changes),
                told.targets if changes else (),
                tenant.ask(),
                told.subscriptions if changes else {},
                told.online,
                tenant.claim_end,
            )

    def confirm(self, tenant_id: TenantId, flush: Flush) -> None:
        """See `PresenceStore.confirm`."""
        with self._server.transition():
            users = [seen.user_id for seen in flush.changes]
            self._tenant(tenant_id).confirm(users, flush.claim)

    def note_missed(self, targets: Collection[Target]) -> None:
        """See `PresenceStore.note_missed`."""
        with self._server.transition():
            for target in targets:
                tenant = self._tenant(target.tenant_id)
                tenant.note_missed(target.user_id, target.connection_id)

    def sweep(self, tenant_id: TenantId) -> Swept:
        """See `PresenceStore.sweep`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            ended = tuple(
                Target(tenant_id, user, connection) for user, connection in tenant.sweep()
            )
            return Swept(ended, tenant.ask(), tenant.next_look())

    def online(
        self, tenant_id: TenantId, after: UserId | None = None, limit: int | None = None
    ) -> list[Seen]:
        """See `PresenceStore.online`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            users = {*tenant.state.online, *tenant.state.pending}
            seen = [tenant.shown(user) for user in sorted(users)]
            absent = [one.user_id for one in seen if one.status is Status.OFFLINE]
            present = [one for one in seen if one.status is not Status.OFFLINE]
            wanted = [one for one in present if after is None or one.user_id > after][:limit]
            shown = [one.user_id for one in wanted]
            tenant.contradict([*tenant.state.pending, *absent, *shown])
            return wanted

    def statuses(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> dict[UserId, Seen]:
        """See `PresenceStore.statuses`."""
        with self._server.transition():
            tenant = self._tenant(tenant_id)
            tenant.contradict(user_ids)
            return {user: tenant.shown(user) for user in user_ids}

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

    def count_people(self, tenant_id: TenantId, space_id: SpaceId | None) -> int:
        """See `PresenceStore.count_people`."""
        with self._server.transition():
            conns = self._tenant(tenant_id).state.conns
            if space_id is None:
                return len(conns)
            return sum(any(space_id in e.spaces for e in entries) for entries in conns.values())

    def in_parts(self, tenant_id: TenantId, space_id: SpaceId | None) -> Iterator[list[Target]]:
        """See `PresenceStore.in_parts`."""
        with self._server.transition():
            users = sorted(self._tenant(tenant_id).state.conns)
        for start in range(0, len(users), PEOPLE_A_PART):
            with self._server.transition():
                part, tenant = users[start : start + PEOPLE_A_PART], self._tenant(tenant_id)
                state, now = tenant.state, tenant.now
                found = list(live_targets(tenant_id, state, part, now, self._rules, space_id))
            yield found

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

    def rename(self, profile: Profile) -> float | None:
        """See `PresenceStore.rename`."""
        with self._server.transition():
            tenant = self._tenant(profile.tenant_id)
            persona = Persona(profile.name, profile.picture, profile.role)
            return tenant.ask() if tenant.rename(profile.user_id, persona) else None

    def tenants_due(self, limit: int) -> list[TenantId]:
        """See `PresenceStore.tenants_due`."""
        with self._server.transition():
            now, sweeps = self._server.now_ms(), self._server.sweeps
            due = sorted((at, tenant) for tenant, at in sweeps.items() if at <= now)[:limit]
            # Half a millisecond marks a claim, which a later time may replace.
            claim = now + span_ms(self._rules.lease_ttl_s) + 0.5
            sweeps.update({tenant: claim for _, tenant in due})
            return [tenant for _, tenant in due]

    def note_tenant(self, tenant_id: TenantId, look_in_s: float | None) -> None:
        """See `PresenceStore.note_tenant`."""
        with self._server.transition():
            sweeps = self._server.sweeps
            if look_in_s is None:
                sweeps.pop(tenant_id, None)
                return
            when = self._server.now_ms() + span_ms(look_in_s)
            known = sweeps.get(tenant_id)
            if known is None or known % 1 or when < known:
                sweeps[tenant_id] = when

    def tenants(self) -> list[TenantId]:
        """See `PresenceStore.tenants`."""
        with self._server.transition():
            return sorted(self._server.sweeps)

    def _tenant(self, tenant_id: TenantId) -> Tenant:
        return Tenant(self._server.presence[tenant_id], self._server.now_ms(), self._rules)
