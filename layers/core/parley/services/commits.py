"""A draft's place in its room: exactly once, one order, no holes (SPEC §5.2, §5.3)."""

import random
from dataclasses import dataclass

from parley.domain.messages import Draft, Head, Message
from parley.errors import OutcomeUnknown, Unavailable
from parley.ports import (
    Clock,
    Contended,
    MessageStore,
    Repeated,
    Stored,
    Taken,
    Unknown,
)
from parley.services.entered import Entered
from parley.services.turns import PATIENCE_S, POLL_S, Turns

JITTER_S = 0.05


@dataclass(frozen=True, slots=True)
class CommitRules:
    """How long a send tries to get its place in a busy room."""

    tries: int = 8
    budget_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Committed:
    """A message that is in DynamoDB.

    Attributes:
        commit_s: How long the successful transaction took; None where that is not known.
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
    turns: Turns
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
        head = self.turns.queue_up(entered, deadline) if entered.head_seq is not None else None
        if head is None:
            head = self.messages.head(draft.tenant_id, draft.room_id).last_seq
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
            known, _ = self.turns.progress(draft.tenant_id, draft.room_id)
            if known is not None and known > head:
                return known
        return head

    def end_turn(self, draft: Draft, entered: Entered, committed: Committed | None) -> None:
        """Let the next one in the queue go, and say where the room ends now."""
        head, commit_s = None, None
        if committed is not None and not committed.duplicate:
            head, commit_s = Head(committed.message.seq, committed.message), committed.commit_s
        self.turns.end(entered, head, commit_s)


def _is_of(draft: Draft, message: Message) -> bool:
    # The marker may be of an earlier send of the same clientId, which was drafted at another time.
    return message.created_at == draft.created_at
