"""Catching up: one operation, repeated while it has a cursor, brings all that was missed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from parley import observability
from parley.domain.people import Caller, Connection
from parley.domain.rooms import Membership
from parley.errors import CacheUnavailable, InvalidInput
from parley.ports import Clock, RoomCache
from parley.protocol import frames
from parley.protocol.commands import RoomCursor, StartSync
from parley.protocol.views import RoomChanges, RoomDropped, RoomView, SyncReply, SyncRoomView
from parley.services import recovery_log
from parley.services.changes import Changes
from parley.services.cursors import Cursors
from parley.services.missed import Missed, MissedMessages, Reached
from parley.services.people import page_of_people
from parley.services.policies import Policies
from parley.services.presence import Presence
from parley.services.room_access import RoomAccess
from parley.services.showing import Showing
from parley.services.sync_pages import CHANGES_BYTES, PLACE_KINDS, Page, Place
from parley.services.views import me_view

# Rooms looked up together; a page of 30 KB rarely holds more.
CHUNK_ROOMS = 40
LISTING = "sync.start"
# The epoch of a sync that could not tell everything: it differs from any real one, and from that of
# a heartbeat which cannot tell, so that whichever heartbeat comes next makes clients sync again.
UNKNOWN_EPOCH = "unknown"


@dataclass(frozen=True, slots=True)
class Sync:
    """Brings a client up to date: rooms in order of id, then people."""

    access: RoomAccess
    cache: RoomCache
    shown: Showing
    missed: MissedMessages
    presence: Presence
    changed: Changes
    clock: Clock
    policies: Policies
    cursors: Cursors
    heartbeat_interval_s: int

    def start(self, connection: Connection, command: StartSync) -> SyncReply:
        """Return a page of what changed since the client's cursors.

        The epoch is taken before anything is read, so that what is lost in between is noticed.
        """
        self.access.count(connection, self.policies.of(connection.caller).request)
        recovery_log.sync_asked(connection, command, self.clock.now())
        caller = connection.caller
        asked = _digest(command.rooms)
        place = self._place(caller, command.cursor, asked)
        page = Page()
        following: Place | None = place
        if place.users_after is None:
            held = self.access.held(caller)
            if command.cursor is None:
                place = self._known(caller, held, place)
            following = self._rooms(caller, held, command.rooms, place, page)
        if following is not None and following.users_after is not None:
            following = self._people(caller, following.users_after, page)
        recovery_log.caught_up(connection, page.changes)
        return SyncReply(
            me=me_view(caller),
            rooms=page.rooms,
            changes=page.changes,
            users=page.users,
            server_time=self.clock.now(),
            heartbeat_interval=self.heartbeat_interval_s,
            epoch=place.epoch if page.users_known else UNKNOWN_EPOCH,
            presence=self.presence.presence_mode(caller.tenant_id),
            cursor=self._cursor(caller, following, place.epoch, asked),
        )

    def _place(self, caller: Caller, cursor: str | None, asked: str) -> Place:
        if cursor is None:
            return Place(epoch=self._epoch(caller))
        *parts, of = self.cursors.open(caller, LISTING, cursor, *PLACE_KINDS, str)
        if of != asked:
            # What a client has of a room that it names no more would be taken for nothing.
            raise InvalidInput.at("data.rooms", "must name the rooms of the first page")
        return Place.of_parts(parts)

    def _cursor(
        self, caller: Caller, following: Place | None, epoch: str, asked: str
    ) -> str | None:
        if following is None:
            return None
        parts = replace(following, epoch=epoch).parts()
        return self.cursors.seal(caller, LISTING, *parts, asked)

    def _epoch(self, caller: Caller) -> str:
        try:
            return self.cache.epoch(caller.tenant_id)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return UNKNOWN_EPOCH

    def _known(self, caller: Caller, held: Sequence[Membership], place: Place) -> Place:
        """Let heartbeats know the caller's rooms; where they cannot, they make the client sync."""
        try:
            self.changed.know_rooms(caller, held)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return replace(place, epoch=UNKNOWN_EPOCH)
        return place

    def _people(self, caller: Caller, after: tuple[str, str], page: Page) -> Place | None:
        try:
            here = self.presence.here(caller, after)
            page.users, rest = page_of_people(here, page.left, after)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            page.users_known = False
            return None
        return Place(users_after=rest) if rest else None

    # --- Rooms -------------------------------------------------------------------------------

    def _rooms(
        self,
        caller: Caller,
        held: Sequence[Membership],
        cursors: Mapping[str, RoomCursor],
        place: Place,
        page: Page,
    ) -> Place:
        """Fill the page with rooms, in order of id; return where the next page begins.

        A page ends where open rooms begin that the caller is yet to see: each page brings some.
        """
        seen = self.access.mine(caller, held)
        mine = {str(membership.room_id): membership for membership in seen.memberships}
        due = [room_id for room_id in sorted(mine.keys() | cursors.keys()) if place.leaves(room_id)]
        if seen.until is not None:
            due = [room_id for room_id in due if room_id <= seen.until]
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
        return place if seen.until is not None else Place(users_after=("", ""))

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
        if room_id == place.room_id and place.reached is not None:
            missed = self._missed(view, place.reached, page.left)
            if missed.is_cut:
                return self._anew(view, place, page, reset=True)
            return self._changes(view, missed, page)
        if known is None or _is_beyond(known, view):
            return self._anew(view, place, page, reset=known is not None)
        shown = SyncRoomView(**dict(view))
        if not page.fits(shown):
            return place
        left = page.left - frames.size_bytes(shown)
        missed = self._missed(view, Reached(known.seq, known.rev), left)
        if missed.is_cut:
            return self._anew(view, place, page, reset=True)
        page.add_room(shown)
        return self._changes(view, missed, page)

    def _anew(self, view: RoomView, place: Place, page: Page, *, reset: bool) -> Place | None:
        """Show a room to a client that has nothing of it, or is to drop what it has.

        It reads as much of the history as it shows.
        """
        shown = SyncRoomView(**dict(view), reset=reset)
        if not page.fits(shown):
            return place
        page.add_room(shown)
        return None

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

    def _missed(self, view: RoomView, since: Reached, left: int) -> Missed:
        if since.seq >= view.last_seq and since.rev >= view.rev:
            return Missed([], since, has_more=False)
        return self.missed.of(view, since, left - CHANGES_BYTES)

    def _changes(self, view: RoomView, missed: Missed, page: Page) -> Place | None:
        if missed.messages:
            page.add_changes(
                RoomChanges(
                    room_id=view.room_id, messages=missed.messages, has_more=missed.has_more
                )
            )
        return Place(view.room_id, missed.reached) if missed.has_more else None


def _digest(cursors: Mapping[str, RoomCursor]) -> str:
    return hashlib.sha256(json.dumps(sorted(cursors)).encode()).hexdigest()[:16]


def _is_beyond(known: RoomCursor, view: RoomView) -> bool:
    return known.seq > view.last_seq or known.rev > view.rev
