"""Wires everything, once for each process; the only module that names adapters.

Adapters are imported inside the factories, so that a function pays only for what it uses.
Tests put an `App` of memory adapters in place with :func:`use`.
"""

import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from parley import ports
from parley.domain.presence import PresenceRules
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
from parley.services.relay import Relay, StreamChange
from parley.services.room_access import RoomAccess
from parley.services.rooms import RoomLimits, Rooms
from parley.services.sync import Sync
from parley.services.typing import Typing
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.adapters.dynamodb.table import Table
    from parley.adapters.redis.client import RedisClient
    from parley.services.identity import Identity


# How long a change may take from its commit into the log that heartbeats read.
STREAM_DELAY_S = 10


class Adapters:
    """The real outside world, made as it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        """Remember the settings; nothing connects before it is used."""
        self._settings = settings

    @cached_property
    def clock(self) -> ports.Clock:
        """The machine's clock."""
        from parley.adapters.clock import SystemClock

        return SystemClock()

    @cached_property
    def _table(self) -> "Table":
        from parley.adapters.dynamodb.client import dynamodb_client
        from parley.adapters.dynamodb.table import Table

        return Table(dynamodb_client(), self._settings.require("table"))

    @cached_property
    def messages(self) -> ports.MessageStore:
        """Messages in DynamoDB."""
        from parley.adapters.dynamodb.messages import DynamoMessageStore

        return DynamoMessageStore(self._table)

    @cached_property
    def rooms(self) -> ports.RoomStore:
        """Rooms in DynamoDB."""
        from parley.adapters.dynamodb.rooms import DynamoRoomStore

        return DynamoRoomStore(self._table)

    @cached_property
    def users(self) -> ports.UserStore:
        """Profiles in DynamoDB."""
        from parley.adapters.dynamodb.users import DynamoUserStore

        return DynamoUserStore(self._table)

    @cached_property
    def tickets(self) -> ports.TicketStore:
        """Tickets in DynamoDB."""
        from parley.adapters.dynamodb.tickets import DynamoTicketStore

        return DynamoTicketStore(self._table)

    @cached_property
    def _redis(self) -> "RedisClient":
        from parley.adapters.redis.client import RedisClient

        settings = self._settings
        return RedisClient(
            settings.require("redis_url"),
            cluster=settings.redis_cluster,
            timeout_s=settings.redis_timeout_ms / 1000,
        )

    @cached_property
    def cache(self) -> ports.RoomCache:
        """Rooms in Redis."""
        from parley.adapters.redis.cache import RedisRoomCache

        return RedisRoomCache(self._redis, presence_rules(self._settings))

    @cached_property
    def presence(self) -> ports.PresenceStore:
        """Leases in Redis."""
        from parley.adapters.redis.presence import RedisPresenceStore

        return RedisPresenceStore(self._redis, presence_rules(self._settings))

    @cached_property
    def push(self) -> ports.Push:
        """The management API of the WebSocket."""
        from parley.adapters.push.crt import AwsCrtPush

        settings = self._settings
        return AwsCrtPush(
            settings.require("ws_endpoint"),
            os.environ.get("AWS_REGION", "us-east-1"),
            max_connections=settings.push_sockets,
        )

    @cached_property
    def queue(self) -> ports.FlushQueue:
        """The flush queue."""
        from parley.adapters.queue import SqsFlushQueue

        return SqsFlushQueue(self._settings.require("flush_queue_url"))

    @cached_property
    def verifier(self) -> ports.TokenVerifier:
        """Verifies tokens as configured; the algorithm never comes from the token."""
        from parley.adapters.secrets import secret_value
        from parley.adapters.tokens.jwt_verifier import JwtVerifier
        from parley.domain.tokens import Expected

        settings = self._settings
        expected = Expected(settings.jwt_issuer or None, settings.jwt_audience or None)
        if settings.jwt_algorithm == "HS256":
            secret = secret_value(settings.require("jwt_secret_arn"))
            return JwtVerifier.with_secret(secret, self.clock, expected)
        url = settings.require("jwks_url")
        return JwtVerifier.with_jwks(settings.jwt_algorithm, url, self.clock, expected)


def presence_rules(settings: Settings) -> PresenceRules:
    """Return the clocks of presence as configured."""
    return PresenceRules(
        lease_ttl_s=settings.lease_ttl_s, max_connections=settings.connections_per_user
    )


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


_apps: list[App] = []


def app() -> App:
    """Return the process's services; made at first use from the environment."""
    if not _apps:
        settings = Settings.from_environment()
        _apps.append(App(settings, Adapters(settings)))
    return _apps[0]


def prepare(build: Callable[[App], object]) -> None:
    """Make what a function needs while its environment starts, not while somebody waits.

    A bad setting so stops the start, and is not found by the first message. Outside of Lambda and
    of the local gateway, in tests say, nothing happens.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ and not _apps:
        build(app())
        # Modules and models live as long as the process. Left where the collector looks, each full
        # collection walks them all, tens of milliseconds in the middle of somebody's message.
        gc.freeze()


def use(replacement: App | None) -> None:
    """Put other services in place, or none, so that the next use makes them anew. For tests."""
    _apps[:] = [replacement] if replacement else []


def stream_changes(event: Mapping[str, Any]) -> list[StreamChange]:
    """Read an event of the table's stream."""
    from parley.adapters.dynamodb.stream import changes_of

    return changes_of(event)
