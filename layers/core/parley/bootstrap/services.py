"""All services over one set of adapters."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from parley.edge import FrameRoutes
from parley.ports import RateLimit
from parley.services.changes import Changes
from parley.services.commits import CommitRules, Commits
from parley.services.delivery import Delivery
from parley.services.flushes import Flushes
from parley.services.history import History
from parley.services.limits import Limits, LocalLimiter
from parley.services.messaging import Messaging
from parley.services.presence import Presence
from parley.services.receipts import Receipts
from parley.services.relay import Relay
from parley.services.room_access import RoomAccess
from parley.services.rooms import RoomLimits, Rooms
from parley.services.sync import Sync
from parley.services.typing import Typing
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.services.identity import Identity

# How long a change may take from its commit into the log that heartbeats read.
STREAM_DELAY_S = 10


def limits(settings: Settings) -> Limits:
    """Return the rate limits as configured (SPEC §6)."""
    return Limits(
        message=RateLimit(
            "message", ((settings.messages_per_10s, 10), (settings.messages_per_minute, 60))
        ),
        typing=RateLimit("typing", ((settings.typing_per_minute, 60),)),
        receipt=RateLimit("receipt", ((settings.receipts_per_minute, 60),)),
        request=RateLimit("request", ((settings.requests_per_minute, 60),)),
    )


@dataclass
class App:
    """All services over one set of adapters.

    Attributes:
        adapters: The real ones, or anything with the same fields.
    """

    settings: Settings
    adapters: Any

    @cached_property
    def limits(self) -> Limits:
        """The rate limits."""
        return limits(self.settings)

    @cached_property
    def delivery(self) -> Delivery:
        """Pushes."""
        outside = self.adapters
        budget_s = self.settings.push_budget_ms / 1000
        return Delivery(outside.push, outside.presence, outside.queue, outside.clock, budget_s)

    @cached_property
    def access(self) -> RoomAccess:
        """Lets callers into rooms."""
        outside = self.adapters
        limiter = LocalLimiter(outside.clock.monotonic)
        return RoomAccess(outside.rooms, outside.users, outside.cache, outside.presence, limiter)

    @cached_property
    def history(self) -> History:
        """Past messages."""
        outside = self.adapters
        return History(self.access, outside.messages, outside.cache, self.limits)

    @cached_property
    def commits(self) -> Commits:
        """Places in rooms."""
        outside, settings = self.adapters, self.settings
        rules = CommitRules(settings.commit_tries, settings.commit_budget_ms / 1000)
        return Commits(outside.messages, outside.cache, outside.clock, rules)

    @cached_property
    def messaging(self) -> Messaging:
        """Sending."""
        outside, settings = self.adapters, self.settings
        return Messaging(
            access=self.access,
            messages=outside.messages,
            rooms=outside.rooms,
            users=outside.users,
            cache=outside.cache,
            delivery=self.delivery,
            clock=outside.clock,
            limits=self.limits,
            commits=self.commits,
            body_max_chars=settings.body_max_chars,
            rooms_per_user=settings.rooms_per_user,
        )

    @cached_property
    def receipts(self) -> Receipts:
        """Cursors."""
        outside = self.adapters
        return Receipts(
            access=self.access,
            rooms=outside.rooms,
            messages=outside.messages,
            cache=outside.cache,
            delivery=self.delivery,
            clock=outside.clock,
            limits=self.limits,
            quiet_room_members=self.settings.quiet_room_members,
        )

    @cached_property
    def typing(self) -> Typing:
        """Who is typing."""
        return Typing(self.access, self.delivery, self.limits, self.settings.quiet_room_members)

    @cached_property
    def rooms(self) -> Rooms:
        """Rooms."""
        outside, settings = self.adapters, self.settings
        return Rooms(
            access=self.access,
            rooms=outside.rooms,
            users=outside.users,
            history=self.history,
            delivery=self.delivery,
            clock=outside.clock,
            limits=self.limits,
            bounds=RoomLimits(settings.rooms_per_user, settings.group_members_max),
        )

    @cached_property
    def changes(self) -> Changes:
        """Rooms that changed."""
        outside = self.adapters
        return Changes(outside.cache, outside.rooms, self.history)

    @cached_property
    def presence(self) -> Presence:
        """Who is here."""
        outside = self.adapters
        return Presence(
            presence=outside.presence,
            access=self.access,
            users=outside.users,
            changes=self.changes,
            delivery=self.delivery,
            clock=outside.clock,
            limits=self.limits,
            lease_ttl_s=self.settings.lease_ttl_s,
            look_back_s=2 * self.settings.heartbeat_interval_s + STREAM_DELAY_S,
        )

    @cached_property
    def sync(self) -> Sync:
        """Catching up."""
        outside = self.adapters
        return Sync(
            access=self.access,
            rooms=outside.rooms,
            messages=outside.messages,
            cache=outside.cache,
            shown=self.rooms,
            presence=self.presence,
            changed=self.changes,
            clock=outside.clock,
            limits=self.limits,
            heartbeat_interval_s=self.settings.heartbeat_interval_s,
        )

    @cached_property
    def relay(self) -> Relay:
        """What follows from the stream."""
        return Relay(self.adapters.cache, self.adapters.rooms)

    @cached_property
    def flushes(self) -> Flushes:
        """Delayed work."""
        return Flushes(self.presence, self.receipts)

    @cached_property
    def identity(self) -> "Identity":
        """Who connects."""
        from parley.services.identity import Identity

        outside, settings = self.adapters, self.settings
        return Identity(
            verifier=outside.verifier,
            tickets=outside.tickets,
            users=outside.users,
            clock=outside.clock,
            tenant_claim=settings.tenant_claim,
            allowed_origins=frozenset(settings.allowed_origins),
            tenant_cookies=settings.tenant_cookies,
            manage_cookies=settings.manage_cookies,
        )

    @cached_property
    def message_routes(self) -> FrameRoutes:
        """What the function ``message`` answers."""
        return self._routes(
            {
                "message.send": self.messaging.send,
                "message.history": self.history.read,
                "receipt.delivered": self.receipts.delivered,
                "receipt.read": self.receipts.read,
                "typing.start": self.typing.start,
                "typing.stop": self.typing.stop,
                "room.create": self.rooms.create,
                "room.list": self.rooms.list_rooms,
                "room.get": self.rooms.get,
                "sync.start": self.sync.start,
            }
        )

    @cached_property
    def presence_routes(self) -> FrameRoutes:
        """What the function ``presence`` answers."""
        return self._routes(
            {
                "presence.heartbeat": self.presence.heartbeat,
                "presence.list": self.presence.list_people,
            }
        )

    def _routes(self, operations: Mapping[str, Any]) -> FrameRoutes:
        return FrameRoutes(operations, self.presence.end_expired, self.adapters.clock.now)
