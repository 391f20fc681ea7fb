"""`FlushQueue` and `FanoutQueue` in memory: keep what was asked for until somebody takes it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from parley.ports import Clock


@dataclass(frozen=True, slots=True)
class Asked:
    """A record, the delay it was asked for with, and when it is due."""

    record: dict[str, str]
    delay_s: float
    due: datetime


@dataclass(slots=True)
class MemoryFlushQueue:
    """Remembers records in the order in which they were asked for."""

    clock: Clock
    asked: list[Asked] = field(default_factory=list)

    def ask(self, record: Mapping[str, str], delay_s: float) -> None:
        """Keep one record."""
        due = self.clock.now() + timedelta(seconds=max(0.0, delay_s))
        self.asked.append(Asked(dict(record), delay_s, due))

    def take_due(self) -> list[dict[str, str]]:
        """Remove and return the records that are due, the oldest first."""
        now = self.clock.now()
        due = sorted((each for each in self.asked if each.due <= now), key=lambda each: each.due)
        self.asked = [each for each in self.asked if each.due > now]
        return [each.record for each in due]


@dataclass(slots=True)
class MemoryFanoutQueue:
    """Remembers records as they would travel."""

    asked: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, records: Sequence[Mapping[str, object]]) -> None:
        """Keep records."""
        self.asked += [json.loads(json.dumps(dict(record))) for record in records]

    def take(self) -> list[dict[str, Any]]:
        """Remove and return all records, the oldest first."""
        taken, self.asked = self.asked, []
        return taken
