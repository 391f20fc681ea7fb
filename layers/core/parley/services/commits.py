"""A draft's place in its room: exactly once, one order, no holes (SPEC §5.2, §5.3)."""

import random
from dataclasses import dataclass

from parley import observability
from parley.domain.messages import Draft, Head, Message
from parley.errors import CacheUnavailable, OutcomeUnknown, ParleyError, Unavailable
from parley.ports import (
    Clock,
    Contended,
    MessageStore,
    Repeated,
    RoomCache,
    Stored,
    Taken,
    Turn,
    Unknown,
)
from parley.services.room_access import Entered

JITTER_S = 0.05
POLL_S = 0.003
PATIENCE_S = 0.06
# The part of the expected wait after which a queue is looked at again.
LOOK_AT = 0.6


@dataclass(frozen=True, slots=True)
class CommitRules:
    """How long a send tries to get its place in a busy room."""

    tries: int = 8
    budget_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Committed:
    """A message that is in DynamoDB.

    Attributes:
        commit_s: How long the successful transaction took; None for a repeat.
    """

    message: Message
    duplicate: bool
    commit_s: float | None = None
    tries: int = 1


@dataclass(slots=True)
class Doubt:
    """Whether an attempt of this send may have been stored without our knowing."""

    arisen: bool = False


@dataclass(frozen=True, slots=True)
class Commits:
    """Gives drafts their ``seq``.

    Nobody tries ``n`` who does not know that ``n - 1`` is committed: from the head in Redis
    (written after commits, only upwards), from a failed condition, or from a strongly consistent
    look at the room's end. So there are no holes and no repeats, and Redis is a mere hint.
    """

    messages: MessageStore
    cache: RoomCache
    clock: Clock
    rules: CommitRules

    def commit(self, draft: Draft, entered: Entered) -> Committed:
        """Store the draft at the room's end, or find it stored already.

        Raises:
            Unavailable: The room is too busy, or the store does not answer; nothing was stored.
            OutcomeUnknown: The same, but an earlier attempt may have been stored.
        """
        doubt = Doubt()
        try:
            return self._commit(draft, entered, doubt)
        except Unavailable as exc:
            if doubt.arisen:
                raise OutcomeUnknown(str(exc)) from exc
            raise

    def _commit(self, draft: Draft, entered: Entered, doubt: Doubt) -> Committed:
        deadline = self.clock.monotonic() + self.rules.budget_s
        head = self._await_turn(draft, entered, deadline)
        for attempt in range(1, self.rules.tries + 1):
            started = self.clock.monotonic()
            if started > deadline:
                break
            outcome = self.messages.append(draft, head + 1)
            if isinstance(outcome, Stored):
                commit_s = self.clock.monotonic() - started
                return Committed(outcome.message, duplicate=False, commit_s=commit_s, tries=attempt)
            if isinstance(outcome, Repeated):
                duplicate = not (doubt.arisen and _is_of(draft, outcome.message))
                return Committed(outcome.message, duplicate, tries=attempt)
            if isinstance(outcome, Unknown):
                doubt.arisen = True
                found = self.messages.found(draft)
                if found is not None:
                    return Committed(found, not _is_of(draft, found), tries=attempt)
            head = self._after_collision(draft, entered, head, outcome)
        raise Unavailable("room too busy")

    def _await_turn(self, draft: Draft, entered: Entered, deadline: float) -> int:
        """Wait until those ahead are served; return the room's end as known then."""
        turn, head = entered.turn, entered.head_seq
        if turn and turn.ahead and head is not None:
            expected_s = turn.ahead * turn.commit_s
            if self.clock.monotonic() + expected_s > deadline:
                raise Unavailable("room too busy", retry_after_s=max(1.0, expected_s))
            head = self._queue_up(draft, turn, head, deadline)
        if head is None:
            head = self.messages.head(draft.tenant_id, draft.room_id).last_seq
        return head

    def _queue_up(self, draft: Draft, turn: Turn, head: int, deadline: float) -> int:
        """Sleep and look, the rarer the more are ahead, until it is one's turn.

        One who was killed is never served: when nobody was for a while, the next in the queue
        goes, those behind give it the more time.
        """
        ahead, moved_at = turn.ahead, self.clock.monotonic()
        while ahead > 0:
            self.clock.sleep(max(POLL_S, (ahead - 1) * turn.commit_s * LOOK_AT))
            known, served = self._progress(draft)
            head = max(head, known or 0)
            now = self.clock.monotonic()
            if turn.ticket - 1 - served < ahead:
                ahead, moved_at = turn.ticket - 1 - served, now
            if now - moved_at > ahead * PATIENCE_S or now > deadline:
                break
        return head

    def _after_collision(
        self, draft: Draft, entered: Entered, head: int, outcome: Taken | Contended | Unknown
    ) -> int:
        """Return the room's end once whoever was in the way is through."""
        if isinstance(outcome, Contended) and not entered.degraded:
            return self._await_head(draft, head)
        if isinstance(outcome, Contended):
            # Without Redis nobody is told of commits: full jitter, and the end from the truth.
            self.clock.sleep(random.uniform(0, JITTER_S))  # noqa: S311
        return self.messages.head(draft.tenant_id, draft.room_id).last_seq

    def _await_head(self, draft: Draft, head: int) -> int:
        """Wait until the head moves on, but not long: the other one may have failed as well."""
        patient_until = self.clock.monotonic() + random.uniform(0.5, 1.5) * PATIENCE_S  # noqa: S311
        while self.clock.monotonic() < patient_until:
            self.clock.sleep(POLL_S)
            known, _ = self._progress(draft)
            if known is not None and known > head:
                return known
        return head

    def _progress(self, draft: Draft) -> tuple[int | None, int]:
        try:
            return self.cache.progress(draft.tenant_id, draft.room_id)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return None, 0

    def end_turn(self, draft: Draft, entered: Entered, committed: Committed | None) -> None:
        """Let the next one in the queue go, and say where the room ends now."""
        head = None
        if committed is not None and committed.commit_s is not None:
            head = Head(committed.message.seq, committed.message)
        if entered.degraded or (head is None and entered.turn is None):
            return
        commit_s = committed.commit_s or 0 if committed else 0
        try:
            self.cache.end_turn(draft.tenant_id, draft.room_id, entered.turn, head, commit_s)
        except ParleyError as exc:
            # The message is stored, or refused for a reason of its own: nothing here changes that.
            observability.warning("turn_not_ended", cause=str(exc), room_id=draft.room_id)


def _is_of(draft: Draft, message: Message) -> bool:
    # The marker may be of an earlier send of the same clientId, which was drafted at another time.
    return message.created_at == draft.created_at
