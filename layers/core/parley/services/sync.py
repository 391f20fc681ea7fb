"""Catching up: one operation, repeated while it has a cursor, brings all that was missed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from parley import observability
from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Caller, Connection
from parley.errors import CacheUnavailable, InvalidInput
from parley.ports import Clock, MessageStore, RoomCache, RoomStore
from parley.protocol import frames
from parley.protocol.commands import RoomCursor, StartSync
from parley.protocol.fields import Wire
from parley.protocol.views import (
    PersonView,
    RoomChanges,
    RoomDropped,
    RoomView,
    SyncReply,
    SyncRoomView,
)
from parley.services.changes import NO_EPOCH, Changes
from parley.services.cursors import decode_cursor, encode_cursor
from parley.services.history import fitting
from parley.services.people import page_of_people
from parley.services.policies import Policies
from parley.services.presence import Presence
from parley.services.room_access import RoomAccess
from parley.services.rooms import Rooms
from parley.services.views import PAGE_BYTES, me_view

# Rooms looked up together; a page of 30 KB rarely holds more.
CHUNK_ROOMS = 40
MESSAGES_A_READ = 100
# What the fixed fields of the reply take, at most: ids and names of 128 characters, a cursor.
FIXED_BYTES = 4_096
# What a room's entry in `changes` takes beside its messages.
CHANGES_BYTES = 256
MAX_CURSOR_PART = 64
DONE = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page of a sync begins.

    Attributes:
        room_id: Rooms up to this one are done; the named one too, but for ``after_seq``.
        after_seq: Go on with messages of ``room_id`` after this ``seq``; `DONE` when it is done.
        users_after: Set once all rooms are done: people after this (tenant, user).
        epoch: That of the first page, for all of them: what was lost after it is noticed.
    """

    room_id: str = ""
    after_seq: int = DONE
    users_after: tuple[str, str] | None = None
    epoch: str = NO_EPOCH

    def encode(self) -> str:
        """Write the place as a cursor."""
        tenant_id, user_id = self.users_after or ("", "")
        phase = int(self.users_after is not None)
        return encode_cursor(phase, self.room_id, self.after_seq, tenant_id, user_id, self.epoch)

    def leaves(self, room_id: str) -> bool:
        """Tell whether this room is still to be done, or to be gone on with."""
        return room_id > self.room_id or (room_id == self.room_id and self.after_seq > DONE)

    @classmethod
    def decode(cls, cursor: str) -> "Place":
        """Read a cursor."""
        phase, room_id, after_seq, tenant_id, user_id, epoch = decode_cursor(
            cursor, int, str, int, str, str, str
        )
        if len(str(room_id)) > MAX_CURSOR_PART or len(str(epoch)) > MAX_CURSOR_PART:
            raise InvalidInput.at("data.cursor", "is not a cursor")
        users_after = (str(tenant_id), str(user_id)) if phase else None
        return cls(str(room_id), int(after_seq), users_after, str(epoch))


@dataclass(slots=True)
class Page:
    """One reply being filled, below 30 KB."""

    left: int = PAGE_BYTES - FIXED_BYTES
    rooms: list[SyncRoomView | RoomDropped] = field(default_factory=list)
    changes: list[RoomChanges] = field(default_factory=list)
    users: list[PersonView] = field(default_factory=list)
    users_known: bool = True

    def fits(self, part: Wire) -> bool:
        """Tell whether this fits; an empty page takes anything, so that a sync always moves on."""
        return not (self.rooms or self.changes) or frames.size_bytes(part) < self.left

    def add_room(self, room: SyncRoomView | RoomDropped) -> None:
        """Add a room."""
        self.rooms.append(room)
        self.left -= frames.size_bytes(room) + 1

    def add_changes(self, changes: RoomChanges) -> None:
        """Add a room's messages."""
        self.changes.append(changes)
        self.left -= frames.size_bytes(changes) + 1


@dataclass(frozen=True, slots=True)
class Sync:
    """Brings a client up to date: rooms in order of id, then people."""

    access: RoomAccess
    rooms: RoomStore
    messages: MessageStore
    cache: RoomCache
    shown: Rooms
    presence: Presence
    changed: Changes
    clock: Clock
    policies: Policies
    heartbeat_interval_s: int

    def start(self, connection: Connection, command: StartSync) -> SyncReply:
        """Return a page of what changed since the client's cursors.

        The epoch is taken before anything is read, so that what is lost in between is noticed.
        """
        self.access.count(connection, self.policies.of(connection.caller).request)
        caller = connection.caller
        place = Place.decode(command.cursor) if command.cursor else Place(epoch=self._epoch(caller))
        epoch = place.epoch
        page = Page()
        following: Place | None = place
        if place.users_after is None:
            following = self._rooms(caller, command.rooms, place, page)
        if following is not None and following.users_after is not None:
            following = self._people(caller, following.users_after, page)
        return SyncReply(
            me=me_view(caller),
            rooms=page.rooms,
            changes=page.changes,
            users=page.users,
            server_time=self.clock.now(),
            heartbeat_interval=self.heartbeat_interval_s,
            epoch=epoch if page.users_known else NO_EPOCH,
            presence="all",
            cursor=replace(following, epoch=epoch).encode() if following else None,
        )

    def _epoch(self, caller: Caller) -> str:
        try:
            self.changed.know_rooms(caller)
            return self.cache.epoch(caller.tenant_id)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return NO_EPOCH

    def _people(self, caller: Caller, after: tuple[str, str], page: Page) -> Place | None:
        try:
            here = self.presence.here(caller)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            page.users_known = False
            return None
        page.users, rest = page_of_people(here, page.left, after)
        return Place(users_after=rest) if rest else None

    # --- Rooms -------------------------------------------------------------------------------

    def _rooms(
        self, caller: Caller, cursors: Mapping[str, RoomCursor], place: Place, page: Page
    ) -> Place:
        """Fill the page with rooms, in order of id; return where the next page begins."""
        memberships = self.rooms.memberships(caller.tenant_id, caller.user_id)
        mine = {str(membership.room_id): membership for membership in memberships}
        due = [room_id for room_id in sorted(mine.keys() | cursors.keys()) if place.leaves(room_id)]
        for start in range(0, len(due), CHUNK_ROOMS):
            chunk = due[start : start + CHUNK_ROOMS]
            held = [mine[room_id] for room_id in chunk if room_id in mine]
            views = {view.room_id: view for view in self.shown.room_views(caller, held)}
            for room_id in chunk:
                known, view = cursors.get(room_id), views.get(room_id)
                stopped = self._room(room_id, view, known, place, page)
                if stopped is not None:
                    return stopped
                place = Place(room_id)
        return Place(users_after=("", ""))

    def _room(
        self,
        room_id: str,
        view: RoomView | None,
        known: RoomCursor | None,
        place: Place,
        page: Page,
    ) -> Place | None:
        """Put one room into the page; return a place if the page ends before or within it."""
        if view is None:
            return self._dropped(room_id, known, place, page)
        reset = known is not None and known.seq > view.last_seq
        after = known.seq if known and not reset else view.last_seq
        if room_id == place.room_id:
            after = place.after_seq
        else:
            shown = SyncRoomView(**dict(view), reset=reset)
            if not page.fits(shown):
                return place
            page.add_room(shown)
        return None if after >= view.last_seq else self._messages(view, after, page)

    def _dropped(
        self, room_id: str, known: RoomCursor | None, place: Place, page: Page
    ) -> Place | None:
        # Ids that never were a room cannot be told from rooms that the caller was removed from.
        if known is None:
            return None
        dropped = RoomDropped(room_id=room_id)
        if not page.fits(dropped):
            return place
        page.add_room(dropped)
        return None

    def _messages(self, view: RoomView, after: int, page: Page) -> Place | None:
        found = self.messages.page(
            TenantId(view.tenant_id),
            RoomId(view.room_id),
            after=after,
            limit=MESSAGES_A_READ,
            newest=False,
        )
        views = fitting(found, page.left - CHANGES_BYTES, from_end=False)
        reached = views[-1].seq if views else after
        has_more = bool(found) and reached < view.last_seq
        if views:
            page.add_changes(RoomChanges(room_id=view.room_id, messages=views, has_more=has_more))
        return Place(view.room_id, reached) if has_more else None
