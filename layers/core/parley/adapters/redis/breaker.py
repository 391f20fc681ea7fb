"""A circuit breaker, so that a server that hangs costs one timeout and not one for each call."""

import threading
import time
from collections.abc import Callable

from parley.errors import CacheUnavailable, Unavailable

OPEN_S = 2.0


class Breaker:
    """Refuses calls for a while after a failure, then lets single probes through (half-open).

    One for each process; safe for threads.
    """

    def __init__(
        self,
        open_s: float = OPEN_S,
        monotonic: Callable[[], float] = time.monotonic,
        refusal: type[Unavailable] = CacheUnavailable,
    ) -> None:
        """Start closed.

        Args:
            open_s: How long calls are refused after a failure.
            monotonic: Seconds that only grow.
            refusal: What refused calls are told.
        """
        self._open_s = open_s
        self._monotonic = monotonic
        self._refusal = refusal
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
            now = self._monotonic()
            if now < self._open_until:
                raise self._refusal("breaker open", max(self._open_until - now, 0.1))
            # This caller is the probe. The others go on being refused, and if the probe never
            # reports (its function was killed), the next one follows after the same delay.
            self._open_until = now + self._open_s

    def succeeded(self) -> None:
        """Close: the server answered."""
        if self._open_until is not None:
            with self._lock:
                self._open_until = None

    def failed(self) -> None:
        """Open, or stay open: the server did not answer."""
        with self._lock:
            self._open_until = self._monotonic() + self._open_s
