"""One server: calls are bounded in time, are not run twice by accident, and behind a breaker."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from parley.adapters.redis import errors, scripts
from parley.adapters.redis.breaker import OPEN_S, Breaker

Arg = str | int | float
# A server or NAT that forgot an idle connection without telling would swallow the call, and open
# the breaker for everybody else.
MAX_IDLE_S = 30.0
Breakers = Callable[[], Breaker]


def breakers_for(timeout_s: float) -> Breakers:
    """Return what makes breakers for calls with this timeout.

    With a timeout of 250 ms, calls of one invocation take at most 750 ms together: slow ones 500,
    and then one that fails. Nothing that Parley does needs more than five calls below 100 ms.
    """
    return lambda: Breaker(OPEN_S, slow_s=0.4 * timeout_s, slow_budget_s=2 * timeout_s)


class Node:
    """Runs scripts on one server; connects at the first call. Safe for threads."""

    def __init__(self, url: str, options: Mapping[str, Any], breaker: Breaker) -> None:
        """Remember how to connect.

        Args:
            url: ``redis://`` or ``rediss://`` (TLS).
            options: Of redis-py.
            breaker: This server's own.
        """
        self.url = url
        self.breaker = breaker
        self._options = options
        self._connected: Any = None
        self._used_at = 0.0

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
            answer = call(self._client())
        except errors.FOREIGN as error:
            if errors.is_outage(error):
                self.breaker.failed()
            else:
                self.breaker.succeeded()
            if errors.is_demoted(error):
                # After a failover the name leads to another server; this connection never will.
                self.close()
            raise
        self.breaker.succeeded(self.breaker.monotonic() - started)
        return answer

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
        if self._connected is not None and now - used_at > MAX_IDLE_S:
            self._connected.connection_pool.disconnect(inuse_connections=False)
        # redis-py's default of 10 retries runs an INCR twice and hangs for 12 s (SCENARIOS 1, 2).
        if self._connected is None:
            never = Retry(NoBackoff(), 0)
            self._connected = redis.Redis.from_url(self.url, retry=never, **self._options)
        return self._connected


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
