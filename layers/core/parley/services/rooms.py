"""Rooms: creating and changing them, who is in them, listing them (SPEC §4).

A request is counted, the room entered, the work done elsewhere, and told to whom it concerns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import UserId
from parley.domain.people import Caller, Connection
from parley.domain.presence import Target
from parley.domain.rooms import MemberRole, Room, Roster
from parley.errors import InvalidInput, NotFound
from parley.ports import RoomStore
from parley.protocol.commands import (
    AddMember,
    CreateRoom,
    ListRooms,
    MuteRoom,
    OneRoom,
    RemoveMember,
    UpdateRoom,
)
from parley.protocol.rest import MembersReply, UnreadReply
from parley.protocol.views import RoomListReply, RoomRemoved, RoomView
from parley.services import change_log
from parley.services.cursors import Cursors
from parley.services.delivery import Delivery, Sending
from parley.services.entered import Entered
from parley.services.outcomes import once_stored
from parley.services.policies import Policies
from parley.services.reach import NO_CONNECTION, devices
from parley.services.room_access import RoomAccess
from parley.services.room_creation import RoomCreation, accepted_name
from parley.services.room_lists import RoomLists
from parley.services.room_revisions import Remade, RoomRevisions
from parley.services.showing import Showing, of_member
from parley.services.views import message_view

MEMBERS_LISTING = "room.members"


@dataclass(frozen=True, slots=True)
class Rooms:
    """What people may ask about rooms."""

    access: RoomAccess
    rooms: RoomStore
    creation: RoomCreation
    revisions: RoomRevisions
    showing: Showing
    lists: RoomLists
    delivery: Delivery
    policies: Policies
    cursors: Cursors

    # --- Rooms -------------------------------------------------------------------------------

    def create(self, connection: Connection, command: CreateRoom) -> RoomView:
        """Make a room, or return the one that this command made before."""
        caller = connection.caller
        self.access.count(connection, self.policies.of(caller).request)
        roster = self.creation.roster(caller, command)
        self.creation.require_place(caller, roster)
        room = self.rooms.create(roster)
        observability.info(
            "room_created",
            tenant_id=room.tenant_id,
            user_id=caller.user_id,
            room_id=room.room_id,
            type=room.type,
        )
        is_new = room == roster.room
        with once_stored(stored=is_new):
            if not is_new:
                entered = self.access.enter(connection, room.room_id, targets_up_to=0)
                return self.showing.to_caller(caller, entered.roster, entered.head_seq)
            change_log.note_made(self.access.cache, room, roster.members)
            first = Roster(room, {}) if room.is_open else roster
            view = self.showing.to_all(first, head_seq=0)
            others = self.access.observe(first).reach(connection.connection_id)
            self.delivery.spread_and_wait(others, "room:updated", view)
            return self.showing.with_side(caller, room, view)

    def get(self, connection: Connection, command: OneRoom) -> RoomView:
        """Return a room with up to 100 of its members."""
        entered = self._look_into(connection, command.room_id)
        return self.showing.to_caller(connection.caller, entered.roster, entered.head_seq)

    def list_rooms(self, connection: Connection, command: ListRooms) -> RoomListReply:
        """Return the caller's rooms, newest activity first; ends early at 30 KB."""
        self.access.count(connection, self.policies.of(connection.caller).request)
        return self.lists.page(connection.caller, command)

    def unread(self, connection: Connection) -> UnreadReply:
        """Return how much the caller has not read, by room and by person."""
        self.access.count(connection, self.policies.of(connection.caller).request)
        return self.lists.unread(connection.caller)

    def update(self, connection: Connection, command: UpdateRoom) -> RoomView:
        """Give a room another name; without one it has none any more."""
        name = None if command.name is None else accepted_name(command.name)
        entered = self._look_into(connection, command.room_id)
        # The system message moves the cursor of who speaks it, who may not have seen the room yet.
        self.access.side(connection.caller, entered.room)
        remade = self.revisions.rename(connection.caller, entered.room, name)
        return self._answer(connection, entered, remade, "room_renamed")

    def mute(self, connection: Connection, command: MuteRoom) -> RoomView:
        """Mute a room for the caller, or not; their other connections hear that it changed."""
        entered = self._look_into(connection, command.room_id)
        caller, room = connection.caller, entered.room
        mine = self.access.side(caller, room)
        if mine is None:
            raise NotFound("room")
        view = self.showing.to_all(entered.roster, entered.head_seq)
        if mine.muted is not command.muted:
            home, user_id = caller.tenant_id, caller.user_id
            mine = self.rooms.mute(home, user_id, room.room_id, muted=command.muted)
            own = self._devices(room, user_id, connection)
            self.delivery.send(own, "room:updated", view)
        return of_member(mine, view)

    # --- Members -----------------------------------------------------------------------------

    def members(
        self, connection: Connection, room_id: str, cursor: str | None, limit: int
    ) -> MembersReply:
        """Return a page of a room's members; of an open room those who have seen it."""
        entered = self._look_into(connection, room_id)
        caller, room = connection.caller, entered.room
        after = None
        if cursor is not None:
            of, after = self.cursors.open(caller, MEMBERS_LISTING, cursor, str, str)
            if of != room.room_id:
                raise InvalidInput.at("data.cursor", "is not a cursor")
        place = None if after is None else UserId(str(after))
        page = self.rooms.member_page(room.tenant_id, room.room_id, place, limit + 1)
        shown = [(member.user_id, member.role) for member in page[:limit]]
        following = None
        if len(page) > limit:
            following = self.cursors.seal(caller, MEMBERS_LISTING, room.room_id, shown[-1][0])
        views = self.showing.members(room, shown, caller.user_id)
        return MembersReply(members=views, cursor=following)

    def add_member(self, connection: Connection, command: AddMember) -> RoomView:
        """Add somebody to a group, or give a member another role."""
        return self.add_members(connection, command.room_id, [command.user_id], command.role)

    def add_members(
        self, connection: Connection, room_id: str, user_ids: Sequence[str], role: str | None
    ) -> RoomView:
        """Add up to 200 people to a group; those who are members get the role, if one is named."""
        entered = self._look_into(connection, room_id)
        people = [UserId(user_id) for user_id in user_ids]
        named = None if role is None else MemberRole(role)
        remade = self.revisions.add(connection.caller, entered.room, people, named)
        return self._answer(connection, entered, remade, "members_added")

    def leave(self, connection: Connection, command: OneRoom) -> RoomView:
        """Leave a group; an owner must hand over before, unless nobody else is in it."""
        return self._remove(connection, command.room_id, connection.caller.user_id)

    def remove_member(self, connection: Connection, command: RemoveMember) -> RoomView:
        """Take somebody out of a group; they hear nothing of it from the reply on."""
        return self._remove(connection, command.room_id, UserId(command.user_id))

    def _remove(self, connection: Connection, room_id: str, user_id: UserId) -> RoomView:
        entered = self._look_into(connection, room_id)
        remade = self.revisions.remove(connection.caller, entered.room, user_id)
        return self._answer(connection, entered, remade, "member_removed", user_id)

    # --- Parts -------------------------------------------------------------------------------

    def _look_into(self, connection: Connection, room_id: str) -> Entered:
        """Enter a room whose members hear nothing of it, or are found only after a change."""
        limit = self.policies.of(connection.caller).request
        return self.access.enter(connection, room_id, limit, targets_up_to=0)

    def _answer(
        self,
        connection: Connection,
        before: Entered,
        remade: Remade,
        done: str,
        removed: UserId | None = None,
    ) -> RoomView:
        """Tell everybody whom a change concerns, and return the room as the caller sees it."""
        caller, said = connection.caller, remade.announcement
        head_seq = said.seq if said else before.head_seq
        with once_stored(stored=remade.changed):
            if remade.changed:
                _log_changed(done, caller, remade)
                view = self._tell(connection, before, remade, head_seq, removed)
            else:
                view = self.showing.to_all(remade.roster, head_seq)
            if remade.ended_by is not None:
                raise remade.ended_by
            if removed == caller.user_id:
                return view
            return self.showing.with_side(caller, before.room, view)

    def _tell(
        self,
        connection: Connection,
        before: Entered,
        remade: Remade,
        head_seq: int | None,
        removed: UserId | None,
    ) -> RoomView:
        """Push what a change brings, each event though another cannot be made."""
        own, room_id = connection.connection_id, remade.roster.room.room_id
        now = self.access.observe(remade.roster)
        sendings: list[Sending] = []
        try:
            view = self.showing.to_all(remade.roster, head_seq)
            sendings.append(self.delivery.spread(now.reach(own), "room:updated", view))
        finally:
            if remade.announcement is not None:
                # Also to whom is answered: the reply does not hold it.
                said = message_view(remade.announcement)
                everybody = now.reach(NO_CONNECTION)
                sendings.append(self.delivery.spread(everybody, "message:new", said))
            if removed is not None:
                gone = self._devices(before.room, removed, connection)
                notice = RoomRemoved(room_id=room_id)
                sendings.append(self.delivery.start(gone, "room:removed", notice))
            self.delivery.finish(*sendings)
        return view

    def _devices(self, room: Room, user_id: UserId, but: Connection) -> list[Target]:
        """Return somebody's connections but one."""
        found = devices(self.access.presence, room.tenant_id, user_id)
        return [target for target in found if target.connection_id != but.connection_id]


def _log_changed(done: str, actor: Caller, remade: Remade) -> None:
    """Log a change with who made it, and how many came or went.

    Not who: anything can be written where an id of somebody is asked for.
    """
    room, said = remade.roster.room, remade.announcement
    count = 0 if said is None else len(said.mentions)
    observability.info(
        done,
        tenant_id=room.tenant_id,
        user_id=actor.user_id,
        room_id=room.room_id,
        rev=room.rev,
        count=count,
    )
