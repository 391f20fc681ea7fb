"""Who takes part in a chaos run, what all of them came across, and what they have under way."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a tenant.

    Attributes:
        canary: Stands in everything that anybody of the tenant writes, and nowhere else.
    """

    tenant: str
    user_id: str
    token: str
    canary: str

    @override
    def __str__(self) -> str:
        return f"{self.user_id} of {self.tenant}"


@dataclass(slots=True)
class Seen:
    """What all clients together came across.

    Attributes:
        foreign: Frames with another tenant's canary.
    """

    counts: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    byes: Counter[int] = field(default_factory=Counter)


class Errands:
    """Tasks that nobody waits for, until all are ended."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, errand: Coroutine[Any, Any, None]) -> None:
        """Let something be done."""
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """End everything that is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
