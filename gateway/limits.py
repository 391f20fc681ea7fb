"""A token bucket, which is how API Gateway throttles. Pure: the clock is passed in."""

from __future__ import annotations


class TokenBucket:
    """Lets `burst` calls through at once and `rate_per_s` calls a second over time."""

    def __init__(self, rate_per_s: float, burst: int) -> None:
        """Begin with a full bucket; a rate of 0 lets everything through."""
        self._rate_per_s = rate_per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._filled_at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take a token at a moment of a monotonic clock; False means throttled."""
        if self._rate_per_s <= 0:
            return True
        elapsed_s = now_s - self._filled_at_s if self._filled_at_s is not None else 0.0
        self._filled_at_s = now_s
        self._tokens = min(self._burst, self._tokens + elapsed_s * self._rate_per_s)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
