"""Which of a person's rooms changed: what makes a lost push be noticed (SPEC §5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import RoomId, is_sign, joined_id, left_id, newcomers_id
from parley.domain.messages import Head
from parley.domain.people import Caller
from parley.domain.rooms import Membership, Room
from parley.errors import ParleyError
from parley.ports import RoomCache, RoomStore
from parley.protocol.views import ChangedRoom
from parley.services.history import History
from parley.services.room_access import RoomAccess

# The epoch of a reply that cannot tell what changed: it differs from any real one, so that
# clients sync.
NO_EPOCH = "none"
MAX_CHANGED = 200
# Up to here a read of each room's two sides, in one request, is cheaper than a query of all.
FEW_ROOMS = 4


@dataclass(frozen=True, slots=True)
class Changes:
    """Finds changed rooms in the log that `relay` writes."""

    cache: RoomCache
    rooms: RoomStore
    history: History
    access: RoomAccess

    def since(self, caller: Caller, since: float) -> tuple[str, list[ChangedRoom]]:
        """Return the epoch, and the caller's rooms that changed since an epoch second.

        Never raises for a part that does not answer: the heartbeat that asks has moved the
        connection's place in the log already, so that nobody would look here again.
        """
        try:
            epoch, logged = self._logged(caller, since)
            room_ids = [room_id for room_id in logged if not is_sign(room_id)]
            if len(room_ids) > MAX_CHANGED or self._must_sync(caller, logged):
                return NO_EPOCH, []
            return epoch, self._changed(caller, room_ids)
        except ParleyError as exc:
            observability.warning("changes_unknown", cause=str(exc), tenant_id=caller.tenant_id)
            return NO_EPOCH, []

    def know_rooms(self, caller: Caller, memberships: Sequence[Membership]) -> None:
        """Tell the cache which rooms a user has, as just read, and what new ones may come."""
        room_ids = [membership.room_id for membership in memberships] + _signs(caller)
        self.cache.add_rooms(caller.tenant_id, caller.user_id, room_ids, complete=True)

    def _logged(self, caller: Caller, since: float) -> tuple[str, Sequence[RoomId]]:
        epoch, room_ids = self.cache.changed_since(caller.tenant_id, caller.user_id, since)
        if room_ids is None or joined_id(caller.user_id) in room_ids:
            # Of the rooms that were joined lately the cache may not know yet.
            self.know_rooms(caller, self.rooms.memberships(caller.tenant_id, caller.user_id))
            epoch, room_ids = self.cache.changed_since(caller.tenant_id, caller.user_id, since)
        # Lost again in between: there is nothing to go by.
        return (epoch, room_ids) if room_ids is not None else (NO_EPOCH, [])

    def _must_sync(self, caller: Caller, logged: Sequence[RoomId]) -> bool:
        """Tell whether there is something that `ChangedRoom` has no words for."""
        if left_id(caller.user_id) in logged:
            return True
        # Who has seen the new room since need not sync again.
        is_new = not set(_newcomers(caller)).isdisjoint(logged)
        return is_new and self.access.has_unseen(caller)

    def _changed(self, caller: Caller, room_ids: Sequence[RoomId]) -> list[ChangedRoom]:
        # The user's rooms in the cache only ever grow: the membership itself decides.
        sides = self._sides(caller, room_ids) if room_ids else []
        held = [(mine, room) for mine, room in sides if mine.holds_for(caller)]
        revs = {room.room_id: room.rev for _, room in held}
        heads = self._heads([mine for mine, _ in held])
        return [
            ChangedRoom(room_id=room_id, last_seq=head.last_seq, rev=revs[room_id])
            for room_id, head in heads.items()
        ]

    def _sides(
        self, caller: Caller, room_ids: Sequence[RoomId]
    ) -> Sequence[tuple[Membership, Room]]:
        if len(room_ids) <= FEW_ROOMS and not caller.manages:
            return self.rooms.sides(caller.tenant_id, caller.user_id, room_ids)
        wanted = set(room_ids)
        found = self.rooms.memberships(caller.tenant_id, caller.user_id)
        mine = [each for each in found if each.room_id in wanted]
        rooms = self.rooms.rooms([(each.tenant_id, each.room_id) for each in mine]) if mine else {}
        return [(each, rooms[each.room_id]) for each in mine if each.room_id in rooms]

    def _heads(self, memberships: Sequence[Membership]) -> dict[RoomId, Head]:
        heads: dict[RoomId, Head] = {}
        for tenant_id in dict.fromkeys(each.tenant_id for each in memberships):
            room_ids = [each.room_id for each in memberships if each.tenant_id == tenant_id]
            heads |= self.history.cached_heads(tenant_id, room_ids)
        return heads


def _signs(caller: Caller) -> list[RoomId]:
    return [joined_id(caller.user_id), left_id(caller.user_id), *_newcomers(caller)]


def _newcomers(caller: Caller) -> list[RoomId]:
    if caller.manages:
        return []
    return [newcomers_id(None), *(newcomers_id(space_id) for space_id in caller.spaces)]
