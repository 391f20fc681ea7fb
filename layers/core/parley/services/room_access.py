"""The one place where a room id from outside becomes a room (SPEC §1).

Absent, of another tenant, and not a member of: the same `NotFound`, after the same work. Also
finds the caller's own side of rooms, which begins in open rooms when they are first seen.
"""

from collections.abc import Collection
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import (
    MANAGE_TENANT,
    ConnectionId,
    RoomId,
    TenantId,
    UserId,
    is_manage_user,
    is_own_id,
)
from parley.domain.people import Caller, Connection
from parley.domain.presence import Target
from parley.domain.rooms import MemberRole, Membership, Room, Roster
from parley.errors import CacheUnavailable, NotFound, Unauthorized
from parley.ports import (
    MessageStore,
    PresenceStore,
    Probe,
    RateLimit,
    RoomCache,
    RoomStore,
    Turn,
    UserStore,
)
from parley.services.addressing import require_place
from parley.services.limits import LocalLimiter
from parley.services.policies import Policies


@dataclass(frozen=True, slots=True)
class Entered:
    """A room that the caller is in, and what one look at the cache told of it.

    Attributes:
        targets: Connections of all members, the caller's included.
        degraded: Redis did not answer: nobody can be pushed to now.
    """

    room: Room
    roster: Roster
    head_seq: int | None
    turn: Turn | None
    targets: tuple[Target, ...]
    degraded: bool

    def others(self, connection_id: ConnectionId) -> list[Target]:
        """Return every connection but this one."""
        return [t for t in self.targets if t.connection_id != connection_id]

    def other_people(self, user_id: UserId) -> list[Target]:
        """Return the connections of everybody else."""
        return [t for t in self.targets if t.user_id != user_id]


@dataclass(frozen=True, slots=True)
class RoomAccess:
    """Lets callers into rooms."""

    rooms: RoomStore
    users: UserStore
    cache: RoomCache
    presence: PresenceStore
    local_limiter: LocalLimiter
    messages: MessageStore
    policies: Policies

    def enter(
        self,
        connection: Connection,
        room_id: str,
        limit: RateLimit | None = None,
        *,
        take_turn: bool = False,
    ) -> Entered:
        """Return the room of this id if the caller is a member, else raise `NotFound`.

        One Redis round trip where the cache is warm; with a cold one also a read of the caller's
        membership, and of the roster. Counts one attempt against ``limit``.
        """
        entered = self.try_enter(connection, room_id, limit, take_turn=take_turn)
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
        probe = self._probe(tenant_id, connection, wanted, limit, take_turn=take_turn)
        self._check_revoked(caller, probe)
        if probe and probe.roster and probe.roster.admits(caller):
            return self._entered(probe.roster, probe, probe.targets)
        return self._enter_cold(caller, tenant_id, wanted, probe)

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
    ) -> Probe | None:
        try:
            return self.cache.probe(tenant_id, connection, room_id, limit, take_turn=take_turn)
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

    def _enter_cold(
        self, caller: Caller, tenant_id: TenantId, room_id: RoomId, probe: Probe | None
    ) -> Entered | None:
        roster = self._stored_roster(caller, tenant_id, room_id)
        if roster is None or not roster.admits(caller):
            return None
        return self.welcome(roster, probe)

    def _stored_roster(self, caller: Caller, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        membership = self.rooms.membership(caller.tenant_id, caller.user_id, room_id)
        if membership is not None:
            return self.rooms.roster(tenant_id, room_id)
        # An open room has no members to read. Of any other the room alone is read, just as one
        # that is not there is: how long a refusal takes tells nothing.
        room = self.rooms.room(tenant_id, room_id)
        return Roster(room, {}) if room is not None and room.is_open else None

    def welcome(self, roster: Roster, probe: Probe | None) -> Entered:
        """Remember a roster just read or made, and find its members' connections."""
        if probe is None:
            return self._entered(roster, None, ())
        try:
            self.cache.put_roster(roster)
            targets = self._tenant_targets(roster)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return self._entered(roster, None, ())
        return self._entered(roster, probe, tuple(targets))

    def _tenant_targets(self, roster: Roster) -> Collection[Target]:
        room = roster.room
        if not room.is_open:
            members = [user for user in roster.members if not is_manage_user(user)]
            return self.presence.targets(room.tenant_id, members)
        if room.space_id is not None:
            return self.presence.in_space(room.tenant_id, room.space_id)
        return self.presence.everyone(room.tenant_id)

    def observe(self, roster: Roster) -> Entered:
        """Return a room as it is to somebody of ours who only pushes to its members."""
        look = Probe(roster, None, None, (), sender_known=True)
        return self.welcome(roster, look)

    def _entered(self, roster: Roster, probe: Probe | None, targets: tuple[Target, ...]) -> Entered:
        return Entered(
            room=roster.room,
            roster=roster,
            head_seq=probe.head_seq if probe else None,
            turn=probe.turn if probe else None,
            targets=targets + self._manage_targets(roster, probe),
            degraded=probe is None,
        )

    def _manage_targets(self, roster: Roster, probe: Probe | None) -> tuple[Target, ...]:
        # Their connections are kept under another hash tag: one more round trip, for such rooms.
        managers = [user for user in roster.members if is_manage_user(user)]
        if not managers or probe is None:
            return ()
        try:
            return tuple(self.presence.targets(MANAGE_TENANT, managers))
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return ()

    # --- The caller's own side ---------------------------------------------------------------

    def side(self, caller: Caller, room: Room) -> Membership | None:
        """Return a room that the caller is in from the caller's own side; one read.

        An open room that the caller sees for the first time begins here: with the cursors at its
        end, for two requests more. None where the caller was removed in between.

        Raises:
            Conflict: It would be one room too many.
        """
        mine = self.rooms.membership(caller.tenant_id, caller.user_id, room.room_id)
        if mine is not None or not Roster(room, {}).admits(caller):
            return mine
        most = self.policies.of(caller).rooms_per_user
        require_place(self.rooms, caller, room.room_id, most)
        return self._join(caller, room)

    def mine(self, caller: Caller) -> list[Membership]:
        """Return all rooms that the caller is in now, in order of room id.

        Open rooms that the caller sees for the first time begin here, as many as the limit of
        rooms allows; channels whose space the caller's token does not name any more are left out.
        Rooms whose creation was never finished may be among them. Two queries, and two requests
        for each room seen for the first time.
        """
        held = self.rooms.memberships(caller.tenant_id, caller.user_id)
        places = self.policies.of(caller).rooms_per_user - len(held)
        keys = [(caller.tenant_id, room_id) for room_id in self._unseen(caller, held)]
        fresh = self.rooms.rooms(keys[: max(0, places)]) if keys else {}
        joined = [self._join(caller, room) for room in fresh.values()]
        mine = [membership for membership in held if membership.holds_for(caller)]
        return sorted([*mine, *joined], key=lambda membership: membership.room_id)

    def has_unseen(self, caller: Caller) -> bool:
        """Tell whether there is an open room that the caller has never seen; two queries."""
        held = self.rooms.memberships(caller.tenant_id, caller.user_id)
        return bool(self._unseen(caller, held))

    def _unseen(self, caller: Caller, held: Collection[Membership]) -> list[RoomId]:
        if caller.manages:
            return []
        seen = {membership.room_id for membership in held}
        return sorted(self.rooms.open_rooms(caller.tenant_id, caller.spaces) - seen)

    def _join(self, caller: Caller, room: Room) -> Membership:
        end = self.messages.head(room.tenant_id, room.room_id).last_seq
        return self.rooms.join(room, caller.user_id, MemberRole.MEMBER, end)
