"""Losing all of Valkey."""

import redis

from tests.support.stack import Stack


def flush_valkey(stack: Stack) -> None:
    """Forget everything, scripts too, as a restarted server has."""
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()
        client.script_flush()
