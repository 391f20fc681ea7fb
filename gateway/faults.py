"""Faults that tests switch on: what the network, API Gateway and Lambda do on a bad day.

To add one: write a method, here or in one of the parts, and mark it with `@verb`. It can then be
called by name, with keyword arguments that are JSON, on `Gateway.faults` and over HTTP.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.connection_faults import ConnectionFaults
from gateway.connections import Registry
from gateway.kill_points import KillPoints
from gateway.pool import FunctionPool
from gateway.record_faults import RecordFaults
from gateway.verbs import run_verb, verb


@dataclass(slots=True)
class _Settings:
    """What is switched on; all of it off at first."""

    drop_disconnect: float = 0.0
    delay_disconnect: float = 0.0
    delay_disconnect_s: float = 0.0
    gone: float = 0.0
    limit: float = 0.0
    limit_user_agent: str | None = None
    slow: float = 0.0
    slow_s: float = 0.0
    reorder: float = 0.0
    reorder_s: float = 0.05


class Faults:
    """The fault verbs, and the questions that the gateway asks about them.

    Attributes:
        connections: Those about connections as such.
        records: Those about the records of queues and streams.
        kill_points: Those about functions that end in the middle of their work.
    """

    def __init__(
        self,
        registry: Registry,
        pools: Mapping[str, FunctionPool],
        *,
        seed: int | None = None,
        reorder: float = 0.0,
    ) -> None:
        """Begin without faults, but for the reordering that the configuration asks for."""
        self._pools = pools
        self._random = random.Random(seed)  # noqa: S311 - chances, not secrets
        self.connections = ConnectionFaults(registry, self._random)
        self.records = RecordFaults(self._random)
        self.kill_points = KillPoints(pools)
        self._settings = _Settings(reorder=reorder)
        self._kill_on_post: list[str] = []

    def run(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Call a verb by name.

        Raises:
            UnknownVerbError: When there is no such verb, or it does not take these arguments.
        """
        return run_verb((self, self.connections, self.records, self.kill_points), name, arguments)

    @verb
    def clear(self) -> None:
        """End all faults."""
        self._settings = _Settings()
        self._kill_on_post.clear()
        self.connections.clear()
        self.records.clear()
        self.kill_points.clear()
        for pool in self._pools.values():
            pool.thaw_all()

    @verb
    def drop_disconnect(self, probability: float = 1.0) -> None:
        """Never deliver some `$disconnect` events."""
        self._settings.drop_disconnect = probability

    @verb
    def delay_disconnect(self, delay_s: float, probability: float = 1.0) -> None:
        """Deliver some `$disconnect` events late."""
        self._settings.delay_disconnect = probability
        self._settings.delay_disconnect_s = delay_s

    @verb
    def gone(self, probability: float = 1.0) -> None:
        """Answer 410 to some POSTs, whose connections stay open."""
        self._settings.gone = probability

    @verb
    def limit(self, probability: float = 1.0, user_agent: str | None = None) -> None:
        """Answer 429 to some POSTs, or to some of those to clients that called themselves so."""
        self._settings.limit = probability
        self._settings.limit_user_agent = user_agent

    @verb
    def slow(self, delay_s: float, probability: float = 1.0) -> None:
        """Hold some POSTs back."""
        self._settings.slow = probability
        self._settings.slow_s = delay_s

    @verb
    def reorder(self, probability: float = 1.0, max_delay_s: float = 0.05) -> None:
        """Hold some frames of clients back, so that later ones overtake them."""
        self._settings.reorder = probability
        self._settings.reorder_s = max_delay_s

    @verb
    def kill(self, function: str) -> int:
        """SIGKILL all execution environments of a function now. Returns how many."""
        return self._pools[function].kill_all()

    @verb
    def freeze(self, function: str, seconds: float, count: int = 1) -> int:
        """SIGSTOP idle execution environments of a function, as Lambda does between invocations.

        They take part again after `seconds`, before all others. Returns how many.
        """
        return self._pools[function].freeze(seconds, count)

    @verb
    def kill_on_post(self, function: str) -> None:
        """At the next POST, SIGKILL the function's environments and do not deliver the POST."""
        if function not in self._pools:
            raise KeyError(function)
        self._kill_on_post.append(function)

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def disconnect_delay_s(self) -> float | None:
        """How late the next `$disconnect` is; None if it is lost."""
        if self._happens(self._settings.drop_disconnect):
            return None
        late = self._happens(self._settings.delay_disconnect)
        return self._settings.delay_disconnect_s if late else 0.0

    def frame_delay_s(self) -> float:
        """How long to hold back the next frame of a client."""
        if not self._happens(self._settings.reorder):
            return 0.0
        return self._random.uniform(0.0, self._settings.reorder_s)

    def post_delay_s(self) -> float:
        """How long to hold back the next POST."""
        return self._settings.slow_s if self._happens(self._settings.slow) else 0.0

    def post_is_gone(self) -> bool:
        """Whether the next POST gets 410."""
        return self._happens(self._settings.gone)

    def post_is_limited(self, user_agent: str | None) -> bool:
        """Whether the next POST gets 429, which is to a client that called itself so."""
        meant = self._settings.limit_user_agent in (None, user_agent)
        return meant and self._happens(self._settings.limit)

    def kills_poster(self) -> bool:
        """Whether the next POST is dropped because its sender was killed just now."""
        if not self._kill_on_post:
            return False
        self._pools[self._kill_on_post.pop(0)].kill_all()
        return True
