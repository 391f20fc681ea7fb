"""Rate limits while Redis does not answer (SPEC §6)."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Caller
from parley.errors import RateLimited
from parley.ports import RateLimit

MAX_TRACKED = 10_000


@dataclass(slots=True)
class LocalLimiter:
    """Sliding windows in this process alone, for when Redis does not answer.

    Each process counts for itself, so a user may get through up to so many times as often as
    there are processes; a flood is still stopped, and nobody is locked out.
    """

    monotonic: Callable[[], float]
    _attempts: dict[tuple[str, TenantId, UserId], deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allow(self, caller: Caller, limit: RateLimit) -> None:
        """Count an attempt; raises `RateLimited` when a window is full, and counts nothing."""
        now = self.monotonic()
        longest = max(seconds for _, seconds in limit.windows)
        with self._lock:
            if len(self._attempts) > MAX_TRACKED:
                self._attempts.clear()
            key = (limit.name, caller.tenant_id, caller.user_id)
            attempts = self._attempts.setdefault(key, deque())
            while attempts and attempts[0] <= now - longest:
                attempts.popleft()
            for count, seconds in limit.windows:
                recent = [at for at in attempts if at > now - seconds]
                if len(recent) >= count:
                    raise RateLimited(recent[-count] + seconds - now)
            attempts.append(now)
