"""The other meters: Redis by its own statistics, and the lines that functions log."""

import io
import json
import logging
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest
import redis
from typing_extensions import override

from bench.cost.bills import ecpu_of
from parley import invocations
from parley.adapters.memory.clock import MemoryClock
from parley.invocations import write_line
from parley.measures import MAX_HELD, MAX_HELD_S, METRICS, Measures, Unit, collect

# What this meter itself asks.
OURS = ("info", "config|resetstat")
SCRIPTS = ("evalsha", "eval")
# By what Powertools knows a logger that it has configured.
POWERTOOLS = ("init", "powertools_handler", "powertools_buffer_config", "powertools_buffer_cache")
# How long something took has a digit more or less each time.
_DURATION = re.compile(r'("duration_ms": ?)[0-9.e-]+')


class RedisMeter:
    """What a server was asked, by its INFO: round trips, and commands inside of scripts."""

    def __init__(self, url: str) -> None:
        """Watch this server."""
        self._client: Any = redis.Redis.from_url(url, decode_responses=True, protocol=2)

    def empty(self) -> None:
        """Forget all data of others; scripts stay."""
        self._client.flushall()

    def reset(self) -> None:
        """Begin anew."""
        self._client.config_resetstat()

    def counts(self) -> Counter[str]:
        """Return what was asked since."""
        told: Mapping[str, Any] = self._client.info("everything")
        calls = {
            name.removeprefix("cmdstat_"): int(stat["calls"])
            for name, stat in told.items()
            if name.startswith("cmdstat_")
        }
        commands = sum(count for name, count in calls.items() if name not in OURS)
        moved = int(told["total_net_input_bytes"]) + int(told["total_net_output_bytes"])
        scripts = sum(calls.get(name, 0) for name in SCRIPTS)
        counts = {"redis": scripts, "redis_commands": commands, "ecpu": ecpu_of(commands, moved)}
        return Counter(counts if scripts else {})

    def close(self) -> None:
        """Stop watching."""
        self._client.close()


class LogMeter(io.TextIOBase):
    """What functions write to stdout, counted line by line.

    Attributes:
        counts: ``log_bytes`` and ``log_lines``.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.counts: Counter[str] = Counter()
        self._line = ""

    @override
    def write(self, text: str) -> int:
        """Take text, whole lines or not."""
        *lines, self._line = (self._line + text).split("\n")
        for line in filter(None, lines):
            self.counts["log_bytes"] += _size_of(line)
            self.counts["log_lines"] += 1
        return len(text)


def _size_of(line: str) -> int:
    """Return a line's bytes, as if everything had taken as long as everything else."""
    told = json.loads(line)
    if "_aws" not in told:
        return len(_DURATION.sub(r"\g<1>10.00", line).encode())
    plain = {name: _timeless(name, values) for name, values in told.items()}
    return len(json.dumps(plain, separators=(",", ":")).encode())


def _timeless(name: str, values: Any) -> Any:
    varies = name in METRICS and METRICS[name].unit in (Unit.MILLISECONDS, Unit.PERCENT)
    return [10.25 for _ in values] if varies else values


@dataclass(frozen=True, slots=True)
class MetricMeter:
    """The metrics that are written with the logs, on a clock that only this moves."""

    measures: Measures
    clock: MemoryClock
    logs: LogMeter

    def forget(self) -> None:
        """Forget what is held."""
        self.clock.advance(MAX_HELD_S)
        self.measures.take_due()

    def charge_held(self) -> None:
        """Count what is held as its share of the line that is written when there is more of it."""
        self.clock.advance(MAX_HELD_S)
        held = self.measures.take_due()
        if not held:
            return
        before = Counter(self.logs.counts)
        write_line(held)
        whole = self.logs.counts["log_bytes"] - before["log_bytes"]
        share = min(1.0, max(map(len, held.values())) / MAX_HELD)
        self.logs.counts.clear()
        self.logs.counts.update(before)
        self.logs.counts["log_bytes"] += math.ceil(whole * share)


@contextmanager
def counting_logs() -> Iterator[tuple[LogMeter, MetricMeter]]:
    """Count what handlers write that are loaded in the block: by Powertools, and to stdout."""
    logs = LogMeter()
    # Of its own: that of the services may not move when what is held is to be written.
    clock = MemoryClock()
    metrics = MetricMeter(Measures(clock.monotonic), clock, logs)
    state = vars(logging.getLogger("parley"))
    # Configured by whoever loaded a handler before, it would go on writing to where it did.
    kept = dict(state)
    for name in POWERTOOLS:
        state.pop(name, None)
    state["handlers"] = []
    try:
        with redirect_stdout(logs), pytest.MonkeyPatch.context() as patch:
            # Each process begins to collect once; this one may have been told not to.
            patch.setattr(invocations, "_collected", lambda: metrics.measures)
            collect(metrics.measures)
            yield logs, metrics
    finally:
        collect(None)
        state.clear()
        state.update(kept)
