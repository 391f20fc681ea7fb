"""What must be so after a history, from what people did in it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Truth:
    """How far each person must have read each room, from what they did."""

    read: dict[tuple[str, str], int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def join(self, user: str, room_id: str, end: int) -> None:
        """Note that somebody is in a room now, with the cursors at its end."""
        self.read.setdefault((user, room_id), end)

    def leave(self, user: str, room_id: str) -> None:
        """Note that somebody is not in a room any more."""
        self.read.pop((user, room_id), None)

    def reach(self, user: str, room_id: str, seq: int) -> None:
        """Note that somebody read or sent up to here."""
        if (user, room_id) in self.read:
            self.read[user, room_id] = max(self.read[user, room_id], seq)
