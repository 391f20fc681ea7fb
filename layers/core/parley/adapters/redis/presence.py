"""`PresenceStore` on Redis: a lease for each connection, folded into what others see.

Keys under ``<prefix>:{t:<tenant>}``: ``conns``, ``people``, ``seen``, ``announced``, ``flush``
(hashes), ``online``, ``pending``, ``gone``, ``subs`` (sorted sets); `scripts/lib_presence.lua` says
what they hold. ``<prefix>:{sys}:tenants`` (sorted set, tenant by when to sweep it) is in another
slot, so it is repaired and never atomic with a tenant's. Each method is one script and one round
trip. What may ask for a flush is not repeated after a failure: what a lost answer asked for is
asked for again by the tenant's next change or sweep. Where connections subscribed, an audience
costs one more round trip for each 20 people: popular ones have thousands of askers, and all of
them at once would block the server for too long.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from parley.adapters.millis import from_ms, span_ms, to_ms
from parley.adapters.redis import codec
from parley.adapters.redis.client import Arg, RedisClient
from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import ConnectionId, SpaceId, TenantId, UserId, space_tag
from parley.domain.people import Connection, Profile
from parley.domain.presence import (
    Lease,
    PresenceRules,
    Seen,
    Status,
    Target,
    effective_status,
)
from parley.errors import CacheUnavailable
from parley.ports import Audience, Beat, Clock, Flush, Registered, Swept

_NAMES = ("conns", "online", "people", "seen", "announced", "pending", "flush", "gone", "subs")
_FLUSHED_AT_ONCE = 500
_SWEPT_AT_ONCE = 500
_ASKED_AT_ONCE = 20
_SWEEP_DONE = 4


class RedisPresenceStore:
    """Leases of connections, by tenant."""

    def __init__(
        self,
        client: RedisClient,
        rules: PresenceRules | None = None,
        *,
        prefix: str = "parley",
        clock: Clock | None = None,
    ) -> None:
        """Wire the store.

        Args:
            client: The server.
            rules: The durations.
            prefix: Sets the keys of this deployment apart.
            clock: Tests pass one; without it the server's own clock decides.
        """
        self._client = client
        self._rules = rules or PresenceRules()
        self._keys = Keyspace(prefix)
        self._clock = clock

    def register(
        self, connection: Connection, status: Status, max_connections: int | None = None
    ) -> Registered:
        """See `PresenceStore.register`."""
        caller = connection.caller
        accepted, flush_ms, online, *replaced = self._run(
            "presence_register",
            caller.tenant_id,
            caller.user_id,
            connection.connection_id,
            status.value,
            caller.expires_at,
            to_ms(connection.connected_at),
            codec.persona_to_json(caller),
            codec.tags_of(caller.spaces),
            max_connections=max_connections,
        )
        gone = tuple(map(ConnectionId, replaced))
        return Registered(bool(accepted), gone, _seconds(flush_ms), online)

    def heartbeat(self, connection: Connection, status: Status) -> Beat:
        """See `PresenceStore.heartbeat`."""
        caller = connection.caller
        known, closed, since, flush_ms, online = self._run(
            "presence_heartbeat",
            caller.tenant_id,
            caller.user_id,
            connection.connection_id,
            status.value,
            codec.persona_to_json(caller),
        )
        return Beat(bool(known), since / 1000, _seconds(flush_ms), bool(closed), online)

    def close(self, target: Target) -> float | None:
        """See `PresenceStore.close`."""
        flush_ms = self._run(
            "presence_close", target.tenant_id, target.user_id, target.connection_id
        )
        return _seconds(flush_ms)

    def forget(self, targets: Collection[Target]) -> float | None:
        """See `PresenceStore.forget`."""
        if not targets:
            return None
        pairs = [part for target in targets for part in (target.user_id, target.connection_id)]
        tenant_id = next(iter(targets)).tenant_id
        return _seconds(self._run("presence_forget", tenant_id, *pairs))

    def flush(self, tenant_id: TenantId) -> Flush:
        """See `PresenceStore.flush`. At most 500 changes; no targets where nothing changed."""
        flush_ms, now, changes, entries, online = self._run(
            "presence_flush", tenant_id, _FLUSHED_AT_ONCE
        )
        rows = zip(*[iter(changes)] * 4, strict=True)
        seen = tuple(
            _seen(user, Status(status), seen_ms, codec.persona_from_json(persona))
            for user, status, seen_ms, persona in rows
        )
        changed = [one.user_id for one in seen]
        targets, subscribed = codec.audience(tenant_id, entries, now, self._rules)
        try:
            subscriptions = self._subscriptions(tenant_id, subscribed, changed)
        except CacheUnavailable:
            # The changes are taken: who asked for somebody may rather hear of too many than miss
            # them. The client has logged why.
            subscriptions = dict.fromkeys(subscribed, frozenset(changed))
        return Flush(seen, targets, _seconds(flush_ms), subscriptions, online)

    def sweep(self, tenant_id: TenantId) -> Swept:
        """See `PresenceStore.sweep`. One round trip for each 500 users, each atomic by itself."""
        stage, cursor = 1, "0"
        ended: list[str] = []
        flushes: list[int] = []
        looks: list[int] = []
        while stage < _SWEEP_DONE:
            flush_ms, look_ms, stage, cursor, *found = self._run(
                "presence_sweep", tenant_id, stage, cursor, _SWEPT_AT_ONCE
            )
            flushes.append(flush_ms)
            looks.append(look_ms)
            ended += found
        pairs = zip(ended[::2], ended[1::2], strict=True)
        return Swept(
            tuple(Target(tenant_id, UserId(user), ConnectionId(conn)) for user, conn in pairs),
            _soonest(flushes),
            _soonest(looks),
        )

    def online(self, tenant_id: TenantId) -> list[Seen]:
        """See `PresenceStore.online`. What a lost index does not name comes with the next sweep."""
        now, entries, personas = self._run("presence_online", tenant_id, repeatable=True)
        known = codec.personas_from_json(personas)
        seen = (
            _judged(user, leases, now, 0, known.get(user, codec.NOBODY))
            for user, leases in codec.leases_from_json(entries).items()
        )
        present = (one for one in seen if one.status is not Status.OFFLINE)
        return sorted(present, key=lambda one: one.user_id)

    def statuses(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> dict[UserId, Seen]:
        """See `PresenceStore.statuses`."""
        if not user_ids:
            return {}
        now, entries, personas, moments = self._run(
            "presence_statuses", tenant_id, *user_ids, repeatable=True
        )
        leases, known = codec.leases_from_json(entries), codec.personas_from_json(personas)
        seen = codec.moments_from_json(moments)
        return {
            user: _judged(
                user, leases.get(user, []), now, seen.get(user, 0), known.get(user, codec.NOBODY)
            )
            for user in user_ids
        }

    def targets(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> list[Target]:
        """See `PresenceStore.targets`."""
        if not user_ids:
            return []
        now, entries = self._run("presence_targets", tenant_id, *user_ids, repeatable=True)
        return list(codec.live_targets(tenant_id, entries, now, self._rules))

    def everyone(self, tenant_id: TenantId) -> list[Target]:
        """See `PresenceStore.everyone`."""
        return self._everyone(tenant_id, "")

    def in_space(self, tenant_id: TenantId, space_id: SpaceId) -> list[Target]:
        """See `PresenceStore.in_space`."""
        return self._everyone(tenant_id, space_tag(space_id))

    def _everyone(self, tenant_id: TenantId, tag: str) -> list[Target]:
        now, entries, _ = self._run("presence_everyone", tenant_id, tag, repeatable=True)
        return list(codec.live_targets(tenant_id, entries, now, self._rules, tag))

    def subscribe(self, connection: Connection, user_ids: Collection[UserId]) -> bool:
        """See `PresenceStore.subscribe`."""
        caller = connection.caller
        known = self._run(
            "presence_subscribe",
            caller.tenant_id,
            caller.user_id,
            connection.connection_id,
            codec.dumps(list(dict.fromkeys(user_ids))),
            repeatable=True,
        )
        return bool(known)

    def audience(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> Audience:
        """See `PresenceStore.audience`."""
        now, entries, online = self._run("presence_everyone", tenant_id, "", repeatable=True)
        targets, subscribed = codec.audience(tenant_id, entries, now, self._rules)
        subscriptions = self._subscriptions(tenant_id, subscribed, list(user_ids))
        return Audience(targets, subscriptions, online)

    def _subscriptions(
        self, tenant_id: TenantId, subscribed: Collection[ConnectionId], users: Sequence[UserId]
    ) -> dict[ConnectionId, frozenset[UserId]]:
        asked: dict[ConnectionId, set[UserId]] = {connection: set() for connection in subscribed}
        for start in range(0, len(users) if asked else 0, _ASKED_AT_ONCE):
            slice_ = users[start : start + _ASKED_AT_ONCE]
            members = self._run("presence_askers", tenant_id, *slice_, repeatable=True)
            for connection, user in map(codec.asker_from_member, members):
                if connection in asked:
                    asked[connection].add(user)
        return {connection: frozenset(people) for connection, people in asked.items()}

    def count_online(self, tenant_id: TenantId) -> int:
        """See `PresenceStore.count_online`."""
        return int(self._run("presence_count", tenant_id, repeatable=True))

    def rename(self, profile: Profile) -> None:
        """See `PresenceStore.rename`."""
        persona = codec.persona_to_json(profile)
        self._run("presence_rename", profile.tenant_id, profile.user_id, persona, repeatable=True)

    def tenants_due(self, limit: int) -> list[TenantId]:
        """See `PresenceStore.tenants_due`. Claims them for one lease; then they are due again."""
        claim_ms = span_ms(self._rules.lease_ttl_s)
        due = self._client.run("tenants_due", [self._keys.tenants], [self._now(), limit, claim_ms])
        return [TenantId(tenant) for tenant in due]

    def note_tenant(self, tenant_id: TenantId, next_lease_end: float | None) -> None:
        """See `PresenceStore.note_tenant`. Of two times the earlier stays, until it is claimed."""
        when: Arg = "" if next_lease_end is None else span_ms(next_lease_end)
        self._client.run("note_tenant", [self._keys.tenants], [tenant_id, when], repeatable=True)

    def tenants(self) -> list[TenantId]:
        """See `PresenceStore.tenants`; sorted."""
        found = self._client.run("tenants", [self._keys.tenants], repeatable=True)
        return sorted(map(TenantId, found))

    def _run(
        self,
        script: str,
        tenant_id: TenantId,
        *args: Arg,
        repeatable: bool = False,
        max_connections: int | None = None,
    ) -> Any:
        rules = self._rules
        spans = (
            rules.lease_ttl_s,
            rules.offline_grace_s,
            rules.coalesce_s,
            rules.registered_s,
            rules.young_s,
            rules.exp_grace_s,
        )
        keys = [self._keys.of(tenant_id, name) for name in _NAMES]
        most = rules.max_connections if max_connections is None else max_connections
        shared = [self._now(), *map(span_ms, spans), most]
        return self._client.run(script, keys, [*shared, *args], repeatable=repeatable)

    def _now(self) -> Arg:
        return to_ms(self._clock.now()) if self._clock else ""


def _seconds(milliseconds: int) -> float | None:
    return None if milliseconds < 0 else milliseconds / 1000


def _soonest(milliseconds: Iterable[int]) -> float | None:
    known = [value for value in milliseconds if value >= 0]
    return min(known) / 1000 if known else None


def _judged(
    user: str, leases: Collection[Lease], now_ms: int, seen_ms: int, persona: codec.Persona
) -> Seen:
    heard = [round(lease.heard_at * 1000) for lease in leases]
    status = effective_status(leases, now_ms / 1000)
    return _seen(user, status, max([seen_ms, *heard]), persona)


def _seen(user: str, status: Status, seen_ms: int | None, persona: codec.Persona) -> Seen:
    at = from_ms(seen_ms) if seen_ms and status is Status.OFFLINE else None
    return Seen(UserId(user), status, at, persona.name, persona.picture, persona.role)
