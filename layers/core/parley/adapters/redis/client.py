"""The connection to Redis: bounded in time, behind a breaker, speaking in Lua scripts only."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from parley import observability
from parley.adapters.redis import address, errors, scripts
from parley.adapters.redis.cluster import Cluster
from parley.adapters.redis.connecting import checked_tls
from parley.adapters.redis.login import Login
from parley.adapters.redis.node import Access, Arg, Breakers, Node, breakers_for
from parley.errors import BadSetting, CacheDefect, CacheUnavailable

TIMEOUT_S = 0.25

_logger = logging.getLogger(__name__)

__all__ = ["TIMEOUT_S", "Arg", "RedisClient"]


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
        breakers: Breakers | None = None,
        name: str = "parley",
        login: Login | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember how to connect.

        Args:
            url: ``redis://`` or ``rediss://`` (TLS).
            cluster: Speak the cluster protocol.
            timeout_s: For connecting, and for each answer.
            breakers: Makes a breaker for each server.
            name: How the connection is called in CLIENT LIST.
            login: Instead of the URL's user and password.
            clock: Epoch seconds.

        Raises:
            BadSetting: The URL is none of Redis.
        """
        where, account = address.parse(url)
        if cluster and where.database:
            raise BadSetting("a cluster of Redis has no database but 0")
        access = Access(
            login or Login(account),
            _options(timeout_s, name),
            breakers or breakers_for(timeout_s),
            # Read while the process starts, when Lambda gives it the most of a processor.
            checked_tls() if where.tls else None,
            clock,
        )
        self._may_ask_for_policy = True
        self._servers: Cluster | Node = Cluster(where, access) if cluster else Node(where, access)

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
        try:
            with observability.timed("redis_ms"):
                return self._servers.run(scripts.load(name), keys, args, repeatable=repeatable)
        except RedisError as error:
            observability.count("redis_errors")
            raise _translated(error, name) from error
        except CacheUnavailable:
            observability.count("redis_errors")
            raise

    def complain_of_eviction(self) -> None:
        """Log an error if a server that is full may take whichever key it likes.

        Then presence and limits vanish bit by bit, where they should rather not be written. One
        round trip for each server; what may not be asked for is not complained of, nor asked for
        again.
        """
        if not self._may_ask_for_policy:
            return
        try:
            policies = {node.ask("INFO", "memory")["maxmemory_policy"] for node in self._nodes()}
        except (RedisError, CacheUnavailable, KeyError) as error:
            self._may_ask_for_policy = errors.may_pass(error)
            _logger.warning("cache_policy_unknown", extra={"cause": str(error)})
            return
        for policy in sorted(policies):
            if policy.startswith("allkeys"):
                _logger.error("cache_may_evict_anything", extra={"policy": policy})

    def _nodes(self) -> list[Node]:
        return self._servers.nodes() if isinstance(self._servers, Cluster) else [self._servers]

    def close(self) -> None:
        """End the connections; a later call connects again."""
        self._servers.close()


def _options(timeout_s: float, name: str) -> dict[str, Any]:
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "decode_responses": True,
        "health_check_interval": 0,
        "client_name": name,
        # Every further word of the handshake is a round trip of each cold start.
        "protocol": 2,
        "driver_info": None,
    }


def _translated(error: Exception, name: str) -> Exception:
    translated = errors.translate(error, name)
    if isinstance(translated, CacheDefect):
        _logger.error("cache_script_failed", extra={"script": name, "cause": str(error)})
    else:
        _logger.warning("cache_unavailable", extra={"script": name, "cause": str(error)})
    return translated
