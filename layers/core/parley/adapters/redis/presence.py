"""`PresenceStore` on Redis: a lease for each connection, folded into what others see.

Keys under ``<prefix>:{t:<tenant>}``: ``conns``, ``people``, ``seen``, ``announced``, ``flush``
(hashes), ``online``, ``pending``, ``gone``, ``subs``, ``taken``, ``spaces`` (sorted sets);
`scripts/lib_presence.lua` says what they hold. ``<prefix>:{sys}:tenants`` (sorted set, tenant by
when to sweep it) is in another slot, so it is repaired and never atomic with a tenant's. Each
method is one script and one round trip. What may ask for a flush is not repeated after a failure:
what a lost answer asked for is asked for again by the tenant's next change or sweep. Where
connections subscribed, an audience costs one more round trip for each 20 people: popular ones have
thousands of askers, and all of them at once would block the server for too long.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from parley.adapters.millis import span_ms
from parley.adapters.redis import codec
from parley.adapters.redis.client import Arg
from parley.adapters.redis.targets import RedisTargets
from parley.domain.ids import ConnectionId, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.presence import Seen, Status, Target
from parley.errors import CacheUnavailable
from parley.ports import Audience, Beat, Flush, Registered, Swept

_FLUSHED_AT_ONCE = 500
_SWEPT_AT_ONCE = 500
_ASKED_AT_ONCE = 20
_SWEEP_DONE = 4


class RedisPresenceStore(RedisTargets):
    """Leases of connections, by tenant."""

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
            codec.persona_to_json(caller),
            codec.tags_of(caller.spaces),
            max_connections=max_connections,
        )
        gone = tuple(map(ConnectionId, replaced))
        return Registered(bool(accepted), gone, _seconds(flush_ms), online)

    def heartbeat(self, connection: Connection, status: Status) -> Beat:
        """See `PresenceStore.heartbeat`."""
        caller = connection.caller
        known, closed, since, flush_ms, online, missed, unswept = self._run(
            "presence_heartbeat",
            caller.tenant_id,
            caller.user_id,
            connection.connection_id,
            status.value,
            codec.persona_to_json(caller),
        )
        return Beat(
            known=bool(known),
            since=since / 1000,
            flush_in_s=_seconds(flush_ms),
            closed=bool(closed),
            online=online,
            missed=bool(missed),
            unswept=bool(unswept),
        )

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
        tenant_id, pairs = _pairs(targets)
        return _seconds(self._run("presence_forget", tenant_id, *pairs))

    def flush(self, tenant_id: TenantId) -> Flush:
        """See `PresenceStore.flush`. At most 500 changes; no targets where nothing changed."""
        flush_ms, now, changes, entries, online, claim = self._run(
            "presence_flush", tenant_id, _FLUSHED_AT_ONCE
        )
        rows = zip(*[iter(changes)] * 4, strict=True)
        seen = tuple(
            codec.seen(user, Status(status), seen_ms, codec.persona_from_json(persona))
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
        return Flush(seen, targets, _seconds(flush_ms), subscriptions, online, claim)

    def confirm(self, tenant_id: TenantId, flush: Flush) -> None:
        """See `PresenceStore.confirm`."""
        users = [seen.user_id for seen in flush.changes]
        self._run("presence_confirm", tenant_id, flush.claim, *users, repeatable=True)

    def note_missed(self, targets: Collection[Target]) -> None:
        """See `PresenceStore.note_missed`."""
        if targets:
            tenant_id, pairs = _pairs(targets)
            self._run("presence_missed", tenant_id, *pairs, repeatable=True)

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

    def online(
        self, tenant_id: TenantId, after: UserId | None = None, limit: int | None = None
    ) -> list[Seen]:
        """See `PresenceStore.online`. What a lost index does not name comes with the next sweep.

        Two round trips: one for the ids, which the server sorts by its locale, if at all, and one
        for those who are wanted.
        """
        found = self._run("presence_online", tenant_id, repeatable=True)
        users = sorted({UserId(user) for user in found if after is None or user > after})
        most = len(users) if limit is None else limit
        present: list[Seen] = []
        # Who went since the ids were read is made up for.
        while users and len(present) < most:
            wanted = most - len(present)
            chunk, users = users[:wanted], users[wanted:]
            seen = self.statuses(tenant_id, chunk).values()
            present += [one for one in seen if one.status is not Status.OFFLINE]
        return present

    def statuses(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> dict[UserId, Seen]:
        """See `PresenceStore.statuses`."""
        if not user_ids:
            return {}
        now, entries, personas, moments, *shown = self._run(
            "presence_statuses", tenant_id, *user_ids, repeatable=True
        )
        leases, known = codec.leases_from_json(entries), codec.personas_from_json(personas)
        seen = codec.moments_from_json(moments)
        statuses = {
            user: codec.judged(
                user, leases.get(user, []), now, seen.get(user, 0), known.get(user, codec.NOBODY)
            )
            for user in user_ids
        }
        for user, status in zip(shown[::2], shown[1::2], strict=True):
            told = Status(status)
            statuses[user] = replace(statuses[user], status=told, last_seen_at=None)
        return statuses

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

    def rename(self, profile: Profile) -> float | None:
        """See `PresenceStore.rename`."""
        persona = codec.persona_to_json(profile)
        return _seconds(self._run("presence_rename", profile.tenant_id, profile.user_id, persona))

    def tenants_due(self, limit: int) -> list[TenantId]:
        """See `PresenceStore.tenants_due`. Claims them for one lease; then they are due again."""
        self._client.complain_of_eviction()
        claim_ms = span_ms(self._rules.lease_ttl_s)
        due = self._client.run("tenants_due", [self._keys.tenants], [self._now(), limit, claim_ms])
        return [TenantId(tenant) for tenant in due]

    def note_tenant(self, tenant_id: TenantId, look_in_s: float | None) -> None:
        """See `PresenceStore.note_tenant`. Of two times the earlier stays, until it is claimed."""
        look_ms: Arg = "" if look_in_s is None else span_ms(look_in_s)
        args = [self._now(), tenant_id, look_ms]
        self._client.run("note_tenant", [self._keys.tenants], args, repeatable=True)

    def tenants(self) -> list[TenantId]:
        """See `PresenceStore.tenants`; sorted."""
        found = self._client.run("tenants", [self._keys.tenants], repeatable=True)
        return sorted(map(TenantId, found))


def _pairs(targets: Collection[Target]) -> tuple[TenantId, list[str]]:
    """Return the tenant of all these, and user and connection of each, flat."""
    flat = [str(part) for target in targets for part in (target.user_id, target.connection_id)]
    return next(iter(targets)).tenant_id, flat


def _seconds(milliseconds: int) -> float | None:
    return None if milliseconds < 0 else milliseconds / 1000


def _soonest(milliseconds: Iterable[int]) -> float | None:
    known = [value for value in milliseconds if value >= 0]
    return min(known) / 1000 if known else None
