"""A room that somebody was let into, and what one look at the cache told of it."""

from dataclasses import dataclass

from parley.domain.ids import ConnectionId, UserId
from parley.domain.presence import Target
from parley.domain.rooms import Room, Roster
from parley.ports import Probe, Turn
from parley.services.reach import Reach


@dataclass(frozen=True, slots=True)
class Entered:
    """A room that the caller is in, and what one look at the cache told of it.

    Attributes:
        targets: Connections of all members, the caller's included; none where they were not
            asked for.
        degraded: Redis did not answer: nobody can be pushed to now.
        crowded: There are no targets because they would be of too many people.
    """

    room: Room
    roster: Roster
    head_seq: int | None
    turn: Turn | None
    targets: tuple[Target, ...]
    degraded: bool
    crowded: bool = False

    @property
    def people(self) -> int:
        """Return how many people its events go to, as far as is known.

        The count of an open room is of those who have seen it, and its events go to others too.
        """
        if not self.room.is_open:
            return self.room.member_count
        connected = {target.user_id for target in self.targets}
        return max(self.room.member_count, len(connected))

    def is_above(self, people: int) -> bool:
        """Tell whether its events go to more than so many people, as were asked for at most."""
        return self.crowded or self.people > people

    def reach(self, without: ConnectionId) -> Reach:
        """Return everybody but one connection, known or not."""
        if self.crowded:
            return Reach(self.room, crowded=True, without=without)
        return Reach(self.room, self.others(without), without=without)

    def others(self, connection_id: ConnectionId) -> list[Target]:
        """Return every known connection but this one."""
        return [t for t in self.targets if t.connection_id != connection_id]

    def other_people(self, user_id: UserId) -> list[Target]:
        """Return the known connections of everybody else."""
        return [t for t in self.targets if t.user_id != user_id]


def entered(
    roster: Roster, probe: Probe | None, targets: tuple[Target, ...] = (), *, crowded: bool = False
) -> Entered:
    """Return a room as the cache showed it; without a look, Redis did not answer."""
    return Entered(
        room=roster.room,
        roster=roster,
        head_seq=probe.head_seq if probe else None,
        turn=probe.turn if probe else None,
        targets=targets,
        degraded=probe is None,
        crowded=crowded,
    )
