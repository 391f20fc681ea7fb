"""Rooms: creating and changing them, who is in them, listing them (SPEC §4).

A request is counted, the room entered, the work done elsewhere, and told to whom it concerns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import RoomId, UserId
from parley.domain.people import Connection
from parley.domain.presence import Target
from parley.domain.rooms import MemberRole
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
from parley.services.addressing import require_place
from parley.services.cursors import Cursors
from parley.services.delivery import Delivery
from parley.services.policies import Policies
from parley.services.room_access import Entered, RoomAccess
from parley.services.room_creation import RoomCreation, accepted_name
from parley.services.room_lists import RoomLists
from parley.services.room_revisions import Remade, RoomRevisions
from parley.services.showing import Showing
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
        policy = self.policies.of(caller)
        self.access.count(connection, policy.request)
        roster = self.creation.roster(caller, command)
        require_place(self.rooms, caller, roster.room.room_id, policy.rooms_per_user)
        created = self.rooms.create(roster)
        entered = self.access.enter(connection, created.room_id)
        view = self.showing.to_all(entered.roster, entered.head_seq)
        if created == roster.room:
            others = entered.others(connection.connection_id)
            self.delivery.send(others, "room:updated", view)
        observability.info(
            "room_created", tenant_id=created.tenant_id, room_id=created.room_id, type=created.type
        )
        return self.showing.with_side(caller, created, view)

    def get(self, connection: Connection, command: OneRoom) -> RoomView:
        """Return a room with up to 100 of its members."""
        entered = self._enter(connection, command.room_id)
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
        entered = self._enter(connection, command.room_id)
        # The system message moves the cursor of who speaks it, who may not have seen the room yet.
        self.access.side(connection.caller, entered.room)
        remade = self.revisions.rename(connection.caller, entered.room, name)
        view = self._tell(connection, entered, remade, "room_renamed")
        return self.showing.with_side(connection.caller, entered.room, view)

    def mute(self, connection: Connection, command: MuteRoom) -> RoomView:
        """Mute a room for the caller, or not; their other connections hear that it changed."""
        entered = self._enter(connection, command.room_id)
        caller, room = connection.caller, entered.room
        mine = self.access.side(caller, room)
        if mine is None:
            raise NotFound("room")
        view = self.showing.to_all(entered.roster, entered.head_seq)
        if mine.muted is not command.muted:
            self.rooms.mute(caller.tenant_id, caller.user_id, room.room_id, muted=command.muted)
            own = _of_person(entered.others(connection.connection_id), caller.user_id)
            self.delivery.send(own, "room:updated", view)
        return self.showing.with_side(caller, room, view)

    # --- Members -----------------------------------------------------------------------------

    def members(
        self, connection: Connection, room_id: str, cursor: str | None, limit: int
    ) -> MembersReply:
        """Return a page of a room's members; of an open room those who have seen it."""
        entered = self._enter(connection, room_id)
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
        entered = self._enter(connection, room_id)
        people = [UserId(user_id) for user_id in user_ids]
        named = None if role is None else MemberRole(role)
        remade = self.revisions.add(connection.caller, entered.room, people, named)
        view = self._tell(connection, entered, remade, "members_added")
        return self.showing.with_side(connection.caller, entered.room, view)

    def leave(self, connection: Connection, command: OneRoom) -> RoomView:
        """Leave a group; an owner must hand over before, unless nobody else is in it."""
        return self._remove(connection, command.room_id, connection.caller.user_id)

    def remove_member(self, connection: Connection, command: RemoveMember) -> RoomView:
        """Take somebody out of a group; they hear nothing of it from the reply on."""
        return self._remove(connection, command.room_id, UserId(command.user_id))

    def _remove(self, connection: Connection, room_id: str, user_id: UserId) -> RoomView:
        entered = self._enter(connection, room_id)
        remade = self.revisions.remove(connection.caller, entered.room, user_id)
        view = self._tell(connection, entered, remade, "member_removed", user_id)
        if user_id == connection.caller.user_id:
            return view
        return self.showing.with_side(connection.caller, entered.room, view)

    # --- Parts -------------------------------------------------------------------------------

    def _enter(self, connection: Connection, room_id: str) -> Entered:
        limit = self.policies.of(connection.caller).request
        return self.access.enter(connection, room_id, limit)

    def _tell(
        self,
        connection: Connection,
        before: Entered,
        remade: Remade,
        done: str,
        removed: UserId | None = None,
    ) -> RoomView:
        """Tell everybody whom a change concerns, and log it; return the room as all see it."""
        own, said = connection.connection_id, remade.announcement
        head_seq = said.seq if said else before.head_seq
        view = self.showing.to_all(remade.roster, head_seq)
        if not remade.changed:
            return view
        now = self.access.observe(remade.roster)
        sendings = [self.delivery.start(now.others(own), "room:updated", view)]
        if said is not None:
            # Also to whom is answered: the reply does not hold it.
            sendings.append(self.delivery.start(now.targets, "message:new", message_view(said)))
        if removed is not None:
            gone = _of_person(before.others(own), removed)
            notice = RoomRemoved(room_id=view.room_id)
            sendings.append(self.delivery.start(gone, "room:removed", notice))
        self.delivery.finish(*sendings)
        observability.info(
            done, tenant_id=view.tenant_id, room_id=RoomId(view.room_id), rev=view.rev
        )
        return view


def _of_person(targets: Sequence[Target], user_id: UserId) -> list[Target]:
    return [target for target in targets if target.user_id == user_id]
