"""The connection to Redis: bounded in time, behind a breaker, speaking in Lua scripts only."""

import logging
from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from parley.adapters.redis import errors, scripts
from parley.adapters.redis.breaker import Breaker

TIMEOUT_S = 0.25

_logger = logging.getLogger(__name__)

Arg = str | int | float


class RedisClient:
    """Runs scripts; raises `CacheUnavailable` for every kind of outage.

    Connects at the first call. One call takes at most about one timeout, and none while the
    breaker is open. Safe for threads.
    """

    def __init__(
        self,
        url: str,
        *,
        cluster: bool = False,
        timeout_s: float = TIMEOUT_S,
        breaker: Breaker | None = None,
        name: str = "parley",
    ) -> None:
        """Remember how to connect.

        Args:
            url: ``redis://`` or ``rediss://`` (TLS).
            cluster: Speak the cluster protocol.
            timeout_s: For connecting, and for each answer.
            breaker: One for each server and process.
            name: How the connection is called in CLIENT LIST.
        """
        self._url = url
        self._cluster = cluster
        self._options: dict[str, Any] = {
            "socket_timeout": timeout_s,
            "socket_connect_timeout": timeout_s,
            "decode_responses": True,
            "health_check_interval": 0,
            "client_name": name,
            # Every further word of the handshake is a round trip of each cold start.
            "protocol": 2,
            "driver_info": None,
        }
        self._breaker = breaker or Breaker()
        self._connected: Any = None

    def run(
        self,
        name: str,
        keys: Sequence[str],
        args: Sequence[Arg] = (),
        *,
        repeatable: bool = False,
    ) -> Any:
        """Run a script and return its answer.

        Args:
            name: The script's.
            keys: All keys that it touches, of one slot.
            args: Its ARGV.
            repeatable: Running it twice does what running it once does, and answers the same:
                then it is sent again, once, over a new connection when an idle one was broken.

        Raises:
            CacheUnavailable: Redis did not answer, or cannot now.
            CacheDefect: Redis refused; somebody must look.
        """
        self._breaker.admit()
        try:
            answer = self._attempt(scripts.load(name), keys, args, repeatable=repeatable)
        except errors.FOREIGN as error:
            raise self._failed(error, name) from error
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """End the connections; a later call connects again."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def _attempt(
        self,
        script: scripts.Script,
        keys: Sequence[str],
        args: Sequence[Arg],
        *,
        repeatable: bool,
    ) -> Any:
        try:
            return self._evaluate(script, keys, args)
        except errors.FOREIGN as error:
            if not (repeatable and errors.is_broken_connection(error)):
                raise
        return self._evaluate(script, keys, args)

    def _evaluate(self, script: scripts.Script, keys: Sequence[str], args: Sequence[Arg]) -> Any:
        connected = self._connect()
        try:
            return connected.execute_command("EVALSHA", script.sha, len(keys), *keys, *args)
        except errors.FOREIGN as error:
            if not errors.is_missing_script(error):
                raise
        return connected.execute_command("EVAL", script.source, len(keys), *keys, *args)

    def _connect(self) -> Any:
        # redis-py's default of 10 retries runs an INCR twice and hangs for 12 s (SCENARIOS 1, 2).
        if self._connected is None:
            never = Retry(NoBackoff(), 0)
            if self._cluster:
                made: Any = redis.RedisCluster.from_url(self._url, retry=never, **self._options)
            else:
                made = redis.Redis.from_url(self._url, retry=never, **self._options)
            self._connected = made
        return self._connected

    def _failed(self, error: Exception, name: str) -> Exception:
        translated = errors.translate(error, name)
        if errors.is_outage(error):
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        if errors.is_demoted(error):
            # After a failover the name leads to another server; this connection never will.
            self.close()
        if isinstance(translated, errors.CacheDefect):
            _logger.error("cache_script_failed", extra={"script": name, "cause": str(error)})
        else:
            _logger.warning("cache_unavailable", extra={"script": name, "cause": str(error)})
        return translated
