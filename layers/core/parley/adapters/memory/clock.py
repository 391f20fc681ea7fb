"""`Clock` that stands still until it is told to move."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class MemoryClock:
    """Tells the time that was set; sleeping moves it."""

    time: datetime = START
    elapsed_s: float = 0.0

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    def monotonic(self) -> float:
        """Return how far the clock was moved, in seconds."""
        return self.elapsed_s

    def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)
        self.elapsed_s += seconds

    def set(self, time: datetime) -> None:
        """Set the wall clock alone, as an NTP step does."""
        self.time = time
