"""Rooms as their members see them: the true end, the members, the caller's own side."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Head
from parley.domain.people import Caller
from parley.domain.rooms import MemberRole, Membership, Room, Roster
from parley.errors import NotFound
from parley.ports import RoomStore, UserStore
from parley.protocol.views import MemberView, RoomView
from parley.services.history import History
from parley.services.paging import fitting_views
from parley.services.pairs import Pairs
from parley.services.room_access import RoomAccess
from parley.services.views import MEMBERS_BYTES, member_views, my_room_view, room_view

MAX_SHOWN_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Showing:
    """Shows rooms to the people in them."""

    access: RoomAccess
    rooms: RoomStore
    users: UserStore
    history: History
    pairs: Pairs

    # --- One room ----------------------------------------------------------------------------

    def to_caller(self, caller: Caller, roster: Roster, head_seq: int | None) -> RoomView:
        """Show a room that the caller is in as the caller sees it.

        Args:
            caller: Who looks; an open room that is new to them begins here.
            roster: The room as it was entered.
            head_seq: What is believed to be its end, or None.
        """
        mine = self._side(caller, roster.room)
        return of_member(mine, self.to_all(roster, head_seq, viewer=caller.user_id))

    def with_side(self, caller: Caller, room: Room, view: RoomView) -> RoomView:
        """Add the caller's own side to what everybody is shown of a room."""
        return of_member(self._side(caller, room), view)

    def _side(self, caller: Caller, room: Room) -> Membership:
        mine = self.access.side(caller, room)
        if mine is None:
            raise NotFound("room")
        return mine

    def to_all(
        self, roster: Roster, head_seq: int | None, viewer: UserId | None = None
    ) -> RoomView:
        """Show a room without anybody's own side, as its events do."""
        room = roster.room
        # The roster may be an older one of the cache; of open rooms it does not know the count.
        stored = self.rooms.room(room.tenant_id, room.room_id) or room
        head = self.history.heads(room.tenant_id, {room.room_id: head_seq})[room.room_id]
        return room_view(stored, head, members=self._first_members(roster, viewer))

    def _first_members(self, roster: Roster, viewer: UserId | None) -> list[MemberView]:
        """Show the first hundred members, owners first; fewer where their names are very long."""
        room = roster.room
        members = list(roster.members.items())
        if room.is_open:
            page = self.rooms.member_page(room.tenant_id, room.room_id, None, MAX_SHOWN_MEMBERS)
            members = [(member.user_id, member.role) for member in page]
        members.sort(key=lambda each: (each[1] is not MemberRole.OWNER, each[0]))
        shown = members[:MAX_SHOWN_MEMBERS]
        return fitting_views(self.members(room, shown, viewer), MEMBERS_BYTES)

    def members(
        self,
        room: Room,
        members: Sequence[tuple[UserId, MemberRole]],
        viewer: UserId | None = None,
    ) -> list[MemberView]:
        """Show these members of a room, in the given order."""
        user_ids = [user_id for user_id, _ in members]
        cursors = self.rooms.cursors(room.tenant_id, room.room_id, user_ids)
        profiles = self.users.profiles(room.tenant_id, user_ids)
        return member_views(members, cursors, profiles, viewer)

    # --- Many rooms --------------------------------------------------------------------------

    def room_views(self, caller: Caller, memberships: Sequence[Membership]) -> list[RoomView]:
        """Show rooms from the caller's side, in the given order; direct ones with their members.

        Rooms whose creation was never finished are left out.
        """
        stored = self.stored(memberships)
        shown = [m for m in memberships if m.room_id in stored]
        heads: dict[RoomId, Head] = {}
        members: dict[RoomId, list[MemberView]] = {}
        for tenant_id, mine in by_tenant(shown).items():
            heads |= self.true_heads(tenant_id, mine)
            rooms = [stored[m.room_id] for m in mine]
            members |= self.pairs.members(caller, tenant_id, rooms, heads)
        return [
            room_view(
                stored[m.room_id],
                heads[m.room_id],
                members.get(m.room_id),
                my_room_view(m, heads[m.room_id].last_seq),
            )
            for m in shown
        ]

    def stored(self, memberships: Iterable[Membership]) -> dict[RoomId, Room]:
        """Return those of these rooms that exist; a creation that was killed leaves none."""
        return self.rooms.rooms([(m.tenant_id, m.room_id) for m in memberships])

    def true_heads(
        self, tenant_id: TenantId, memberships: Iterable[Membership]
    ) -> dict[RoomId, Head]:
        """Return where rooms of one tenant end, whatever the cache believes."""
        believed = self.history.cached_heads(tenant_id, [m.room_id for m in memberships])
        hints = {room_id: head.last_seq for room_id, head in believed.items()}
        return self.history.heads(tenant_id, hints)


def of_member(mine: Membership, view: RoomView) -> RoomView:
    """Add a member's own side to what everybody is shown of a room."""
    return view.model_copy(update={"me": my_room_view(mine, view.last_seq)})


def by_tenant(memberships: Iterable[Membership]) -> dict[TenantId, list[Membership]]:
    """Group memberships by the tenant of their rooms; it differs only in manage scope."""
    grouped: defaultdict[TenantId, list[Membership]] = defaultdict(list)
    for membership in memberships:
        grouped[membership.tenant_id].append(membership)
    return grouped
