"""Faults of connections: how they begin, grow old, fall silent and end."""

from __future__ import annotations

import math
import random

from gateway.connections import Connection, Registry
from gateway.events import LOST
from gateway.limits import TokenBucket
from gateway.verbs import verb

# A bucket takes a rate of 0 for no limit.
_NEXT_TO_NEVER = 1e-9


class ConnectionFaults:
    """The verbs, and the questions that the WebSocket server asks about them.

    With `user_agent` a verb is for the clients that called themselves so in their handshake, and
    `fraction` is of these.
    """

    def __init__(self, registry: Registry, chances: random.Random) -> None:
        """Begin without faults."""
        self._registry = registry
        self._random = chances
        self._admitted: TokenBucket | None = None
        self._early_disconnect = 0.0
        self._connect_lag_s = 0.0

    def clear(self) -> None:
        """End all faults; connections that are half open end with them."""
        self._admitted = None
        self._early_disconnect = 0.0
        for connection in self._registry:
            if connection.is_half_open:
                connection.cut(LOST)

    @verb
    def cut_all(self, fraction: float = 1.0, user_agent: str | None = None) -> int:
        """Drop the TCP connections of all or some clients. Returns how many."""
        victims = self._some(fraction, user_agent)
        for connection in victims:
            connection.cut(LOST)
        return len(victims)

    @verb
    def half_open(self, fraction: float = 1.0, user_agent: str | None = None) -> int:
        """Let all or some clients vanish without a word, as a closed laptop does.

        Nothing is read from them or reaches them any more, and neither side hears of an end. POSTs
        to them still succeed. Returns how many.
        """
        victims = self._some(fraction, user_agent)
        for connection in victims:
            connection.fall_silent()
        return len(victims)

    @verb
    def age(
        self,
        seconds: float = 0.0,
        idle_seconds: float = 0.0,
        fraction: float = 1.0,
        user_agent: str | None = None,
    ) -> int:
        """Put the clocks of all or some connections forward.

        Args:
            seconds: Added to how long a connection has been open, of which 2 hours are the most.
            idle_seconds: Added to how long nothing went over it, of which 10 minutes are.
            fraction: Of the connections that there are now.
            user_agent: Only of clients that called themselves so.

        Returns:
            How many.
        """
        victims = self._some(fraction, user_agent)
        for connection in victims:
            connection.opened_at_s -= seconds
            connection.active_at_s -= idle_seconds
        return len(victims)

    @verb
    def refuse_connects(self, per_second: float | None) -> None:
        """Answer 429 to upgrades above so many a second, as the account's quota does.

        None ends it.
        """
        if per_second is None:
            self._admitted = None
        elif per_second < 0:
            raise ValueError("per_second is at least 0")
        else:
            burst = math.ceil(per_second)
            self._admitted = TokenBucket(per_second or _NEXT_TO_NEVER, burst)

    @verb
    def reorder_disconnect(self, probability: float = 1.0, delay_s: float = 0.0) -> None:
        """Let some clients vanish while they connect: their `$disconnect` comes too early.

        Args:
            probability: Of each upgrade.
            delay_s: `$connect` begins so long after `$disconnect` has ended; 0 runs both at once.
        """
        self._early_disconnect = probability
        self._connect_lag_s = delay_s

    def admits(self, now_s: float) -> bool:
        """Whether an upgrade at this moment of a monotonic clock is within the quota."""
        return self._admitted is None or self._admitted.take(now_s)

    def connect_lag_s(self) -> float | None:
        """How long after its `$disconnect` the next `$connect` runs; None if it comes first."""
        if self._random.random() >= self._early_disconnect:
            return None
        return self._connect_lag_s

    def _some(self, fraction: float, user_agent: str | None) -> list[Connection]:
        return [
            connection
            for connection in self._registry
            if user_agent in (None, connection.session.identity.get("userAgent"))
            and self._random.random() < fraction
        ]
