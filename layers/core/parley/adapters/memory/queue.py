"""`FlushQueue` in memory: keeps what was asked for until somebody takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

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
