"""The way to Redis, which depends on where it is: on this machine, in AWS, or anywhere."""

import os
from typing import TYPE_CHECKING

from parley import observability
from parley.errors import BadSetting
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.adapters.redis.client import RedisClient
    from parley.adapters.redis.login import Account, Login


def redis_client(settings: Settings) -> "RedisClient":
    """Return the client of the Redis that the settings name; it connects at its first call.

    Raises:
        BadSetting: They name none, or more than one.
    """
    if settings.redis_iam_user or settings.redis_iam_cache:
        return _serverless(settings)
    if settings.redis_secret_arn and not settings.redis_url:
        return _external(settings, settings.redis_secret_arn)
    return _client(settings, settings.require("redis_url"), None)


def _serverless(settings: Settings) -> "RedisClient":
    """Return a client of ElastiCache Serverless, which lets the function's role in."""
    from parley.adapters.redis.iam import IamLogin, ServerlessUser, role_credentials

    url = settings.require("redis_url")
    _refuse_plain(url, "PARLEY_REDIS_URL")
    user, cache = settings.require("redis_iam_user"), settings.require("redis_iam_cache")
    region = os.environ.get("AWS_REGION", "us-east-1")
    login = IamLogin(ServerlessUser(user, cache, region), role_credentials())
    return _client(settings, url, login)


def _external(settings: Settings, arn: str) -> "RedisClient":
    """Return a client of a Redis anywhere, whose URL is a secret that may be changed."""
    from parley.adapters.redis.login import RotatingLogin
    from parley.adapters.secrets import secret_value

    url = secret_value(arn).strip()
    account = _refuse_plain(url, _named(arn))
    return _client(settings, url, RotatingLogin(account, lambda: _account_now(arn, url)))


def _client(settings: Settings, url: str, login: "Login | None") -> "RedisClient":
    from parley.adapters.redis.client import RedisClient

    timeout_s = settings.redis_timeout_ms / 1000
    return RedisClient(url, cluster=settings.redis_cluster, timeout_s=timeout_s, login=login)


def _named(arn: str) -> str:
    return f"secret {arn} (PARLEY_REDIS_SECRET_ARN)"


def _refuse_plain(url: str, setting: str) -> "Account":
    """Return the URL's account, unless the URL would send its password where others can read it."""
    from parley.adapters.redis import address

    where, account = address.parse(url, setting)
    if not where.tls and not where.is_loopback:
        raise BadSetting(f"{setting} must begin with rediss://: without TLS everybody can listen")
    return account


def _account_now(arn: str, url: str) -> "Account | None":
    """Return what the secret says now; None where it says nothing of use to this process.

    The password of another server is not for the one that we know. Processes that begin from now
    on go there.
    """
    from parley.adapters.redis import address
    from parley.adapters.secrets import secret_now

    try:
        where, account = address.parse(secret_now(arn).strip(), _named(arn))
    except BadSetting as exc:
        observability.error("secret_unreadable", cause=str(exc))
        return None
    if where != address.parse(url)[0]:
        observability.error("redis_moved", cause=f"{_named(arn)} names another server by now")
        return None
    return account
