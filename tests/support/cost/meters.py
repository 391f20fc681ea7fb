"""The other meters: Redis by its own statistics, and the lines that functions log."""

import io
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

import redis
from typing_extensions import override

from bench.cost.bills import ecpu_of

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
        events: Of lines of ours: the event's name, or ``_aws`` for metrics.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.counts: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self._line = ""

    @override
    def write(self, text: str) -> int:
        """Take text, whole lines or not."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._take(line)
        return len(text)

    def _take(self, line: str) -> None:
        if not line:
            return
        plain = _DURATION.sub(r"\g<1>10.00", line)
        self.counts["log_bytes"] += len(plain.encode())
        self.counts["log_lines"] += 1
        told = json.loads(line)
        self.events["_aws" if "_aws" in told else str(told.get("message"))] += 1


@contextmanager
def counting_logs() -> Iterator[LogMeter]:
    """Count what handlers write that are loaded in the block: by Powertools, and to stdout."""
    meter = LogMeter()
    state = vars(logging.getLogger("parley"))
    # Configured by whoever loaded a handler before, it would go on writing to where it did.
    kept = dict(state)
    for name in POWERTOOLS:
        state.pop(name, None)
    state["handlers"] = []
    try:
        with redirect_stdout(meter):
            yield meter
    finally:
        state.clear()
        state.update(kept)
