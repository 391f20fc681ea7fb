"""Direct rooms, in whose place people want to see the other person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Head
from parley.domain.people import Caller
from parley.domain.rooms import Cursor, MemberRole, Room, RoomType
from parley.ports import RoomStore, UserStore
from parley.protocol.views import MemberView
from parley.services.views import member_views


@dataclass(frozen=True, slots=True)
class Pairs:
    """Finds the two members of direct rooms with as few reads as there can be."""

    rooms: RoomStore
    users: UserStore

    def peer(self, caller: Caller, room: Room, head: Head) -> UserId | None:
        """Return the other one of a direct room; None for any other room, and for one just gone.

        Nothing is read unless the caller both made the room and spoke last in it.
        """
        if room.type is not RoomType.DIRECT:
            return None
        spoke = head.last_message.sender_id if head.last_message else room.created_by
        for user_id in (room.created_by, spoke):
            if user_id != caller.user_id:
                return user_id
        roster = self.rooms.roster(room.tenant_id, room.room_id)
        members = roster.members if roster else ()
        return next((user_id for user_id in members if user_id != caller.user_id), None)

    def members(
        self,
        caller: Caller,
        tenant_id: TenantId,
        rooms: Collection[Room],
        heads: Mapping[RoomId, Head],
    ) -> dict[RoomId, list[MemberView]]:
        """Show the two members of each direct room among these rooms of one tenant.

        Two requests for 50 of them, and two more for each whose other person is not to be seen
        from the room itself.
        """
        peers = {room.room_id: self.peer(caller, room, heads[room.room_id]) for room in rooms}
        both = {
            room_id: sorted((caller.user_id, peer))
            for room_id, peer in peers.items()
            if peer is not None
        }
        places = [(room_id, user_id) for room_id, pair in both.items() for user_id in pair]
        if not places:
            return {}
        cursors = self.rooms.cursors_in(tenant_id, places)
        profiles = self.users.profiles(tenant_id, {user_id for _, user_id in places})
        return {
            room_id: member_views(
                [(user_id, MemberRole.MEMBER) for user_id in pair],
                {user_id: cursors.get((room_id, user_id), Cursor()) for user_id in pair},
                profiles,
                caller.user_id,
            )
            for room_id, pair in both.items()
        }
