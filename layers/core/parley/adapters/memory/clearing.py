"""Going through all messages in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from parley.adapters.memory.messages import MemoryMessageStore
from parley.domain.clearing import Aged, ClearingState
from parley.ports.clearing import BEGINNING

MESSAGES_A_PAGE = 3


@dataclass(slots=True)
class MemoryClearingStore:
    """`parley.ports.ClearingStore` in memory."""

    messages: MemoryMessageStore
    _state: ClearingState = field(default_factory=ClearingState)

    def state(self) -> ClearingState:
        """Return how far the clearing is."""
        return self._state

    def ask(self, now: datetime) -> None:
        """Note that a pass is wanted."""
        self._state = replace(self._state, asked=now)

    def note(self, serves: datetime, place: str | None) -> None:
        """Note how far a pass is."""
        self._state = replace(self._state, serves=serves, place=place)

    def note_default(self, days: int) -> None:
        """Note what the deployment keeps messages for."""
        self._state = replace(self._state, default_days=days)

    def page(self, place: str) -> tuple[list[Aged], str | None]:
        """Return some messages from a place on, and the next place."""
        everything = sorted(self.messages.aged(), key=_place)
        behind = [aged for aged in everything if place == BEGINNING or _place(aged) > place]
        page = behind[:MESSAGES_A_PAGE]
        return page, _place(page[-1]) if len(behind) > len(page) else None

    def limit(self, message: Aged, days: int, now: datetime) -> None:
        """Let a message be removed when it is so old."""
        self.messages.limit(message, days)


def _place(aged: Aged) -> str:
    return f"{aged.tenant_id}/{aged.room_id}/{aged.seq:016}"
