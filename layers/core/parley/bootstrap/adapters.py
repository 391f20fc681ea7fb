"""The real outside world. Adapters are imported where they are made, for the cold start."""

import os
from functools import cached_property
from typing import TYPE_CHECKING

from parley import ports
from parley.domain.presence import PresenceRules
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.adapters.dynamodb.table import Table
    from parley.adapters.redis.client import RedisClient
    from parley.domain.tokens import Expected


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
    def tenants(self) -> ports.SettingsStore:
        """Tenants' settings in DynamoDB."""
        from parley.adapters.dynamodb.tenants import DynamoSettingsStore

        return DynamoSettingsStore(self._table)

    @cached_property
    def clearing(self) -> ports.ClearingStore:
        """All messages in DynamoDB, one after another."""
        from parley.adapters.dynamodb.clearing import DynamoClearingStore

        return DynamoClearingStore(self._table)

    @cached_property
    def tickets(self) -> ports.TicketStore:
        """Tickets in DynamoDB."""
        from parley.adapters.dynamodb.tickets import DynamoTicketStore

        return DynamoTicketStore(self._table)

    @cached_property
    def _redis(self) -> "RedisClient":
        from parley.bootstrap.redis_client import redis_client

        return redis_client(self._settings)

    @cached_property
    def cache(self) -> ports.RoomCache:
        """Rooms in Redis."""
        from parley.adapters.redis.cache import RedisRoomCache

        rules, prefix = presence_rules(self._settings), self._settings.redis_prefix
        return RedisRoomCache(self._redis, rules, prefix=prefix)

    @cached_property
    def presence(self) -> ports.PresenceStore:
        """Leases in Redis."""
        from parley.adapters.redis.presence import RedisPresenceStore

        rules, prefix = presence_rules(self._settings), self._settings.redis_prefix
        return RedisPresenceStore(self._redis, rules, prefix=prefix)

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

        settings = self._settings
        timeout_s = settings.queue_timeout_ms / 1000
        return SqsFlushQueue(settings.require("flush_queue_url"), timeout_s)

    @cached_property
    def fanout(self) -> ports.FanoutQueue:
        """The fan-out queue."""
        from parley.adapters.queue import SqsFanoutQueue

        settings = self._settings
        timeout_s = settings.queue_timeout_ms / 1000
        return SqsFanoutQueue(settings.require("fanout_queue_url"), timeout_s)

    @cached_property
    def verifier(self) -> ports.TokenVerifier:
        """Verifies tokens as configured; the algorithm never comes from the token."""
        settings = self._settings
        if not settings.introspection_url:
            return self._jwt_verifier()
        from parley.adapters.secrets import secret_value
        from parley.adapters.tokens.introspection import (
            Introspection,
            IntrospectionVerifier,
            TokensOfBothKinds,
        )

        introspection = Introspection(
            url=settings.introspection_url,
            client_id=settings.require("introspection_client_id"),
            secret=secret_value(settings.require("introspection_secret_arn")),
            cache_s=settings.introspection_cache_s,
        )
        opaque = IntrospectionVerifier(introspection, self.clock, self._expected())
        has_keys = settings.jwt_secret_arn or settings.jwks_url
        return TokensOfBothKinds(self._jwt_verifier() if has_keys else None, opaque)

    def _jwt_verifier(self) -> ports.TokenVerifier:
        from parley.adapters.secrets import secret_value
        from parley.adapters.tokens.jwt_verifier import JwtVerifier

        settings = self._settings
        if settings.jwt_algorithm == "HS256":
            secret = secret_value(settings.require("jwt_secret_arn"))
            return JwtVerifier.with_secret(secret, self.clock, self._expected())
        url = settings.require("jwks_url")
        return JwtVerifier.with_jwks(settings.jwt_algorithm, url, self.clock, self._expected())

    def _expected(self) -> "Expected":
        from parley.domain.tokens import Expected

        return Expected(self._settings.jwt_issuer or None, self._settings.jwt_audience or None)


def presence_rules(settings: Settings) -> PresenceRules:
    """Return the clocks of presence as configured."""
    return PresenceRules(
        lease_ttl_s=settings.lease_ttl_s, max_connections=settings.connections_per_user
    )
