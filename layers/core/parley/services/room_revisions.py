"""Changes of a room's name and members: who may make them, and what they leave (SPEC §4)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from parley.domain.ids import UserId
from parley.domain.messages import Message
from parley.domain.people import Caller
from parley.domain.permissions import loses_its_owner, may_manage_room
from parley.domain.revisions import Revision, roster_after
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.errors import Conflict, Forbidden, NotFound, ParleyError
from parley.ports import Clock, MessageStore, RoomStore, UserStore
from parley.services.addressing import require_places
from parley.services.announcements import (
    announcement,
    words_for_added,
    words_for_left,
    words_for_removed,
    words_for_renamed,
)
from parley.services.policies import Policies
from parley.services.revisions import Revisions
from parley.services.room_creation import refuse_managers

# As many as one transaction takes.
MEMBERS_A_CHANGE = 40

# Returns the change to make upon the newest state, or None where there is nothing to do. ``again``
# says that an attempt was made before: what is found done may be its work.
Change = Callable[[Roster, bool], Revision | None]


@dataclass(frozen=True, slots=True)
class Remade:
    """A room as a change left it.

    Attributes:
        announcement: The system message about it, if it has one and is known.
        changed: Whether others are to hear of it.
        ended_by: What kept the rest of a change in several parts from being made.
    """

    roster: Roster
    announcement: Message | None
    changed: bool
    ended_by: ParleyError | None = None


@dataclass(frozen=True, slots=True)
class RoomRevisions:
    """Renames rooms, and adds and removes members.

    Each change costs three reads (the room, its members, its end) and one transaction; as much
    again for each time that somebody else changed the room meanwhile.
    """

    rooms: RoomStore
    messages: MessageStore
    users: UserStore
    revisions: Revisions
    policies: Policies
    clock: Clock

    # --- The name ----------------------------------------------------------------------------

    def rename(self, caller: Caller, room: Room, name: str | None) -> Remade:
        """Give a room another name, or none."""

        def change(roster: Roster, again: bool) -> Revision | None:
            self._require_right(caller, roster)
            if roster.room.name == name:
                return None
            renamed = Revision(replace(_next(roster.room), name=name))
            return self._announced(caller, renamed, words_for_renamed(caller, renamed.room), ())

        return self._carry_out(room, change)

    # --- Members -----------------------------------------------------------------------------

    def add(
        self, caller: Caller, room: Room, user_ids: Sequence[UserId], role: MemberRole | None
    ) -> Remade:
        """Add people, 40 a change; those who are members already get the role, if one is named.

        One system message, with the last change, names everybody who is new. Where a change
        fails, those before it stay (`Remade.ended_by`); a repeat of the command does the rest.
        Counting the rooms of those who are new costs a query each besides.

        Raises:
            Conflict: The group would be too large, somebody has as many rooms as allowed, or
                nobody would own it any more.
        """
        _require_group(room)
        roster = self._roster(room)
        self._require_right(caller, roster)
        refuse_managers(user_ids)
        wanted = dict.fromkeys(user_ids)
        new = [user_id for user_id in wanted if user_id not in roster.members]
        self._require_size(caller, len(roster.members) + len(new), new)
        most = self.policies.of(caller).rooms_per_user
        require_places(self.rooms, room.tenant_id, new, room.room_id, most)
        # Those who are new come last, so that the last change has somebody to announce.
        due = sorted(wanted, key=lambda user_id: user_id not in roster.members)
        return self._in_parts(
            room,
            [
                self._adding(caller, chunk, role, new if chunk[-1] == due[-1] else ())
                for chunk in _chunks(due)
            ],
        )

    def _adding(
        self,
        caller: Caller,
        user_ids: Sequence[UserId],
        role: MemberRole | None,
        announced: Sequence[UserId],
    ) -> Change:
        def change(roster: Roster, again: bool) -> Revision | None:
            self._require_right(caller, roster)
            members = roster.members
            added = {u: role or MemberRole.MEMBER for u in user_ids if u not in members}
            roles = {u: role for u in user_ids if role and members.get(u, role) is not role}
            if not added and not roles:
                return None
            revision = Revision(_next(roster.room), added=added, roles=roles)
            self._require_size(caller, len(members) + len(added), added)
            revision = _counted(roster, revision)
            if not added or not announced:
                return replace(revision, end=self._end(revision.room))
            words = words_for_added(caller, self._names(revision.room, announced))
            return self._announced(caller, revision, words, announced)

        return change

    def remove(self, caller: Caller, room: Room, user_id: UserId) -> Remade:
        """Take somebody out of a group, or let the caller leave it.

        Raises:
            NotFound: There is no such member.
            Conflict: The others would be left without an owner.
        """
        _require_group(room)

        def change(roster: Roster, again: bool) -> Revision | None:
            if user_id not in roster.members and again:
                return None
            if user_id != caller.user_id:
                self._require_right(caller, roster)
            if user_id not in roster.members:
                raise NotFound("user")
            revision = _counted(roster, Revision(_next(roster.room), removed=(user_id,)))
            words = self._words_for_gone(caller, room, user_id)
            return self._announced(caller, revision, words, [user_id])

        return self._carry_out(room, change)

    def _words_for_gone(self, caller: Caller, room: Room, user_id: UserId) -> str:
        if user_id == caller.user_id:
            return words_for_left(caller)
        return words_for_removed(caller, self._names(room, [user_id])[0])

    # --- Rules -------------------------------------------------------------------------------

    def _require_right(self, caller: Caller, roster: Roster) -> None:
        role = self._role(caller, roster)
        if role is None:
            raise NotFound("room")
        if not may_manage_room(caller, role, roster.room):
            raise Forbidden("not an owner")

    def _role(self, caller: Caller, roster: Roster) -> MemberRole | None:
        if not roster.room.is_open:
            return roster.members.get(caller.user_id)
        mine = self.rooms.membership(caller.tenant_id, caller.user_id, roster.room.room_id)
        return mine.role if mine else MemberRole.MEMBER

    def _require_size(self, caller: Caller, size: int, new: Collection[UserId]) -> None:
        if new and size > self.policies.of(caller).group_members_max:
            raise Conflict("group full")

    # --- Parts -------------------------------------------------------------------------------

    def _in_parts(self, room: Room, changes: Sequence[Change]) -> Remade:
        """Carry out changes one after another, up to one that fails after others were made."""
        remade = self._carry_out(room, changes[0])
        for change in changes[1:]:
            try:
                part = self._carry_out(room, change)
            except ParleyError as exc:
                return replace(remade, ended_by=exc)
            remade = replace(part, changed=part.changed or remade.changed)
        return remade

    def _carry_out(self, room: Room, change: Change) -> Remade:
        seen: list[Roster] = []

        def plan() -> Revision | None:
            roster = self._roster(room)
            seen.append(roster)
            return change(roster, len(seen) > 1)

        applied = self.revisions.apply(plan)
        if applied is None:
            # Found done after an attempt whose answer was lost: the others do not know yet.
            return Remade(seen[-1], None, changed=len(seen) > 1)
        after = roster_after(seen[-1], applied.revision)
        return Remade(after, applied.revised.announcement, changed=True)

    def _roster(self, room: Room) -> Roster:
        roster = self.rooms.roster(room.tenant_id, room.room_id)
        if roster is None:
            raise NotFound("room")
        return roster

    def _announced(
        self, caller: Caller, revision: Revision, words: str, concerned: Sequence[UserId]
    ) -> Revision:
        room = revision.room
        draft = announcement(caller, room, words, concerned, self.clock.now())
        kept_days = self.policies.of_tenant(room.tenant_id).retention_days
        draft = replace(draft, kept_days=kept_days)
        return replace(revision, announcement=draft, end=self._end(room))

    def _end(self, room: Room) -> int:
        return self.messages.head(room.tenant_id, room.room_id).last_seq

    def _names(self, room: Room, user_ids: Sequence[UserId]) -> list[str]:
        named = user_ids[:2]
        profiles = self.users.profiles(room.tenant_id, named)
        names = [(u, profiles[u].name if u in profiles else None) for u in named]
        return [name or user_id for user_id, name in names] + list(user_ids[2:])


def _chunks(user_ids: Sequence[UserId]) -> list[Sequence[UserId]]:
    starts = range(0, len(user_ids), MEMBERS_A_CHANGE)
    return [user_ids[start : start + MEMBERS_A_CHANGE] for start in starts]


def _next(room: Room) -> Room:
    return replace(room, rev=room.rev + 1)


def _counted(roster: Roster, revision: Revision) -> Revision:
    after = roster_after(roster, revision)
    if loses_its_owner(roster, after):
        raise Conflict("no owner left")
    return replace(revision, room=replace(revision.room, member_count=len(after.members)))


def _require_group(room: Room) -> None:
    # Who is in any other room follows from its id, or from people's tokens.
    if room.type is not RoomType.GROUP:
        raise Forbidden("not a group")
