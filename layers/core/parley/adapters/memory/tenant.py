"""The transitions of one tenant's presence, as the scripts of `adapters.redis` make them."""

from collections.abc import Collection, Iterable, Iterator

from parley.adapters.memory.server import Entry, Persona, PresenceState
from parley.adapters.millis import from_ms, span_ms, to_ms
from parley.domain.ids import ConnectionId, SpaceId, TenantId, UserId
from parley.domain.people import Connection
from parley.domain.presence import PresenceRules, Seen, Status, Target, effective_status
from parley.ports import Audience

_TOMBSTONE_MS = 600_000
_OVERDUE_MS = 5_000
_FLUSHED_AT_ONCE = 500


def live_targets(
    tenant_id: TenantId,
    state: PresenceState,
    users: Iterable[UserId],
    now: int,
    rules: PresenceRules,
    space_id: SpaceId | None = None,
) -> Iterator[Target]:
    """Yield the connections to push to: registered, whatever the lease, with a token that holds.

    With a space, only those whose token names it.
    """
    for user in users:
        for entry in state.conns.get(user, ()):
            is_live = entry.registered_until > now and not _token_ended(entry, now, rules)
            if is_live and (space_id is None or space_id in entry.spaces):
                yield Target(tenant_id, user, entry.connection_id)


def audience(
    tenant_id: TenantId,
    state: PresenceState,
    users: Collection[UserId],
    now: int,
    rules: PresenceRules,
) -> Audience:
    """Return who may be told of changes of these users."""
    targets = tuple(live_targets(tenant_id, state, list(state.conns), now, rules))
    subscriptions = {
        target.connection_id: state.subscriptions[target.connection_id] & set(users)
        for target in targets
        if target.connection_id in state.subscriptions
    }
    return Audience(targets, subscriptions, count_online(state, now))


def count_online(state: PresenceState, now: int) -> int:
    """Return how many people have a lease that holds."""
    return sum(1 for lease_until in state.online.values() if lease_until > now)


class Tenant:
    """One transition on one tenant's state, at one moment."""

    def __init__(self, state: PresenceState, now: int, rules: PresenceRules) -> None:
        """Take the state to change, and the moment in epoch milliseconds."""
        self.state = state
        self.now = now
        self._rules = rules
        self._coalesce = span_ms(rules.coalesce_s)

    def is_gone(self, connection_id: ConnectionId) -> bool:
        """Tell whether a connection has a tombstone."""
        return self.state.gone.get(connection_id, 0) > self.now

    def register(
        self, connection: Connection, status: Status, max_connections: int | None
    ) -> tuple[ConnectionId, ...]:
        """Add or renew a connection; return those that had to go for it."""
        caller, user = connection.caller, connection.caller.user_id
        entries = [e for e in self._entries(user) if e.connection_id != connection.connection_id]
        entry = Entry(
            connection_id=connection.connection_id,
            status=status,
            connected_at=to_ms(connection.connected_at),
            heard_at=self.now,
            lease_until=self.now + span_ms(self._rules.lease_ttl_s),
            registered_until=self.now + span_ms(self._rules.registered_s),
            expires_at=caller.expires_at,
            spaces=caller.spaces,
        )
        live = sorted(
            (e for e in entries if e.registered_until > self.now), key=lambda e: e.heard_at
        )
        most = self._rules.max_connections if max_connections is None else max_connections
        surplus = live[: max(0, len(live) + 1 - most)]
        for one in surplus:
            self._bury(one.connection_id)
        self.state.people[user] = Persona(caller.name, caller.picture, caller.role)
        self._store(user, [*(e for e in entries if e not in surplus), entry])
        return tuple(one.connection_id for one in surplus)

    def beat(self, connection: Connection, status: Status) -> int | None:
        """Renew a lease; return when it was heard before, or None if it is not known."""
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
            self._store(user, entries)
            return since
        return None

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

    def forget(self, user: UserId, connection_id: ConnectionId) -> None:
        """Remove a connection that is gone, unless it is young."""
        young = span_ms(self._rules.young_s)
        for entry in self._entries(user):
            if entry.connection_id == connection_id and entry.connected_at + young <= self.now:
                self._note_seen(user, entry.heard_at)
                self._bury(connection_id)
                self._store(user, [e for e in self._entries(user) if e is not entry])

    def take_due(self) -> list[Seen]:
        """Announce the changes that are due, in the order in which they became so."""
        state = self.state
        if state.next_flush is not None and state.next_flush <= self.now + self._coalesce / 2:
            state.next_flush = None
        if state.last_flush + self._coalesce > self.now:
            return []
        due = sorted((at, user) for user, at in state.pending.items() if at <= self.now)
        changes = []
        for _, user in due[:_FLUSHED_AT_ONCE]:
            del state.pending[user]
            seen = self.judged(user)
            if seen.status is not self._announced(user)[0]:
                state.announced[user] = (seen.status, self.now)
                changes.append(seen)
        if changes and len(due) <= _FLUSHED_AT_ONCE:
            state.last_flush = self.now
        return changes

    def sweep(self) -> list[tuple[UserId, ConnectionId]]:
        """Bring everybody up to date; return the connections whose token ended."""
        ended = []
        for user in {*self.state.conns, *self.state.online, *self.state.announced}:
            entries = self._entries(user)
            over = [e for e in entries if _token_ended(e, self.now, self._rules)]
            for entry in over:
                self._note_seen(user, entry.heard_at)
                self._bury(entry.connection_id)
                ended.append((user, entry.connection_id))
            self._repair(user, [entry for entry in entries if entry not in over])
        return ended

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
        """Return when the next lease, registration or token ends; None without any."""
        grace = span_ms(self._rules.exp_grace_s)
        ends = list(self.state.online.values())
        for entries in self.state.conns.values():
            for entry in entries:
                ends += [entry.registered_until, entry.expires_at * 1000 + grace + 1]
        return max(min(ends), self.now) / 1000 if ends else None

    def judged(self, user: UserId) -> Seen:
        """Return a user as others may see them now."""
        entries, status = self._entries(user), self._status(user)
        seen_ms = max([self.state.seen.get(user, 0), *(entry.heard_at for entry in entries)])
        known = self.state.people.get(user, Persona())
        at = from_ms(seen_ms) if seen_ms else None
        shown = at if status is Status.OFFLINE else None
        return Seen(user, status, shown, known.name, known.picture, known.role)

    def ask(self) -> float | None:
        """Return in how many seconds to ask for a flush; None where one comes early enough."""
        state = self.state
        if not state.pending:
            return None
        due = max(self.now, min(state.pending.values()), state.last_flush + self._coalesce)
        asked = state.next_flush
        if asked is not None and self.now - _OVERDUE_MS < asked <= due:
            return None
        state.next_flush = due
        return (due - self.now) / 1000

    def _entries(self, user: UserId) -> list[Entry]:
        return self.state.conns.get(user, [])

    def _status(self, user: UserId) -> Status:
        return effective_status((e.lease() for e in self._entries(user)), self.now / 1000)

    def _announced(self, user: UserId) -> tuple[Status | None, int]:
        return self.state.announced.get(user, (Status.OFFLINE, 0))

    def contradict(self, users: Iterable[UserId]) -> None:
        """Note of which of these users another status was shown than was announced.

        Whatever comes next has to be announced, even the status of before.
        """
        for user in users:
            told, told_at = self._announced(user)
            if told is not self._status(user):
                self.state.announced[user] = (None, told_at)

    def _note_seen(self, user: UserId, at: int) -> None:
        self.state.seen[user] = max(at, self.state.seen.get(user, 0))

    def _bury(self, connection_id: ConnectionId) -> None:
        self.state.subscriptions.pop(connection_id, None)
        gone = {c: until for c, until in self.state.gone.items() if until > self.now}
        self.state.gone = {**gone, connection_id: self.now + _TOMBSTONE_MS}

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

    def _settle(self, user: UserId) -> None:
        status, (told, told_at) = self._status(user), self._announced(user)
        if status is told:
            self.state.pending.pop(user, None)
            return
        due = max(self.now, told_at + self._coalesce)
        if status is Status.OFFLINE:
            grace = span_ms(self._rules.offline_grace_s)
            due = max(due, self.state.seen.get(user, 0) + grace)
        self.state.pending[user] = due


def _token_ended(entry: Entry, now: int, rules: PresenceRules) -> bool:
    return entry.expires_at * 1000 + span_ms(rules.exp_grace_s) < now
