"""Who is here: leases, what others are told of them, and connections coming and going."""

from collections.abc import Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import MANAGE_TENANT, TenantId, UserId, is_manage_user
from parley.domain.people import Caller, Connection, Profile
from parley.domain.presence import Seen, Status, Target
from parley.errors import CacheUnavailable, ParleyError, Unauthorized, Unavailable
from parley.ports import Clock, PresenceStore, UserStore
from parley.protocol.commands import Heartbeat, ListPresence
from parley.protocol.views import (
    HeartbeatReply,
    PersonView,
    PresenceReply,
    PresenceUpdate,
)
from parley.services.addressing import addressed_tenant
from parley.services.changes import Changes
from parley.services.delivery import (
    GOING_AWAY,
    REPLACED,
    REVOKED,
    TOKEN_EXPIRED,
    ByeCode,
    Delivery,
)
from parley.services.people import people_reply, split_over_events
from parley.services.policies import Policies
from parley.services.room_access import RoomAccess
from parley.services.views import person_view, seen_view

SWEEP_TENANTS = 1_000


@dataclass(frozen=True, slots=True)
class Presence:
    """Registers connections, renews their leases, and announces changes.

    Attributes:
        look_back_s: How far a heartbeat looks back beyond the connection's previous one. That one's
            reply may have been lost, and the one before, while the place in the log moved on;
            clocks of functions differ; and a log entry follows its message by the stream's delay.
    """

    presence: PresenceStore
    access: RoomAccess
    users: UserStore
    changes: Changes
    delivery: Delivery
    clock: Clock
    policies: Policies
    lease_ttl_s: int
    look_back_s: float

    # --- Connections -------------------------------------------------------------------------

    def connected(self, connection: Connection) -> None:
        """Register a connection that is about to open, and end the one that it replaces.

        Without Redis the connection opens all the same; its first heartbeat after Redis is back
        registers it.
        """
        caller = connection.caller
        self.users.remember(profile_of(caller))
        try:
            self._register(connection, Status.ONLINE)
        except CacheUnavailable as exc:
            observability.warning("connection_not_registered", cause=str(exc))
        observability.info(
            "connected", tenant_id=caller.tenant_id, connection_id=connection.connection_id
        )

    def disconnected(self, connection: Connection) -> None:
        """Forget a closed connection, by its own id only: the person may have others."""
        caller = connection.caller
        target = Target(caller.tenant_id, caller.user_id, connection.connection_id)
        try:
            self._flush_after(caller.tenant_id, self.presence.close(target))
        except CacheUnavailable as exc:
            observability.warning("disconnect_not_noted", cause=str(exc))
        observability.info(
            "disconnected", tenant_id=caller.tenant_id, connection_id=connection.connection_id
        )

    def _register(self, connection: Connection, status: Status) -> bool:
        caller = connection.caller
        # Noted first: a tenant that is noted in vain is swept once, one that is not noted never.
        lease_end = self.clock.now().timestamp() + self.lease_ttl_s
        self.presence.note_tenant(caller.tenant_id, min(lease_end, caller.expires_at))
        registered = self.presence.register(connection, status)
        if not registered.accepted:
            return False
        self.delivery.end(registered.replaced, REPLACED)
        self._flush_after(caller.tenant_id, registered.flush_in_s)
        return True

    def end_expired(self, connection: Connection) -> None:
        """End a connection whose token ran out."""
        self._end(connection, TOKEN_EXPIRED)

    def _end(self, connection: Connection, why: ByeCode) -> None:
        caller = connection.caller
        target = Target(caller.tenant_id, caller.user_id, connection.connection_id)
        try:
            self._flush_after(caller.tenant_id, self.presence.close(target))
        except CacheUnavailable as exc:
            observability.warning("end_not_noted", cause=str(exc))
        self.delivery.end([connection.connection_id], why)

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
        since = beat.since if beat.known else self._register_again(connection, status)
        epoch, changed = self.changes.since(caller, since - self.look_back_s)
        self._flush_after(caller.tenant_id, beat.flush_in_s)
        observability.debug("heartbeat", connection_id=connection.connection_id)
        return HeartbeatReply(
            server_time=self.clock.now(),
            ttl=self.lease_ttl_s,
            epoch=epoch,
            changed=changed,
            presence="all",
        )

    def _register_again(self, connection: Connection, status: Status) -> float:
        caller = connection.caller
        if caller.issued_at < self.users.revoked_before(caller.tenant_id, caller.user_id):
            self._end(connection, REVOKED)
            raise Unauthorized("revoked")
        self._register(connection, status)
        return connection.connected_at.timestamp()

    # --- Announcing --------------------------------------------------------------------------

    def _flush_after(self, tenant_id: TenantId, flush_in_s: float | None) -> None:
        if flush_in_s is None:
            return
        if flush_in_s > 0:
            self.delivery.ask_flush(tenant_id, flush_in_s)
            return
        try:
            self.flush(tenant_id)
        except ParleyError as exc:
            # What asked for it is done already; the next change or sweep asks again.
            observability.warning("flush_failed", cause=str(exc), tenant_id=tenant_id)

    def flush(self, tenant_id: TenantId) -> None:
        """Announce the changes of a tenant that are due, to its people and to manage scope."""
        due = self.presence.flush(tenant_id)
        if due.changes:
            self._announce(tenant_id, due.changes, due.targets)
        self.delivery.ask_flush(tenant_id, due.flush_in_s)

    def _announce(
        self, tenant_id: TenantId, changes: Sequence[Seen], targets: Sequence[Target]
    ) -> None:
        audience = [] if tenant_id == MANAGE_TENANT else [(targets, None)]
        sendings = [
            self.delivery.start(hearers, "presence:update", PresenceUpdate(users=users))
            for hearers, shown_tenant in [*audience, (self._watchers(), tenant_id)]
            for users in split_over_events([seen_view(seen, shown_tenant) for seen in changes])
            if hearers
        ]
        self.delivery.finish(*sendings)
        observability.info("presence_announced", tenant_id=tenant_id, count=len(changes))

    def _watchers(self) -> Sequence[Target]:
        # What is announced was taken already: the tenant's own people must hear of it regardless.
        try:
            return self.presence.everyone(MANAGE_TENANT)
        except CacheUnavailable as exc:
            observability.warning("watchers_unknown", cause=str(exc))
            return []

    def sweep(self) -> None:
        """Expire the leases and tokens of every tenant in which one may have ended."""
        for tenant_id in self.presence.tenants_due(SWEEP_TENANTS):
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
        self._flush_after(tenant_id, swept.flush_in_s)
        if swept.next_lease_end is None:
            return False
        self.presence.note_tenant(tenant_id, swept.next_lease_end)
        return True

    # --- Asking ------------------------------------------------------------------------------

    def list_people(self, connection: Connection, command: ListPresence) -> PresenceReply:
        """Return everyone who is not offline, or exactly the named users."""
        self.access.count(connection, self.policies.of(connection.caller).request)
        caller = connection.caller
        if command.user_ids is not None:
            tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
            people = self._named(tenant_id, [UserId(user) for user in command.user_ids])
        elif command.tenant_id is None:
            people = self.here(caller)
        else:
            people = self._here_in(addressed_tenant(caller, command.tenant_id, self.users))
        return people_reply(people, command.cursor)

    def here(self, caller: Caller) -> list[PersonView]:
        """Show everyone the caller may see who is not offline, in order of tenant and user id."""
        if not caller.manages:
            return self._here_in(caller.tenant_id)
        tenants = sorted(set(self.presence.tenants()) - {MANAGE_TENANT})
        return [person for tenant_id in tenants for person in self._here_in(tenant_id)]

    def _here_in(self, tenant_id: TenantId) -> list[PersonView]:
        return [person_view(tenant_id, seen) for seen in self.presence.online(tenant_id)]

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


def profile_of(caller: Caller) -> Profile:
    """Return what others may see of a caller."""
    return Profile(
        tenant_id=caller.tenant_id,
        user_id=caller.user_id,
        name=caller.name,
        picture=caller.picture,
        role=caller.role,
        email=caller.email,
    )
