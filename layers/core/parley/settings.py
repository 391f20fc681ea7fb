"""Settings, read once from the environment; a bad one stops the cold start by name.

Every name has the prefix ``PARLEY_``. Secrets are given as ARNs, never as values.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from parley.errors import BadSetting

PREFIX = "PARLEY_"
JWT_ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")

# As browsers send it: no path, not even a slash, and no pattern.
_ORIGIN = re.compile(r"https?://[^/?#*\s]+")
# No brace: what stands in braces decides which server of a cluster has the key.
_KEY_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,160}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")

# Lowest and highest allowed value of each numeric setting.
BOUNDS: dict[str, tuple[int, int]] = {
    "redis_timeout_ms": (10, 5_000),
    "introspection_cache_s": (1, 300),
    "body_max_chars": (1, 100_000),
    "messages_per_10s": (1, 1_000_000),
    "messages_per_minute": (1, 1_000_000),
    "typing_per_minute": (1, 1_000_000),
    "receipts_per_minute": (1, 1_000_000),
    "requests_per_minute": (1, 1_000_000),
    "connects_per_minute": (1, 1_000_000),
    "connections_per_user": (1, 1_000),
    "rooms_per_user": (1, 1_000),
    "open_rooms_max": (1, 1_000),
    "group_members_max": (2, 1_000),
    "quiet_room_members": (2, 1_000),
    "presence_all_max": (1, 100_000),
    "retention_days": (0, 3_650),
    "lease_ttl_s": (2, 3_600),
    "heartbeat_interval_s": (1, 600),
    "push_budget_ms": (10, 500),
    "push_sockets": (1, 1_024),
    "queue_timeout_ms": (50, 5_000),
    "direct_push_max": (1, 10_000),
    "direct_room_max": (1, 10_000),
    "commit_tries": (1, 100),
    # Well below the functions' Timeout: nobody may be killed inside a commit.
    "commit_budget_ms": (100, 5_000),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults (SPEC §6). A field's name in upper case is its variable.

    Redis is at ``redis_url``, or at the URL that the secret ``redis_secret_arn`` holds. With
    ``redis_iam_user`` it is a serverless cache of ElastiCache, ``redis_iam_cache``, to which the
    function's role lets that user in. All keys begin with ``redis_prefix``: deployments that share
    a Redis have different ones, and a new one is an empty cache. ``ws_endpoint`` is the management
    API's base, ``https://…/stage``. ``allowed_origins`` and the cookies are lists separated by
    commas. With ``introspection_url`` (RFC 7662) opaque tokens are asked about there, as
    ``introspection_client_id``; answers hold for ``introspection_cache_s``. ``open_rooms_max`` is
    for a tenant's organization rooms, and for each space's channels. An event for more than
    ``direct_push_max`` connections goes by the fan-out queue; in rooms of more than
    ``direct_room_max`` people the fan-out function also looks the connections up. A reply waits at
    most ``queue_timeout_ms`` for a queue, and ``push_budget_ms`` for pushes.
    Messages are kept for ``retention_days``; 0 is for ever.
    """

    table: str = ""
    redis_url: str = ""
    redis_secret_arn: str = ""
    redis_iam_user: str = ""
    redis_iam_cache: str = ""
    redis_prefix: str = "parley"
    redis_cluster: bool = False
    redis_timeout_ms: int = 250
    ws_endpoint: str = ""
    flush_queue_url: str = ""
    fanout_queue_url: str = ""
    jwt_algorithm: str = "HS256"
    jwt_secret_arn: str = ""
    jwks_url: str = ""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    introspection_url: str = ""
    introspection_client_id: str = ""
    introspection_secret_arn: str = ""
    introspection_cache_s: int = 30
    tenant_claim: str = "tenantId"
    allowed_origins: tuple[str, ...] = ()
    tenant_cookies: tuple[str, ...] = ("dashboard_access_token", "dm_access_token")
    manage_cookies: tuple[str, ...] = ("manage_access_token",)
    body_max_chars: int = 4_000
    messages_per_10s: int = 10
    messages_per_minute: int = 60
    typing_per_minute: int = 100
    receipts_per_minute: int = 1_000
    requests_per_minute: int = 600
    connects_per_minute: int = 60
    connections_per_user: int = 10
    rooms_per_user: int = 1_000
    open_rooms_max: int = 100
    group_members_max: int = 1_000
    quiet_room_members: int = 50
    presence_all_max: int = 200
    retention_days: int = 0
    lease_ttl_s: int = 90
    heartbeat_interval_s: int = 30
    push_budget_ms: int = 500
    push_sockets: int = 32
    queue_timeout_ms: int = 400
    direct_push_max: int = 100
    direct_room_max: int = 250
    commit_tries: int = 8
    commit_budget_ms: int = 2_000

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings; `BadSetting` names the first one that is wrong."""
        source = os.environ if environ is None else environ
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for field in fields(cls):
            variable = PREFIX + field.name.upper()
            text = source.get(variable, "").strip()
            if text:
                values[field.name] = _parse(variable, field.name, hints[field.name], text)
        known = {PREFIX + field.name.upper() for field in fields(cls)}
        for variable in sorted(source):
            if variable.startswith(PREFIX) and variable not in known:
                raise BadSetting(f"{variable} is no setting of Parley")
        settings = cls(**values)
        settings._check()
        return settings

    def _check(self) -> None:
        if self.jwt_algorithm not in JWT_ALGORITHMS:
            raise BadSetting(f"{PREFIX}JWT_ALGORITHM must be one of {', '.join(JWT_ALGORITHMS)}")
        if self.heartbeat_interval_s >= self.lease_ttl_s:
            raise BadSetting(f"{PREFIX}HEARTBEAT_INTERVAL_S must be below {PREFIX}LEASE_TTL_S")
        if _KEY_PREFIX.fullmatch(self.redis_prefix) is None:
            raise BadSetting(f"{PREFIX}REDIS_PREFIX must be 1 to 160 of A-Z, a-z, 0-9, _ and -")
        if not all(_ORIGIN.fullmatch(origin) for origin in self.allowed_origins):
            raise BadSetting(f"{PREFIX}ALLOWED_ORIGINS must be exact, such as https://a.example")

    def require(self, name: str) -> str:
        """Return a text setting that this function cannot do without."""
        value = getattr(self, name)
        if not value:
            raise BadSetting(f"{PREFIX}{name.upper()} is not set")
        return str(value)


def _parse(variable: str, name: str, kind: object, text: str) -> object:
    if kind is str:
        return text
    if kind is bool:
        return _parse_bool(variable, text)
    if kind is int:
        return _parse_int(variable, name, text)
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parse_bool(variable: str, text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0"}:
        raise BadSetting(f"{variable} must be true or false")
    return text.lower() in {"true", "1"}


def _parse_int(variable: str, name: str, text: str) -> int:
    low, high = BOUNDS[name]
    if _WHOLE_NUMBER.fullmatch(text) is None or not low <= int(text) <= high:
        raise BadSetting(f"{variable} must be a whole number from {low} to {high}")
    return int(text)
