"""The posts of one push, and what became of each: `PendingPush` without any transport.

Answers come on event-loop threads, `wait` runs on the caller's: one condition guards all state.
Retries of throttled posts are released by `wait` itself, so that there is no timer thread that a
frozen Lambda could wake up with.
"""

import heapq
import itertools
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parley.adapters.push.verdicts import (
    BROKEN,
    MAX_RESENDS,
    TIMEOUT,
    Outcome,
    Verdict,
    failed,
    judge,
)
from parley.domain.ids import ConnectionId
from parley.ports import PushReport

_log = logging.getLogger("parley.push")
_jitter = random.SystemRandom()


class Carrier(Protocol):
    """What has a post on its way, and can be told to let go of it."""

    def abandon(self, post: "Post") -> None:
        """Give up on this post if it is still the one on its way."""
        ...


@dataclass(slots=True, eq=False)
class Post:
    """One request for one connection; changed by one thread at a time."""

    batch: "Batch"
    connection_id: ConnectionId
    throttled: int = 0
    broken: int = 0
    carrier: Carrier | None = None

    def may_resend(self) -> bool:
        """Count a broken connection; tell whether to send again.

        The post may then arrive twice: clients drop repeats (SPEC §5.2).
        """
        self.broken += 1
        return self.broken <= MAX_RESENDS and self.batch.is_open(self)

    def answered(self, status: int) -> None:
        """Take the answer's HTTP status."""
        # Each attempt may meet a stale socket of its own.
        self.broken = 0
        self.batch.settle(self, judge(status, self.throttled))

    def broke(self) -> None:
        """Take note that no connection would carry it."""
        self.batch.settle(self, failed(BROKEN))


@dataclass(frozen=True, slots=True)
class Freight:
    """What all posts of a batch have in common.

    Attributes:
        method: ``POST``, or ``DELETE`` to end connections.
        frame: The body.
        config: The transport's own, prepared once: the signing configuration.
    """

    method: str
    frame: bytes
    config: object = None


@dataclass(slots=True, eq=False)
class Batch:
    """Posts on their way, until all are settled or `wait` has run out of time."""

    freight: Freight
    submit: Callable[[Sequence[Post]], None]
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _open: dict[ConnectionId, Post] = field(default_factory=dict)
    _retries: list[tuple[float, int, Post]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _delivered: list[ConnectionId] = field(default_factory=list)
    _gone: list[ConnectionId] = field(default_factory=list)
    _failed: dict[ConnectionId, str] = field(default_factory=dict)

    def begin(self, connection_ids: Sequence[ConnectionId]) -> None:
        """Hand one post for each (distinct) connection to the transport."""
        self._open = {each: Post(self, each) for each in connection_ids}
        self.submit(tuple(self._open.values()))

    @classmethod
    def refused(
        cls, connection_ids: Sequence[ConnectionId], freight: Freight, reason: str
    ) -> "Batch":
        """Return a batch of which nothing could even be started."""
        return cls(freight, lambda _: None, _failed=dict.fromkeys(connection_ids, reason))

    def is_open(self, post: Post) -> bool:
        """Tell whether somebody still wants to know what becomes of this post."""
        with self._changed:
            return post.connection_id in self._open

    def settle(self, post: Post, verdict: Verdict) -> None:
        """Take note of a post's end, or of when to try again. Late answers change nothing."""
        with self._changed:
            if post.connection_id not in self._open:
                return
            post.carrier = None
            if verdict.outcome is Outcome.AGAIN:
                post.throttled += 1
                self._schedule(post, verdict.delay_s)
            else:
                del self._open[post.connection_id]
                self._record(post.connection_id, verdict)
            self._changed.notify_all()

    def fail_all(self, reason: str) -> bool:
        """Settle everything that is open as failed; tell whether there was anything."""
        return bool(self._close(reason))

    def wait(self, timeout_s: float) -> PushReport:
        """Return what is known after at most so long; asked again, it answers the same."""
        deadline = time.monotonic() + timeout_s
        while due := self._await_change(deadline):
            self.submit(due)
        for post in self._close(TIMEOUT):
            if post.carrier is not None:
                post.carrier.abandon(post)
        self._log_failures()
        return PushReport(tuple(self._delivered), tuple(self._gone), dict(self._failed))

    def _await_change(self, deadline: float) -> list[Post]:
        """Return retries that are due; none at the deadline or when everything is settled."""
        with self._changed:
            while self._open:
                now = time.monotonic()
                if due := self._due(now):
                    return due
                next_s = self._retries[0][0] if self._retries else deadline
                if now >= deadline:
                    return []
                self._changed.wait(min(next_s, deadline) - now)
            return []

    def _due(self, now: float) -> list[Post]:
        due = []
        while self._retries and self._retries[0][0] <= now:
            due.append(heapq.heappop(self._retries)[2])
        return due

    def _schedule(self, post: Post, delay_s: float) -> None:
        at = time.monotonic() + delay_s * _jitter.uniform(0.5, 1.5)
        heapq.heappush(self._retries, (at, next(self._order), post))

    def _record(self, connection_id: ConnectionId, verdict: Verdict) -> None:
        if verdict.outcome is Outcome.DELIVERED:
            self._delivered.append(connection_id)
        elif verdict.outcome is Outcome.GONE:
            self._gone.append(connection_id)
        else:
            self._failed[connection_id] = verdict.reason

    def _close(self, reason: str) -> list[Post]:
        with self._changed:
            left = list(self._open.values())
            self._failed.update((post.connection_id, reason) for post in left)
            self._open.clear()
            self._changed.notify_all()
        return left

    def _log_failures(self) -> None:
        if not self._failed:
            return
        reasons = dict(Counter(self._failed.values()))
        _log.warning(
            "push_failed",
            extra={"method": self.freight.method, "failed": len(self._failed), "reasons": reasons},
        )
