"""One server: calls are bounded in time, are not run twice by accident, and behind a breaker."""

import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from parley.adapters.redis import errors, scripts
from parley.adapters.redis.address import Address
from parley.adapters.redis.breaker import OPEN_S, Breaker
from parley.adapters.redis.connecting import pool_for
from parley.adapters.redis.login import Login
from parley.adapters.redis.outage import Outage

Arg = str | int | float
# A server or NAT that forgot an idle connection without telling would swallow the call, and open
# the breaker for everybody else.
MAX_IDLE_S = 30.0
# ElastiCache ends a connection 12 hours after its token was shown, in the middle of whatever it
# does (AWS.md §D). Ours end up to an hour before that, so that processes that began together do not
# all connect together again.
MAX_AGE_S = 11.5 * 3600
STAGGERED_S = 3600.0
Breakers = Callable[[], Breaker]


def breakers_for(timeout_s: float) -> Breakers:
    """Return what makes breakers for calls with this timeout.

    With a timeout of 250 ms, calls of one invocation take at most 750 ms together: slow ones 500,
    and then one that fails. Nothing that Parley does needs more than five calls below 100 ms.
    """
    return lambda: Breaker(OPEN_S, slow_s=0.4 * timeout_s, slow_budget_s=2 * timeout_s)


@dataclass(frozen=True, slots=True)
class Access:
    """How all servers of a deployment are reached.

    Attributes:
        login: What each is told.
        options: Of redis-py.
        breakers: Makes one for each server.
        tls: How certificates are checked, where there are any.
        clock: Epoch seconds, which go on while Lambda has the process frozen.
    """

    login: Login
    options: Mapping[str, Any]
    breakers: Breakers
    tls: ssl.SSLContext | None = None
    clock: Callable[[], float] = field(default=time.time)


class Node:
    """Runs scripts on one server; connects at the first call. Safe for threads."""

    def __init__(self, address: Address, access: Access) -> None:
        """Remember how to connect."""
        self.address = address
        self.breaker = access.breakers()
        self._access = access
        self._outage = Outage(str(address))
        self._connected: Any = None
        self._used_at = 0.0
        self._ends_at = 0.0

    def run(
        self,
        script: scripts.Script,
        keys: Sequence[str],
        args: Sequence[Arg],
        *,
        repeatable: bool,
        asking: bool = False,
    ) -> Any:
        """Run a script and return its answer.

        Args:
            script: What to run.
            keys: All keys that it touches.
            args: Its ARGV.
            repeatable: Sent again, once, over a new connection when an idle one was broken.
            asking: The slot is on its way to this node, and the key is there already.

        Raises:
            CacheUnavailable: The breaker is open.
            RedisError: As redis-py raised it.
        """
        call = _Call(script, keys, args, asking=asking)
        return self._guarded(lambda client: self._attempt(client, call, repeatable=repeatable))

    def ask(self, *command: str) -> Any:
        """Run a command that is about the server, such as ``INFO``."""
        return self._guarded(lambda client: client.execute_command(*command))

    def close(self) -> None:
        """End the connections; a later call connects again."""
        connected, self._connected = self._connected, None
        if connected is not None:
            connected.close()

    def _guarded(self, call: Callable[[Any], Any]) -> Any:
        self.breaker.admit()
        started = self.breaker.monotonic()
        try:
            answer = self._let_in(call)
        except errors.FOREIGN as error:
            self._note(error)
            raise
        self.breaker.succeeded(self.breaker.monotonic() - started)
        self._outage.answered()
        return answer

    def _note(self, error: Exception) -> None:
        if errors.is_outage(error):
            self.breaker.failed()
            self._outage.failed(error)
        else:
            self.breaker.succeeded()
            self._outage.answered()
        if errors.is_demoted(error):
            # After a failover the name leads to another server; this connection never will.
            self.close()

    def _let_in(self, call: Callable[[Any], Any]) -> Any:
        try:
            return call(self._client())
        except AuthenticationError:
            # Nothing was done for somebody who was not let in, so that it may be asked for again.
            if not self._access.login.renew():
                raise
        self._retire()
        return call(self._client())

    def _attempt(self, client: Any, call: "_Call", *, repeatable: bool) -> Any:
        try:
            return call.evaluated(client)
        except errors.FOREIGN as error:
            if not (repeatable and errors.is_broken_connection(error)):
                raise
        return call.evaluated(client)

    def _client(self) -> Any:
        now, used_at = self.breaker.monotonic(), self._used_at
        self._used_at = now
        if self._access.clock() >= self._ends_at:
            self._retire()
        connected = self._connected
        if connected is None:
            return self._new_client()
        if now - used_at > MAX_IDLE_S:
            connected.connection_pool.disconnect(inuse_connections=False)
        return connected

    def _new_client(self) -> Any:
        access = self._access
        # redis-py's default of 10 retries runs an INCR twice and hangs for 12 s (SCENARIOS 1, 2).
        options = {**access.options, "retry": Retry(NoBackoff(), 0)}
        pool = pool_for(self.address, access.login, access.tls, options)
        age_s = MAX_AGE_S - STAGGERED_S * random.random()  # noqa: S311 - no secret
        self._ends_at = access.clock() + age_s
        self._connected = redis.Redis.from_pool(pool)
        return self._connected

    def _retire(self) -> None:
        """Let later calls connect anew; one that is under way in another thread ends in peace."""
        connected, self._connected = self._connected, None
        if connected is not None:
            connected.connection_pool.disconnect(inuse_connections=False)


class _Call:
    """A script with what it is given."""

    def __init__(
        self, script: scripts.Script, keys: Sequence[str], args: Sequence[Arg], *, asking: bool
    ) -> None:
        self._script = script
        self._rest = (len(keys), *keys, *args)
        self._asking = asking

    def evaluated(self, client: Any) -> Any:
        """Run it, by its hash where the server knows it."""
        try:
            return self._sent(client, "EVALSHA", self._script.sha)
        except errors.FOREIGN as error:
            if not errors.is_missing_script(error):
                raise
        return self._sent(client, "EVAL", self._script.source)

    def _sent(self, client: Any, command: str, body: str) -> Any:
        if not self._asking:
            return client.execute_command(command, body, *self._rest)
        # Both over one connection: ASKING holds for the next command only. redis-py would put the
        # arguments, which are nobody's business, into the text of what it raises.
        with client.pipeline(transaction=False) as pipeline:
            pipeline.execute_command("ASKING")
            pipeline.execute_command(command, body, *self._rest)
            answer = pipeline.execute(raise_on_error=False)[-1]
        if isinstance(answer, Exception):
            raise answer
        return answer
