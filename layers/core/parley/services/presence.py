"""Who is here: leases, who asks about them, and connections coming and going."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import MANAGE_TENANT, TenantId, UserId, is_manage_user
from parley.domain.people import Caller, Connection, Profile
from parley.domain.presence import Seen, Status, Target, watched_id
from parley.errors import CacheUnavailable, ParleyError, Unauthorized, Unavailable
from parley.ports import Beat, Clock, PresenceStore, Registered, UserStore
from parley.protocol.commands import Heartbeat, ListPresence, SubscribePresence
from parley.protocol.views import HeartbeatReply, PersonView, PresenceReply
from parley.services import recovery_log
from parley.services.addressing import addressed_tenant
from parley.services.changes import NO_EPOCH, Changes
from parley.services.cursors import Cursors
from parley.services.delivery import (
    GOING_AWAY,
    REPLACED,
    REVOKED,
    TOKEN_EXPIRED,
    ByeCode,
    Delivery,
)
from parley.services.people import people_reply, place_of
from parley.services.policies import Policies
from parley.services.presence_updates import UNHURRIED_S, Mode, PresenceUpdates
from parley.services.profiles import introduced, profile_of
from parley.services.room_access import RoomAccess
from parley.services.views import person_view

# Few at a time: what is claimed and not swept, as the function ended, waits until its claim does.
SWEEP_TENANTS = 20
# With the tenants claimed last, a sweep ends within the function's 50 s.
SWEEP_S = 35.0
# About as many people as a page shows.
READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Presence:
    """Registers connections, renews their leases, and tells who is here.

    Attributes:
        look_back_s: How far a heartbeat looks back beyond the connection's previous one. That one's
            reply may have been lost, and the one before, while the place in the log moved on;
            clocks of functions differ; and a log entry follows its message by the stream's delay.
    """

    presence: PresenceStore
    access: RoomAccess
    users: UserStore
    changes: Changes
    updates: PresenceUpdates
    delivery: Delivery
    clock: Clock
    policies: Policies
    cursors: Cursors
    lease_ttl_s: int
    look_back_s: float

    # --- Connections -------------------------------------------------------------------------

    def connected(self, connection: Connection) -> None:
        """Register a connection that is about to open, and end the one that it replaces.

        Without Redis the connection opens all the same; its first heartbeat after Redis is back
        registers it.

        Raises:
            RateLimited: The user opened too many lately; nothing was done.
            Unauthorized: The user was revoked while this connection opened.
        """
        caller = connection.caller
        self.access.count_attempt(connection, self.policies.of(caller).connect)
        known = self.users.remember(profile_of(caller))
        try:
            self._register(introduced(connection, known), Status.ONLINE)
        except CacheUnavailable as exc:
            observability.warning("connection_not_registered", cause=str(exc))
        observability.info(
            "connected",
            tenant_id=caller.tenant_id,
            user_id=caller.user_id,
            connection_id=connection.connection_id,
        )

    def disconnected(self, connection: Connection) -> None:
        """Forget a closed connection, by its own id only: the person may have others."""
        caller = connection.caller
        target = Target(caller.tenant_id, caller.user_id, connection.connection_id)
        try:
            self.updates.flush_after(caller.tenant_id, self.presence.close(target))
        except CacheUnavailable as exc:
            observability.warning("disconnect_not_noted", cause=str(exc))
        open_s = max(0.0, (self.clock.now() - connection.connected_at).total_seconds())
        observability.observe("connection_s", round(open_s, 1))
        observability.info(
            "disconnected",
            tenant_id=caller.tenant_id,
            user_id=caller.user_id,
            connection_id=connection.connection_id,
            open_s=round(open_s, 1),
        )

    def _register(self, connection: Connection, status: Status) -> Registered:
        caller = connection.caller
        most = self.policies.of(caller).connections_per_user
        # Noted first: a tenant that is noted in vain is swept once, one that is not noted never.
        token_s = max(0.0, caller.expires_at - self.clock.now().timestamp())
        self._note_tenant(caller.tenant_id, min(self.lease_ttl_s, token_s))
        registered = self.presence.register(connection, status, most)
        self.delivery.end(registered.replaced, REPLACED)
        self.updates.flush_after(caller.tenant_id, registered.flush_in_s, registered.online)
        self._end_if_revoked(connection)
        return registered

    def _note_tenant(self, tenant_id: TenantId, look_in_s: float) -> None:
        """Let a tenant be swept; heartbeats notice one that is not, and note it again."""
        try:
            self.presence.note_tenant(tenant_id, look_in_s)
        except CacheUnavailable as exc:
            # In a cluster another server keeps this; the people's own may well answer.
            observability.warning("tenant_not_noted", cause=str(exc), tenant_id=tenant_id)

    def _end_if_revoked(self, connection: Connection) -> None:
        # Only now: a revocation closes the connections that it finds registered, and one that came
        # between an earlier look and the registration would have missed this one for good.
        caller = connection.caller
        if caller.issued_at < self.users.revoked_before(caller.tenant_id, caller.user_id):
            self._end(connection, REVOKED)
            raise Unauthorized("revoked")

    def end_expired(self, connection: Connection, reply: str | None) -> None:
        """End a connection whose token ran out, after the reply to its last frame."""
        self._end(connection, TOKEN_EXPIRED, reply)

    def _end(self, connection: Connection, why: ByeCode, reply: str | None = None) -> None:
        caller = connection.caller
        target = Target(caller.tenant_id, caller.user_id, connection.connection_id)
        try:
            self.updates.flush_after(caller.tenant_id, self.presence.close(target))
        except CacheUnavailable as exc:
            observability.warning("end_not_noted", cause=str(exc))
        self.delivery.end([connection.connection_id], why, reply)

    # --- Heartbeats --------------------------------------------------------------------------

    def heartbeat(self, connection: Connection, command: Heartbeat) -> HeartbeatReply:
        """Renew a lease and tell which of the caller's rooms changed since the last time.

        One round trip for the lease, one for the log. A connection that Redis forgot is
        registered again from its authorizer context, unless its user was revoked. One that was
        ended is ended again: it is still open, so our first word to it was lost.
        """
        caller = connection.caller
        status = Status(command.status)
        beat = self.presence.heartbeat(connection, status)
        if beat.closed:
            self.delivery.end([connection.connection_id], GOING_AWAY)
            raise Unavailable("the connection was ended")
        if not beat.known:
            beat = self._register_again(connection, status)
        if beat.unswept:
            self._note_tenant(caller.tenant_id, 0)
        epoch, changed = self.changes.since(caller, beat.since - self.look_back_s)
        self.updates.flush_after(caller.tenant_id, beat.flush_in_s, beat.online)
        observability.debug("heartbeat", connection_id=connection.connection_id)
        recovery_log.told_of_rooms(connection, changed)
        return HeartbeatReply(
            server_time=self.clock.now(),
            ttl=self.lease_ttl_s,
            # A sync shows everybody as they are.
            epoch=NO_EPOCH if beat.missed else epoch,
            changed=changed,
            presence=self.updates.mode(caller.tenant_id, beat.online),
        )

    def _register_again(self, connection: Connection, status: Status) -> Beat:
        caller = connection.caller
        known: Profile | None = None
        if profile_of(caller).name is None:
            known = self.users.profiles(caller.tenant_id, [caller.user_id]).get(caller.user_id)
        registered = self._register(introduced(connection, known), status)
        # Whatever else was lost with it, a sync shows.
        return Beat(
            True, connection.connected_at.timestamp(), online=registered.online, missed=True
        )

    # --- Announcing --------------------------------------------------------------------------

    def flush(self, tenant_id: TenantId, push_s: float = UNHURRIED_S) -> None:
        """Announce the changes of a tenant that are due; pushing takes at most so long."""
        self.updates.flush(tenant_id, push_s)

    def presence_mode(self, tenant_id: TenantId) -> Mode:
        """Return what a connection without a subscription hears of; one round trip.

        ``all`` where the cache does not answer: whoever asks then is told to ask again anyhow.
        """
        try:
            return self.updates.mode(tenant_id, self.presence.count_online(tenant_id))
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return "all"

    def sweep(self) -> None:
        """Expire the leases and tokens of every tenant in which one may have ended.

        What is left when the time is over stays due for the next sweep, the longest due first.
        """
        deadline = self.clock.monotonic() + SWEEP_S
        swept: set[TenantId] = set()
        # One in which something ends at this very moment is due again at once: at the next sweep.
        while due := [t for t in self.presence.tenants_due(SWEEP_TENANTS) if t not in swept]:
            for tenant_id in due:
                self._try_to_sweep(tenant_id)
            swept.update(due)
            if self.clock.monotonic() > deadline:
                observability.warning("sweep_not_finished")
                break

    def _try_to_sweep(self, tenant_id: TenantId) -> None:
        try:
            self._sweep(tenant_id)
        except ParleyError as exc:
            # Its claim runs out, and it is due again; what is wrong with one tenant must not
            # leave ghosts in the others.
            observability.error("tenant_not_swept", cause=str(exc), tenant_id=tenant_id)

    def _sweep(self, tenant_id: TenantId) -> None:
        if not self._is_inhabited(tenant_id):
            self.presence.note_tenant(tenant_id, None)
            # Somebody may have registered, and noted the tenant, between the two calls.
            self._is_inhabited(tenant_id)

    def _is_inhabited(self, tenant_id: TenantId) -> bool:
        swept = self.presence.sweep(tenant_id)
        self.delivery.end([target.connection_id for target in swept.ended], TOKEN_EXPIRED)
        # Not announced here: the slow consumers of one tenant would let the others wait.
        self.delivery.ask_flush(tenant_id, swept.flush_in_s)
        if swept.look_in_s is None:
            return False
        self.presence.note_tenant(tenant_id, swept.look_in_s)
        return True

    # --- Asking ------------------------------------------------------------------------------

    def list_people(self, connection: Connection, command: ListPresence) -> PresenceReply:
        """Return everyone who is not offline, or exactly the named users."""
        self.access.count(connection, self.policies.of(connection.caller).request)
        caller = connection.caller
        after = place_of(caller, command.cursor, self.cursors)
        people: Iterable[PersonView]
        if command.user_ids is not None:
            tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
            people = self._named(tenant_id, [UserId(user) for user in command.user_ids])
        elif command.tenant_id is None:
            people = self.here(caller, after)
        else:
            tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
            people = self._here_in(tenant_id, after)
        return people_reply(caller, people, after, self.cursors)

    def subscribe(self, connection: Connection, command: SubscribePresence) -> PresenceReply:
        """Let a connection hear of these people only, and return how they are now.

        What follows behind the reply's cursor is listed by ``presence.list`` with the same ids.
        Subscribed first: a change in between is told twice rather than never.
        """
        self.access.count(connection, self.policies.of(connection.caller).request)
        caller = connection.caller
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        users = [UserId(user) for user in command.user_ids]
        if caller.manages:
            self._subscribe(connection, [watched_id(tenant_id, user) for user in users])
        else:
            self._subscribe(connection, users)
        return people_reply(caller, self._named(tenant_id, users), ("", ""), self.cursors)

    def _subscribe(self, connection: Connection, asked: Sequence[UserId]) -> None:
        if self.presence.subscribe(connection, asked):
            return
        # Redis forgot the connection, and its next heartbeat would have told it again.
        self._register_again(connection, Status.ONLINE)
        if not self.presence.subscribe(connection, asked):
            raise Unavailable("the connection was ended")

    def here(self, caller: Caller, after: tuple[str, str]) -> Iterator[PersonView]:
        """Show who is not offline behind a place, in order of tenant and user id, as it is read.

        All whom the caller may see; raises `CacheUnavailable` on the way.
        """
        if not caller.manages:
            yield from self._here_in(caller.tenant_id, after)
            return
        for tenant_id in sorted(set(self.presence.tenants()) - {MANAGE_TENANT}):
            if tenant_id >= after[0]:
                yield from self._here_in(tenant_id, after)

    def _here_in(self, tenant_id: TenantId, after: tuple[str, str]) -> Iterator[PersonView]:
        last = UserId(after[1]) if tenant_id == after[0] else None
        more = True
        while more:
            found = self.presence.online(tenant_id, last, READ_AT_ONCE)
            yield from (person_view(tenant_id, seen) for seen in found)
            more = len(found) == READ_AT_ONCE
            last = found[-1].user_id if more else None

    def _named(self, tenant_id: TenantId, user_ids: Sequence[UserId]) -> list[PersonView]:
        wanted = list(dict.fromkeys(user_ids))
        statuses = self.presence.statuses(tenant_id, wanted)
        unnamed = [
            user
            for user in wanted
            if not (statuses.get(user) and statuses[user].name) and not is_manage_user(user)
        ]
        profiles = self.users.profiles(tenant_id, unnamed) if unnamed else {}
        return [
            person_view(
                tenant_id,
                statuses.get(user) or Seen(user, Status.OFFLINE, None),
                profiles.get(user),
            )
            for user in sorted(wanted)
        ]
