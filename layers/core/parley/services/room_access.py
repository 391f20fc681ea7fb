"""The one place where a room id from outside becomes a room (SPEC §1).

Absent, of another tenant, and not a member of: the same `NotFound`, after the same work. Also
finds the caller's own side of rooms, which begins in open rooms when they are first seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import RoomId, TenantId, is_own_id
from parley.domain.people import Caller, Connection
from parley.domain.rooms import MemberRole, Membership, Room, Roster
from parley.errors import CacheUnavailable, NotFound, Unauthorized
from parley.ports import (
    MessageStore,
    PresenceStore,
    Probe,
    RateLimit,
    RoomCache,
    RoomStore,
    UserStore,
)
from parley.services.entered import Entered, entered
from parley.services.limits import LocalLimiter
from parley.services.reach import is_crowded, manage_targets, tenant_targets

# Seeing a room for the first time takes three requests: so many keep a call below half a second.
JOINS_A_CALL = 30


@dataclass(frozen=True, slots=True)
class Mine:
    """The rooms that somebody is in.

    Attributes:
        memberships: In order of room id.
        until: The room id up to which they are all; None for no end. Behind it there are open
            rooms that the person has not seen, left for the next call.
    """

    memberships: list[Membership]
    until: RoomId | None = None


@dataclass(frozen=True, slots=True)
class RoomAccess:
    """Lets callers into rooms.

    Attributes:
        crowd_above: Of how many people connections are looked up at most; the fan-out function
            finds those of a larger room.
    """

    rooms: RoomStore
    users: UserStore
    cache: RoomCache
    presence: PresenceStore
    local_limiter: LocalLimiter
    messages: MessageStore
    crowd_above: int

    def enter(
        self,
        connection: Connection,
        room_id: str,
        limit: RateLimit | None = None,
        *,
        take_turn: bool = False,
        targets_up_to: int | None = None,
    ) -> Entered:
        """Return the room of this id if the caller is a member, else raise `NotFound`.

        One Redis round trip where the cache is warm; with a cold one also a read of the caller's
        membership, and of the roster. Counts one attempt against ``limit``. Who pushes nothing,
        or not to large rooms, says so with ``targets_up_to`` (`RoomCache.probe`). Who takes a turn
        to send gets no members but themselves while Redis does not answer.
        """
        entered = self.try_enter(
            connection, room_id, limit, take_turn=take_turn, targets_up_to=targets_up_to
        )
        if entered is None:
            raise NotFound("room")
        return entered

    def count(self, connection: Connection, limit: RateLimit) -> None:
        """Count an attempt at something that is not about one room.

        Costs a read besides: counting does not tell whether the cache knows the connection, and
        one that it does not know may be that of a revoked user.

        Raises:
            RateLimited: A window is full.
            Unauthorized: The user was revoked.
        """
        self._check_revoked(connection.caller, None)
        self.count_attempt(connection, limit)

    def count_attempt(self, connection: Connection, limit: RateLimit) -> None:
        """Count an attempt of somebody of whom it was just seen that they are not revoked."""
        try:
            self.cache.allow(connection, limit)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            self.local_limiter.allow(connection.caller, limit)

    def try_enter(
        self,
        connection: Connection,
        room_id: str,
        limit: RateLimit | None = None,
        *,
        take_turn: bool = False,
        targets_up_to: int | None = None,
    ) -> Entered | None:
        """Return the room of this id if the caller is a member, else None."""
        caller = connection.caller
        if not is_own_id(room_id):
            return None
        wanted = RoomId(room_id)
        tenant_id = self._tenant_of(caller, wanted)
        if tenant_id is None:
            self._note_attempt(connection, limit)
            return None
        most = self.crowd_above if targets_up_to is None else targets_up_to
        probe = self._probe(
            tenant_id, connection, wanted, limit, take_turn=take_turn, targets_up_to=most
        )
        self._check_revoked(caller, probe)
        if probe and probe.roster and probe.roster.admits(caller):
            if probe.crowded:
                return entered(probe.roster, probe, crowded=True)
            managers = manage_targets(self.presence, probe.roster)
            return entered(probe.roster, probe, probe.targets + managers)
        if probe is None and take_turn:
            # Whoever sends to a room of which nobody can be reached needs no list of its members.
            roster = self.rooms.admission(tenant_id, wanted, caller.user_id)
        else:
            roster = self._stored_roster(caller, tenant_id, wanted)
        if roster is None or not roster.admits(caller):
            return None
        return self._welcome(roster, probe, most)

    def _note_attempt(self, connection: Connection, limit: RateLimit | None) -> None:
        # In manage scope a room that is not there has no tenant whose cache could be asked.
        if limit is not None:
            self.count(connection, limit)

    def _tenant_of(self, caller: Caller, room_id: RoomId) -> TenantId | None:
        if not caller.manages:
            return caller.tenant_id
        membership = self.rooms.membership(caller.tenant_id, caller.user_id, room_id)
        return membership.tenant_id if membership else None

    def _probe(
        self,
        tenant_id: TenantId,
        connection: Connection,
        room_id: RoomId,
        limit: RateLimit | None,
        *,
        take_turn: bool,
        targets_up_to: int,
    ) -> Probe | None:
        try:
            return self.cache.probe(
                tenant_id,
                connection,
                room_id,
                limit,
                take_turn=take_turn,
                targets_up_to=targets_up_to,
            )
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            if limit:
                self.local_limiter.allow(connection.caller, limit)
            return None

    def _check_revoked(self, caller: Caller, probe: Probe | None) -> None:
        # A connection that Redis does not know may be one that was ended for a revoked user.
        if probe and probe.sender_known:
            return
        if caller.issued_at < self.users.revoked_before(caller.tenant_id, caller.user_id):
            raise Unauthorized("revoked")

    def _stored_roster(self, caller: Caller, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        membership = self.rooms.membership(caller.tenant_id, caller.user_id, room_id)
        if membership is not None and membership.holds_for(caller):
            return self.rooms.roster(tenant_id, room_id)
        # An open room has no members to read. Of any other the room alone is read, just as one
        # that is not there is: how long a refusal takes tells nothing.
        room = self.rooms.room(tenant_id, room_id)
        return Roster(room, {}) if room is not None and room.is_open else None

    def _welcome(self, roster: Roster, probe: Probe | None, targets_up_to: int) -> Entered:
        """Remember a roster just read or made, and find its members' connections."""
        if probe is None:
            return entered(roster, None)
        try:
            self.cache.put_roster(roster)
            if is_crowded(self.presence, roster.room, targets_up_to):
                return entered(roster, probe, crowded=True)
            found = tuple(tenant_targets(self.presence, roster))
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return entered(roster, None)
        return entered(roster, probe, found + manage_targets(self.presence, roster))

    def observe(self, roster: Roster) -> Entered:
        """Return a room as it is to somebody of ours who only pushes to its members."""
        look = Probe(roster, None, None, (), sender_known=True)
        return self._welcome(roster, look, self.crowd_above)

    # --- The caller's own side ---------------------------------------------------------------

    def side(self, caller: Caller, room: Room) -> Membership | None:
        """Return a room that the caller is in from the caller's own side; one read.

        An open room that the caller sees for the first time begins here: with the cursors at its
        end, for three requests more. None where the caller was removed in between.
        """
        mine = self.rooms.membership(caller.tenant_id, caller.user_id, room.room_id)
        if mine is not None or not Roster(room, {}).admits(caller):
            return mine
        return self._join(caller, [room])[0]

    def held(self, caller: Caller) -> list[Membership]:
        """Return the rooms that the caller has a side in, and may have lost from the token."""
        return self.rooms.memberships(caller.tenant_id, caller.user_id)

    def mine(self, caller: Caller, held: Sequence[Membership] | None = None) -> Mine:
        """Return the rooms that the caller is in now.

        Open rooms that the caller sees for the first time begin here, 30 a call. The others come
        with the calls that follow: of the next page, or of any listing later; a sync brings all,
        as its pages go no further than `Mine.until`. Channels whose space the caller's token does
        not name any more are left out. Rooms whose creation was never finished may be among them.
        Two queries, and three requests for each room seen for the first time; one query less for
        whoever has just read what is `held`.
        """
        if held is None:
            held = self.held(caller)
        unseen = self._unseen(caller, held)
        keys = [(caller.tenant_id, room_id) for room_id in unseen[:JOINS_A_CALL]]
        fresh = self.rooms.rooms(keys) if keys else {}
        joined = self._join(caller, fresh.values())
        mine = [membership for membership in held if membership.holds_for(caller)]
        return Mine(
            sorted([*mine, *joined], key=lambda membership: membership.room_id),
            until=keys[-1][1] if joined and len(keys) < len(unseen) else None,
        )

    def has_unseen(self, caller: Caller) -> bool:
        """Tell whether there is an open room that the caller has never seen; two queries."""
        return bool(self._unseen(caller, self.held(caller)))

    def _unseen(self, caller: Caller, held: Collection[Membership]) -> list[RoomId]:
        if caller.manages:
            return []
        seen = {membership.room_id for membership in held}
        return sorted(self.rooms.open_rooms(caller.tenant_id, caller.spaces) - seen)

    def _join(self, caller: Caller, rooms: Collection[Room]) -> list[Membership]:
        joined = []
        for room in rooms:
            end = self.messages.head(room.tenant_id, room.room_id).last_seq
            joined.append(self.rooms.join(room, caller.user_id, MemberRole.MEMBER, end))
        if joined:
            self._let_heartbeats_know(caller, [room.room_id for room in rooms])
        return joined

    def _let_heartbeats_know(self, caller: Caller, room_ids: Collection[RoomId]) -> None:
        """Let lost pushes of these rooms be noticed; `relay` does the same, perhaps later."""
        try:
            self.cache.add_rooms(caller.tenant_id, caller.user_id, room_ids, complete=False)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
