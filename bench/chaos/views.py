"""What one client shows: of a room, in the order of `seq` and without repeats; and of people.

No network and no clock. What comes out of order waits until what is before it has come.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.chaos.ledger import Fact


class RoomView:
    """One client's view of one room.

    Attributes:
        shown: The messages from the first on, without a gap; only ever grows.
        rev: The room's change number that the view reflects.
        end: The furthest that the client was told of.
        is_filling: Whether somebody fetches what is missing.
    """

    def __init__(self, room_id: str) -> None:
        """Begin with nothing."""
        self.room_id = room_id
        self.rev = 0
        self.end = 0
        self.is_filling = False
        self.gap_timed = False
        self.raw_reorderings = 0
        self.repeats = 0
        self.shown: list[Fact] = []
        self.conflicts: list[tuple[Fact, Fact]] = []
        self._waiting: dict[int, Fact] = {}
        self._pushed_up_to = 0

    @property
    def tip(self) -> int:
        """Return the `seq` up to which nothing is missing."""
        return len(self.shown)

    @property
    def has_gap(self) -> bool:
        """Tell whether something is known to be missing."""
        return self.tip < self.end

    def push(self, fact: Fact) -> None:
        """Take a message that was pushed when it was new; notes in which order that happens."""
        if fact.seq < self._pushed_up_to:
            self.raw_reorderings += 1
        self._pushed_up_to = max(self._pushed_up_to, fact.seq)
        self.take(fact)

    def take(self, fact: Fact) -> None:
        """Take a message from wherever it comes; of two versions the newer one stays."""
        if fact.rev == self.rev + 1:
            self.rev = fact.rev
        self.end = max(self.end, fact.seq)
        known = self._at(fact.seq)
        if known is None:
            self._waiting[fact.seq] = fact
            while (following := self._waiting.pop(self.tip + 1, None)) is not None:
                self.shown.append(following)
        elif known.message_id != fact.message_id:
            self.conflicts.append((known, fact))
        elif fact.rev > known.rev:
            self._replace(fact)
        else:
            self.repeats += 1

    def caught_up(self, rev: int) -> None:
        """Note that every change up to this one was brought."""
        self.rev = max(self.rev, rev)

    def _at(self, seq: int) -> Fact | None:
        return self.shown[seq - 1] if seq <= self.tip else self._waiting.get(seq)

    def _replace(self, fact: Fact) -> None:
        if fact.seq <= self.tip:
            self.shown[fact.seq - 1] = fact
        else:
            self._waiting[fact.seq] = fact


class PeopleView:
    """Who is here, as one client shows it."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.here: set[str] = set()

    def list_all(self, users: Iterable[Mapping[str, Any]]) -> None:
        """Take everybody who is here; whoever is not among them has left."""
        self.here = {user["userId"] for user in users if user["status"] != "offline"}

    def update(self, users: Iterable[Mapping[str, Any]]) -> None:
        """Take what has changed."""
        for user in users:
            if user["status"] == "offline":
                self.here.discard(user["userId"])
            else:
                self.here.add(user["userId"])
