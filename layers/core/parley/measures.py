"""Metrics: what a process measures, kept until the end of an invocation. Standard library only.

`METRICS` names all there are: alarms, dashboard and docs/operations.md name no other (a test
compares them). They have no dimension but the service, so that each is billed once. Outside of
Lambda and of the local gateway, in tests say, nothing is kept: :func:`collect` was never called.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

# CloudWatch takes 100 values of a metric in a line.
MAX_HELD = 50
MAX_HELD_S = 60.0


class Unit(StrEnum):
    """Units, as CloudWatch calls them."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"
    BYTES = "Bytes"
    PERCENT = "Percent"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured.

    Attributes:
        unit: Of each value. Counts of an invocation are added up, other values are kept apart, of
            which CloudWatch makes percentiles.
        held: Waits for a line that is written anyway, for a minute at most: heartbeats would
            otherwise cost more to tell of than to answer. The last ones of an environment that ends
            are lost, so that nothing is held of which each one counts.
    """

    unit: Unit
    meaning: str
    held: bool = False


def _count(meaning: str, *, held: bool = False) -> Metric:
    return Metric(Unit.COUNT, meaning, held)


def _time(meaning: str) -> Metric:
    return Metric(Unit.MILLISECONDS, meaning, held=True)


METRICS: Mapping[str, Metric] = {
    "people_connected": _count("People with an open connection, once a minute"),
    "connects": _count("Connections that opened, or failed"),
    "connects_failed": _count("Connections, of those, refused by a fault of ours"),
    "connects_refused": _count("Connections refused for their credential, or as too many"),
    "reconnects": _count("Connections that began by catching up with an earlier one"),
    "connection_s": Metric(Unit.SECONDS, "How long a connection that closed was open"),
    "messages_stored": _count("Messages stored"),
    "message_bytes": Metric(Unit.BYTES, "Size of a stored message's text", held=True),
    "send_ms": _time("From a message's arrival at the function to its acknowledgement"),
    "command_ms": _time("The same of every command and request, refused ones too"),
    "commands_failed": _count("Commands and requests answered INTERNAL_ERROR or UNAVAILABLE"),
    "rate_limited": _count("Commands, requests and connections over a limit", held=True),
    "delivery_ms": _time("From storing a message to the end of its pushes, queue included"),
    "pushes": _count("Events pushed to an open connection", held=True),
    "pushes_failed": _count("Events, of those, that did not reach it"),
    "pushes_gone": _count("Events for a connection that was gone", held=True),
    "redis_ms": _time("A call of Redis"),
    "redis_errors": _count("Calls of Redis that were not answered, or not tried in an outage"),
    "database_ms": _time("A request to DynamoDB"),
    "database_errors": _count("Requests that DynamoDB throttled or did not answer"),
    "memory_percent": Metric(Unit.PERCENT, "Memory used at most, of what the function has", True),
    "starts_failed": _count("Processes that could not start for a bad setting or secret"),
}


class Measures:
    """What was measured since it was last taken. Safe for threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._values: dict[str, list[float]] = {}
        self._held_since: float | None = None

    def count(self, name: str, number: float) -> None:
        """Add to a count."""
        with self._lock:
            self._note(name)
            values = self._values.setdefault(name, [0])
            values[0] += number

    def observe(self, name: str, value: float) -> None:
        """Keep one value."""
        with self._lock:
            self._note(name)
            self._values.setdefault(name, []).append(value)

    def _note(self, name: str) -> None:
        if METRICS[name].held and self._held_since is None:
            self._held_since = self._monotonic()

    def take_due(self) -> dict[str, list[float]]:
        """Return all values by name and forget them; nothing where all may still be held."""
        with self._lock:
            if not self._is_due():
                return {}
            values, self._values, self._held_since = self._values, {}, None
            return values

    def _is_due(self) -> bool:
        if not all(METRICS[name].held for name in self._values):
            return True
        if any(len(values) >= MAX_HELD for values in self._values.values()):
            return True
        since = self._held_since
        return since is not None and self._monotonic() - since >= MAX_HELD_S


_collected: list[Measures] = []


def collect(into: Measures | None) -> None:
    """Keep from now on what is measured; None to let it go."""
    _collected[:] = [] if into is None else [into]


def count(name: str, number: float = 1) -> None:
    """Count something that happened; nothing for a number of 0."""
    if _collected and number:
        _collected[0].count(name, number)


def observe(name: str, value: float) -> None:
    """Keep a value, such as how long something took."""
    if _collected:
        _collected[0].observe(name, value)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Keep how many milliseconds something took, whether it succeeds or not."""
    started = time.perf_counter()
    try:
        yield
    finally:
        observe(name, milliseconds_since(started))


def milliseconds_since(started: float) -> float:
    """Return how long ago an instant of `time.perf_counter` was."""
    return round((time.perf_counter() - started) * 1000, 2)
