"""Changes of a room that count in its ``rev``: edits, deletions, reactions, name and members."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from parley.domain.ids import UserId
from parley.domain.messages import Draft, Message
from parley.domain.rooms import MemberRole, Room, Roster


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of a room: all of it is stored or nothing, and only upon ``room.rev - 1``.

    Attributes:
        room: The room as it will be: with its new ``rev``, name and member count.
        message: A message in its new state, whose ``rev`` is the room's; or None.
        message_was: The ``rev`` of the message that this replaces.
        added: New members and their roles; they must not be members yet.
        roles: Members whose role changes.
        removed: Members who leave or are taken out; their own side of the room goes with them.
        announcement: A system message about it, stored with it as message ``end + 1``. Its sender
            must be a member, and has read it.
        end: The room's last ``seq`` before this; new members' cursors begin behind the
            announcement.
    """

    room: Room
    message: Message | None = None
    message_was: int = 0
    added: Mapping[UserId, MemberRole] = field(default_factory=dict)
    roles: Mapping[UserId, MemberRole] = field(default_factory=dict)
    removed: tuple[UserId, ...] = ()
    announcement: Draft | None = None
    end: int = 0

    @property
    def speaker(self) -> UserId | None:
        """Return whose cursor moves to the announcement: who made the change, unless they left."""
        if self.announcement is None or self.announcement.sender_id in self.removed:
            return None
        return self.announcement.sender_id

    @property
    def end_after(self) -> int:
        """Return the room's last ``seq`` once this is stored."""
        return self.end + 1 if self.announcement else self.end


@dataclass(frozen=True, slots=True)
class LoggedRevision:
    """What a room's log of changes says of one.

    Attributes:
        seq: The message that was changed; None for a change of name or members.
    """

    rev: int
    seq: int | None = None


def roster_after(roster: Roster, revision: Revision) -> Roster:
    """Return a roster as a change of its room leaves it."""
    kept = {user: role for user, role in roster.members.items() if user not in revision.removed}
    return Roster(revision.room, {**kept, **revision.roles, **revision.added})
