"""Lists over all of a person's rooms: by activity, and by what is unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parley.domain.ids import RoomId
from parley.domain.messages import Head
from parley.domain.people import Caller
from parley.domain.rooms import Membership, unread
from parley.protocol.commands import ListRooms
from parley.protocol.rest import UnreadReply
from parley.protocol.views import RoomListReply
from parley.services.cursors import Cursors
from parley.services.history import History
from parley.services.paging import fitting_views
from parley.services.room_access import RoomAccess
from parley.services.showing import Showing, by_tenant
from parley.services.views import PAGE_BYTES, activity

LISTING = "room.list"


@dataclass(frozen=True, slots=True)
class Place:
    """A room's place in a list: newest activity first, then by id."""

    membership: Membership
    active_at: datetime

    @property
    def key(self) -> tuple[int, str]:
        """Return what sorts rooms, and what a cursor holds."""
        return -int(self.active_at.timestamp() * 1000), self.membership.room_id


@dataclass(frozen=True, slots=True)
class RoomLists:
    """Lists the caller's rooms."""

    access: RoomAccess
    history: History
    showing: Showing
    cursors: Cursors

    def page(self, caller: Caller, command: ListRooms) -> RoomListReply:
        """Return the caller's rooms, newest activity first; ends early at 30 KB."""
        places = self._by_activity(self.access.mine(caller).memberships)
        if command.cursor:
            moment, room_id = self.cursors.open(caller, LISTING, command.cursor, int, str)
            places = [place for place in places if place.key > (moment, room_id)]
        page = places[: command.limit]
        views = self.showing.room_views(caller, [place.membership for place in page])
        kept = fitting_views(views, PAGE_BYTES)
        if len(kept) < len(views):
            page = [place for place in page if place.membership.room_id == kept[-1].room_id]
        elif len(page) == len(places):
            return RoomListReply(rooms=kept, cursor=None)
        cursor = self.cursors.seal(caller, LISTING, *page[-1].key)
        return RoomListReply(rooms=kept, cursor=cursor)

    def _by_activity(self, memberships: Sequence[Membership]) -> list[Place]:
        places = []
        for tenant_id, mine in by_tenant(memberships).items():
            heads = self.history.cached_heads(tenant_id, [m.room_id for m in mine])
            places += [Place(m, activity(m, heads[m.room_id])) for m in mine]
        return sorted(places, key=lambda place: place.key)

    def unread(self, caller: Caller) -> UnreadReply:
        """Return how much the caller has not read: by room, and by person for direct rooms.

        In manage scope people of the same id in several tenants count together.
        """
        memberships = self.access.mine(caller).memberships
        heads: dict[RoomId, Head] = {}
        for tenant_id, mine in by_tenant(memberships).items():
            heads |= self.showing.true_heads(tenant_id, mine)
        counts = {m.room_id: unread(m.cursor, heads[m.room_id].last_seq) for m in memberships}
        behind = [m for m in memberships if counts[m.room_id] > 0]
        rooms = self.showing.stored(behind)
        by_sender: dict[str, int] = {}
        for room_id, room in rooms.items():
            peer = self.showing.pairs.peer(caller, room, heads[room_id])
            if peer is not None:
                by_sender[peer] = by_sender.get(peer, 0) + counts[room_id]
        by_room = {str(room_id): counts[room_id] for room_id in rooms}
        return UnreadReply(unread=by_room, by_sender=by_sender)
