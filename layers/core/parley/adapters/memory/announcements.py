"""What is to be told of one tenant's people, as the scripts of `adapters.redis` decide it."""

from collections.abc import Iterable
from dataclasses import replace

from parley.adapters.memory.audience import count_online
from parley.adapters.memory.server import Entry, Persona, PresenceState
from parley.adapters.millis import from_ms, span_ms
from parley.domain.ids import UserId
from parley.domain.presence import PresenceRules, Seen, Status, effective_status

TOMBSTONE_MS = 600_000
_OVERDUE_MS = 5_000
_FLUSHED_AT_ONCE = 500
_CLAIM_MS = 10_000
# How many people who change at once are a crowd: for each so many the next ones wait another pause.
_CROWD = 10
_CROWD_SHARE = 20
_CROWD_PAUSES = 2.5


class Announcements:
    """One transition of what others were told, at one moment."""

    def __init__(self, state: PresenceState, now: int, rules: PresenceRules) -> None:
        """Take the state to change, and the moment in epoch milliseconds."""
        self.state = state
        self.now = now
        self._rules = rules
        self._coalesce = span_ms(rules.coalesce_s)

    def take_due(self) -> list[Seen]:
        """Take the changes that are due, in the order in which they became so."""
        state = self.state
        if state.next_flush is not None and state.next_flush <= self.now + self._coalesce / 2:
            state.next_flush = None
        self._reclaim()
        if state.rest_until > self.now:
            return []
        due = sorted(user for user, at in state.pending.items() if at <= self.now)
        due.sort(key=state.pending.__getitem__)
        in_crowd = self._is_crowd_away()
        taken = [self._take(user, in_crowd) for user in due[:_FLUSHED_AT_ONCE]]
        changes = [seen for seen in taken if seen is not None]
        if changes and len(due) <= _FLUSHED_AT_ONCE:
            pauses = 1 + min(len(changes) // _CROWD, _CROWD_PAUSES)
            state.rest_until = self.now + int(self._coalesce * pauses)
        return changes

    def _take(self, user: UserId, in_crowd: bool) -> Seen | None:
        state = self.state
        if user in state.taken:
            state.pending[user] = state.taken[user]
            return None
        back_until = self._seen_ms(user) + span_ms(self._rules.lease_ttl_s)
        is_going = self._status(user) is Status.OFFLINE
        if in_crowd and is_going and back_until > self.now:
            state.pending[user] = back_until
            return None
        del state.pending[user]
        seen = self.judged(user)
        if user in state.announced and seen.status is self._announced(user)[0]:
            return None
        state.announced[user] = (seen.status, self.now)
        state.taken[user] = self.claim_end
        return seen

    @property
    def claim_end(self) -> int:
        """Until when changes that are taken now must be told."""
        return self.now + _CLAIM_MS

    def confirm(self, users: Iterable[UserId], claim: int) -> None:
        """End a claim: its changes were told."""
        for user in users:
            if self.state.taken.get(user) == claim:
                del self.state.taken[user]

    def judged(self, user: UserId) -> Seen:
        """Return a user as others may see them now."""
        status, seen_ms = self._status(user), self._seen_ms(user)
        known = self.state.people.get(user, Persona())
        at = from_ms(seen_ms) if seen_ms else None
        shown = at if status is Status.OFFLINE else None
        return Seen(user, status, shown, known.name, known.picture, known.role)

    def _seen_ms(self, user: UserId) -> int:
        return max([self.state.seen.get(user, 0), *(e.heard_at for e in self._entries(user))])

    def ask(self) -> float | None:
        """Return in how many seconds to ask for a flush; None where one comes early enough."""
        self._reclaim()
        state = self.state
        if not state.pending:
            return None
        due = max(self.now, min(state.pending.values()), state.rest_until)
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
            if self._announced(user)[0] is not self.shown(user).status:
                self._doubt(user)

    def shown(self, user: UserId) -> Seen:
        """Return a user as others are shown: of a crowd that went, as they were told."""
        seen, (told, _) = self.judged(user), self._announced(user)
        is_going = seen.status is Status.OFFLINE and user in self.state.pending
        if told is None or not is_going or not self._is_crowd_away():
            return seen
        return replace(seen, status=told, last_seen_at=None)

    def notice_crowd(self) -> None:
        """See whether a crowd just went; of those nobody is told for as long as a lease lasts."""
        since = self.now + TOMBSTONE_MS - span_ms(self._rules.offline_grace_s)
        closed = sum(1 for until in self.state.gone.values() if until >= since)
        here = count_online(self.state, self.now)
        if closed >= _CROWD and closed * _CROWD_SHARE >= closed + here:
            self.state.crowd_until = self.now + span_ms(self._rules.lease_ttl_s)

    def _is_crowd_away(self) -> bool:
        return self.state.crowd_until > self.now

    def _doubt(self, user: UserId) -> None:
        self.state.announced[user] = (None, self._announced(user)[1])

    def _announce_again(self, user: UserId) -> None:
        self._doubt(user)
        self._settle(user)

    def _reclaim(self) -> None:
        for user in [user for user, until in self.state.taken.items() if until <= self.now]:
            self._announce_again(user)
            del self.state.taken[user]

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
