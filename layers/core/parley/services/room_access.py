"""The one place where a room id from outside becomes a room (SPEC §1).

Absent, of another tenant, and not a member of: the same `NotFound`, after the same work.
"""

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
from parley.domain.rooms import Room, Roster
from parley.errors import CacheUnavailable, NotFound, Unauthorized
from parley.ports import PresenceStore, Probe, RateLimit, RoomCache, RoomStore, Turn, UserStore
from parley.services.limits import LocalLimiter


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
        if probe and probe.roster and caller.user_id in probe.roster.members:
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
        membership = self.rooms.membership(caller.tenant_id, caller.user_id, room_id)
        if membership is None:
            return None
        roster = self.rooms.roster(tenant_id, room_id)
        if roster is None or caller.user_id not in roster.members:
            return None
        return self.welcome(roster, probe)

    def welcome(self, roster: Roster, probe: Probe | None) -> Entered:
        """Remember a roster just read or made, and find its members' connections."""
        if probe is None:
            return self._entered(roster, None, ())
        try:
            self.cache.put_roster(roster)
            targets = self.presence.targets(roster.room.tenant_id, _tenant_members(roster))
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return self._entered(roster, None, ())
        return self._entered(roster, probe, tuple(targets))

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


def _tenant_members(roster: Roster) -> list[UserId]:
    return [user for user in roster.members if not is_manage_user(user)]
