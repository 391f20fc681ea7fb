"""The transitions of one tenant's presence, as the scripts of `adapters.redis` make them."""

from collections.abc import Collection

from parley.adapters.memory.announcements import TOMBSTONE_MS, Announcements
from parley.adapters.memory.audience import token_ended
from parley.adapters.memory.server import Entry, Persona
from parley.adapters.millis import span_ms
from parley.domain.ids import ConnectionId, UserId
from parley.domain.people import Connection
from parley.domain.presence import Status, effective_status

_KEEP_MS = 7 * 86_400_000
_MISSED_TOLD = 2


class Tenant(Announcements):
    """One transition on one tenant's state, at one moment."""

    def is_gone(self, connection_id: ConnectionId) -> bool:
        """Tell whether a connection has a tombstone."""
        return self.state.gone.get(connection_id, 0) > self.now

    def register(
        self, connection: Connection, status: Status, max_connections: int | None
    ) -> tuple[ConnectionId, ...]:
        """Add or renew a connection; return those that had to go for it."""
        caller, user = connection.caller, connection.caller.user_id
        known = {entry.connection_id: entry for entry in self._entries(user)}
        before = known.pop(connection.connection_id, None)
        entries = list(known.values())
        entry = Entry(
            connection_id=connection.connection_id,
            status=status,
            registered_at=before.registered_at if before else self.now,
            heard_at=self.now,
            lease_until=self.now + span_ms(self._rules.lease_ttl_s),
            registered_until=self.now + span_ms(self._rules.registered_s),
            expires_at=caller.expires_at,
            spaces=caller.spaces,
            missed=before.missed if before else 0,
        )
        live = sorted(
            (e for e in entries if e.registered_until > self.now), key=lambda e: e.heard_at
        )
        most = self._rules.max_connections if max_connections is None else max_connections
        surplus = live[: max(0, len(live) + 1 - most)]
        for one in surplus:
            self._bury(one.connection_id)
        self.state.people[user] = Persona(caller.name, caller.picture, caller.role)
        # A new tenant is noted by whoever registers in it.
        self.state.swept_at = self.state.swept_at or self.now
        self._store(user, [*(e for e in entries if e not in surplus), entry])
        return tuple(one.connection_id for one in surplus)

    def beat(self, connection: Connection, status: Status) -> tuple[int, bool] | None:
        """Renew a lease; return when it was heard before and whether it missed changes.

        None for a connection that is not known.
        """
        caller, user = connection.caller, connection.caller.user_id
        entries = self._entries(user)
        for entry in entries:
            if entry.connection_id != connection.connection_id:
                continue
            if entry.registered_until <= self.now:
                return None
            since, entry.heard_at, entry.status = entry.heard_at, self.now, status
            entry.lease_until = self.now + span_ms(self._rules.lease_ttl_s)
            self.state.people.setdefault(user, Persona(caller.name, caller.picture, caller.role))
            missed, entry.missed = entry.missed > 0, max(0, entry.missed - 1)
            self._store(user, entries)
            return since, missed
        return None

    def is_unswept(self) -> bool:
        """Tell, once, whether the last sweep is two leases ago."""
        unswept = (self.state.swept_at or 0) + 2 * span_ms(self._rules.lease_ttl_s) < self.now
        if unswept:
            self.state.swept_at = self.now
        return unswept

    def note_missed(self, user: UserId, connection_id: ConnectionId) -> None:
        """Let the next heartbeats of a connection say that it missed changes."""
        for entry in self._entries(user):
            if entry.connection_id == connection_id:
                entry.missed = _MISSED_TOLD

    def rename(self, user: UserId, persona: Persona) -> bool:
        """Show somebody otherwise, and announce it; tell whether anything was known of them."""
        known = user in self.state.people or user in self.state.conns
        if known:
            self.state.people[user] = persona
            self._announce_again(user)
        return known

    def subscribe(self, connection: Connection, people: Collection[UserId]) -> bool:
        """Replace the set of people that a connection hears of; tell whether it is known."""
        known = any(
            entry.connection_id == connection.connection_id and entry.registered_until > self.now
            for entry in self._entries(connection.caller.user_id)
        )
        if known:
            self.state.subscriptions[connection.connection_id] = frozenset(people)
        return known

    def close(self, user: UserId, connection_id: ConnectionId) -> None:
        """Remove a connection and leave a tombstone."""
        if not self.is_gone(connection_id):
            self._note_seen(user, self.now)
        self._bury(connection_id)
        self._store(user, [e for e in self._entries(user) if e.connection_id != connection_id])
        self.notice_crowd()

    def forget(self, user: UserId, connection_id: ConnectionId) -> None:
        """Remove a connection that is gone, unless it is young."""
        young = span_ms(self._rules.young_s)
        for entry in self._entries(user):
            if entry.connection_id == connection_id and entry.registered_at + young <= self.now:
                self._note_seen(user, entry.heard_at)
                self._bury(connection_id)
                self._store(user, [e for e in self._entries(user) if e is not entry])
        self.notice_crowd()

    def sweep(self) -> list[tuple[UserId, ConnectionId]]:
        """Bring everybody up to date; return the connections whose token ended."""
        ended = []
        self.state.swept_at = self.now
        for user in {*self.state.conns, *self.state.online, *self.state.announced}:
            entries = self._entries(user)
            over = [e for e in entries if token_ended(e, self.now, self._rules)]
            for entry in over:
                self._note_seen(user, entry.heard_at)
                self._bury(entry.connection_id)
                ended.append((user, entry.connection_id))
            self._repair(user, [entry for entry in entries if entry not in over])
        self._forget_long_gone()
        return ended

    def _forget_long_gone(self) -> None:
        state = self.state
        gone = [user for user, at in state.seen.items() if at + _KEEP_MS <= self.now]
        for user in gone:
            if user not in state.conns:
                del state.seen[user]
                state.people.pop(user, None)

    def _repair(self, user: UserId, kept: list[Entry]) -> None:
        state, (told, told_at) = self.state, self._announced(user)
        live = [entry for entry in kept if entry.registered_until > self.now]
        status = effective_status((e.lease() for e in live), self.now / 1000)
        leases = [entry.lease_until for entry in live if entry.lease_until > self.now]
        is_indexed = state.online.get(user) == max(leases, default=None)
        is_settled = status is told or user in state.pending
        if len(live) < len(self._entries(user)) or not is_indexed or not is_settled:
            self._store(user, kept)
        if not live and told is Status.OFFLINE and told_at + self._coalesce <= self.now:
            state.announced.pop(user, None)

    def next_look(self) -> float | None:
        """Return in how many seconds there is something to do; None if nothing is.

        That a lease, registration or token ends; or soon, where the flush that was asked for may
        get lost, or somebody who is gone has still to be forgotten.
        """
        grace = span_ms(self._rules.exp_grace_s)
        ends = list(self.state.online.values())
        for entries in self.state.conns.values():
            for entry in entries:
                ends += [entry.registered_until, entry.expires_at * 1000 + grace + 1]
        if self.state.pending or self.state.announced.keys() - self.state.conns.keys():
            ends.append(self.now + self._coalesce)
        return max(min(ends) - self.now, 0) / 1000 if ends else None

    def _note_seen(self, user: UserId, at: int) -> None:
        self.state.seen[user] = max(at, self.state.seen.get(user, 0))

    def _bury(self, connection_id: ConnectionId) -> None:
        self.state.subscriptions.pop(connection_id, None)
        gone = {c: until for c, until in self.state.gone.items() if until > self.now}
        self.state.gone = {**gone, connection_id: self.now + TOMBSTONE_MS}

    def _store(self, user: UserId, entries: list[Entry]) -> None:
        state = self.state
        kept = [entry for entry in entries if entry.registered_until > self.now]
        for entry in entries:
            if entry.registered_until <= self.now:
                self._note_seen(user, entry.heard_at)
                state.subscriptions.pop(entry.connection_id, None)
        state.conns.pop(user, None)
        state.online.pop(user, None)
        if kept:
            state.conns[user] = kept
        live = [entry.lease_until for entry in kept if entry.lease_until > self.now]
        if live:
            state.online[user] = max(live)
        elif kept:
            self._note_seen(user, max(entry.heard_at for entry in kept))
        self._settle(user)
