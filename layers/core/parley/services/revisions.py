"""Changing a room: each change has its number ``rev``, and none is lost (SPEC §4)."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from parley import observability
from parley.domain.messages import Head
from parley.domain.revisions import Revision
from parley.domain.rooms import Roster
from parley.errors import CacheUnavailable, OutcomeUnknown, Unavailable
from parley.ports import Clock, Revised, RoomCache, RoomStore, Unknown
from parley.services import change_log
from parley.services.commits import CommitRules, Doubt
from parley.services.entered import Entered
from parley.services.turns import Turns

JITTER_S = 0.02


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that is in DynamoDB, and its system message."""

    revision: Revision
    revised: Revised


@dataclass(frozen=True, slots=True)
class Revisions:
    """Makes changes upon the newest state, again and again until nobody was in between."""

    rooms: RoomStore
    cache: RoomCache
    turns: Turns
    clock: Clock
    rules: CommitRules

    def apply(
        self, plan: Callable[[], Revision | None], entered: Entered | None = None
    ) -> Applied | None:
        """Carry out a change.

        Args:
            plan: Reads what the change depends on, afresh at each call, and returns the change;
                None when there is nothing to do (any more). What it raises ends the attempt. It
                must be such that a change found done counts as nothing to do: an attempt whose
                answer was lost is settled that way.
            entered: For changes of messages, of which many come at the same moment: the room with
                one's turn in it, which this ends. Where its roster is of the very state that is
                changed, the cache keeps it.

        Returns:
            What was changed; None where ``plan`` found nothing to do.

        Raises:
            Unavailable: Others were faster too often, or the store does not answer; nothing was
                changed.
            OutcomeUnknown: The same, but an earlier attempt may have been stored.
        """
        doubt = Doubt()
        try:
            return self._apply(plan, entered, doubt)
        except Unavailable as exc:
            if doubt.arisen:
                raise OutcomeUnknown(str(exc)) from exc
            raise
        finally:
            if entered is not None:
                self.turns.end(entered)

    def _apply(
        self, plan: Callable[[], Revision | None], entered: Entered | None, doubt: Doubt
    ) -> Applied | None:
        deadline = self.clock.monotonic() + self.rules.budget_s
        if entered is not None:
            self.turns.queue_up(entered, deadline)
        unanswered: Revision | None = None
        for attempt in range(1, self.rules.tries + 1):
            revision = plan()
            if revision is None:
                if unanswered is not None:
                    self._log(unanswered)
                return None
            outcome = self.rooms.revise(revision)
            if isinstance(outcome, Revised):
                self._note(revision, outcome, entered)
                return Applied(revision, outcome)
            if isinstance(outcome, Unknown):
                doubt.arisen, unanswered = True, revision
            if self.clock.monotonic() > deadline:
                break
            self.clock.sleep(random.uniform(0, JITTER_S * attempt))  # noqa: S311
        raise Unavailable("room too busy")

    def _note(self, revision: Revision, revised: Revised, entered: Entered | None) -> None:
        """Let the cache follow before anybody is answered; `relay` repeats it."""
        self._log(revision)
        room, message = revision.room, revised.announcement
        # While Redis did not answer nobody looked who else is in the room.
        roster = entered.roster if entered is not None and not entered.degraded else None
        try:
            if roster is not None and roster.room.rev == room.rev - 1:
                # This change was stored upon that very rev, so nobody came or went since.
                self.cache.put_roster(Roster(room, roster.members))
            else:
                self.cache.drop_roster(room.tenant_id, room.room_id, room.rev)
            if message is not None:
                self.cache.raise_heads(room.tenant_id, {room.room_id: Head(message.seq, message)})
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))

    def _log(self, revision: Revision) -> None:
        change_log.note(self.cache, revision.room, revision.added, revision.removed)
