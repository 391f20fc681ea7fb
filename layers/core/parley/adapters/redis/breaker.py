"""A circuit breaker, so that a server that hangs costs one timeout and not one for each call."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from parley.errors import CacheUnavailable, Unavailable

OPEN_S = 2.0


class Breaker:
    """Refuses calls for a while after a failure, then lets single probes through (half-open).

    Many slow answers count as a failure: calls that each stay below their timeout must not add up
    to more than an invocation can bear. One for each server and process; safe for threads.
    """

    def __init__(
        self,
        open_s: float = OPEN_S,
        monotonic: Callable[[], float] = time.monotonic,
        refusal: type[Unavailable] = CacheUnavailable,
        *,
        slow_s: float = math.inf,
        slow_budget_s: float = math.inf,
    ) -> None:
        """Start closed.

        Args:
            open_s: How long calls are refused after a failure.
            monotonic: Seconds that only grow.
            refusal: What refused calls are told.
            slow_s: Answers that took less are not held against the server.
            slow_budget_s: How long slow answers may take together within ``open_s``.
        """
        self.monotonic = monotonic
        self._open_s = open_s
        self._refusal = refusal
        self._slow_s = slow_s
        self._slow_budget_s = slow_budget_s
        self._slow: deque[tuple[float, float]] = deque()
        self._lock = threading.Lock()
        self._open_until: float | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether a failure was seen and no success since."""
        return self._open_until is not None

    def admit(self) -> None:
        """Let a call through, or refuse it at once while the breaker is open."""
        with self._lock:
            if self._open_until is None:
                return
            now = self.monotonic()
            if now < self._open_until:
                raise self._refusal("breaker open", max(self._open_until - now, 0.1))
            # This caller is the probe. The others go on being refused, and if the probe never
            # reports (its function was killed), the next one follows after the same delay.
            self._open_until = now + self._open_s

    def succeeded(self, took_s: float = 0.0) -> None:
        """Close: the server answered, and took so long."""
        if took_s >= self._slow_s and self._is_too_slow(took_s):
            self.failed()
        elif self._open_until is not None:
            with self._lock:
                self._open_until = None

    def failed(self) -> None:
        """Open, or stay open: the server did not answer."""
        with self._lock:
            self._slow.clear()
            self._open_until = self.monotonic() + self._open_s

    def _is_too_slow(self, took_s: float) -> bool:
        now = self.monotonic()
        with self._lock:
            self._slow.append((now, took_s))
            while self._slow[0][0] < now - self._open_s:
                self._slow.popleft()
            return sum(took for _, took in self._slow) > self._slow_budget_s
