"""What the clearing of old messages needs of the store (DynamoDB)."""

from datetime import datetime
from typing import Protocol

from parley.domain.clearing import Aged, ClearingState

# Where a pass begins.
BEGINNING = ""


class ClearingStore(Protocol):
    """Goes through all messages of all tenants, and sets when they are to be removed."""

    def state(self) -> ClearingState:
        """Return how far the clearing is; one read."""
        ...

    def ask(self, now: datetime) -> None:
        """Note that a pass is wanted; one write."""
        ...

    def note(self, serves: datetime, place: str | None) -> None:
        """Note how far a pass is; one write."""
        ...

    def note_default(self, days: int) -> None:
        """Note what the deployment keeps messages for; one write."""
        ...

    def page(self, place: str) -> tuple[list[Aged], str | None]:
        """Return some messages from a place on, and the next place; None behind the last one.

        Of rooms that nobody writes in none is left out, and each comes once.
        """
        ...

    def limit(self, message: Aged, days: int, now: datetime) -> None:
        """Let a message be removed when it is so old, and at once if it is older.

        The room's end is stored before, so that its `seq` goes on. One write; a read and a write
        more for the first message of each room. One that is gone, or goes earlier, stays so.
        """
        ...
