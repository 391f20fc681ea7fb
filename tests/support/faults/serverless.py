"""Stands in for ElastiCache Serverless for Valkey: TLS, tokens of IAM, one shard, and refusals.

A real Valkey does the work. In front of it is what AWS has there (AWS.md §D): TLS only; a user
whose password is a token that is looked at as AWS does, and who is cut off after 12 hours; one
virtual shard with its writer and, on another port, a reader; commands that nobody may use, from
outside or inside a script; and, as a cluster, no keys of two slots.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from io import BufferedRWPair
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from local.processes import free_port
from tests.support.faults import resp
from tests.support.faults.valkey_node import Node
from tests.support.sigv4 import TokenJudge, TokenRefused

HOST = "localhost"
SLOTS = 16_384
CUT_AFTER_S = 12 * 3600
# Of those that AWS.md names, what a client might use; and what nobody promises.
REFUSED = frozenset({"config", "debug", "keys", "select", "save", "bgsave", "shutdown", "info"})
REFUSED_PARTS = frozenset({"client", "cluster"})
# Inside of scripts, where only Valkey itself can refuse. Among the dangerous are INFO and KEYS.
DENIED = "-@dangerous -select -config -debug -client -cluster"
ADMIN = "admin"
POLL_S = 0.02
OK = b"+OK\r\n"


class Serverless:
    """Such a cache, on this machine, with an empty Valkey behind it.

    Attributes:
        tokens: Those that came, good or not.
        refusals: Why tokens were refused.
        commands: How often each came.
        refused: Those that nobody may use, and that came all the same.
        clock: Epoch seconds; a test may put another.
        slow_login_s: How long it looks at a token.
        may_cluster: Which parts of CLUSTER are allowed.
        reader_port: Where it says that its reader is.
        logins_since: From which time on logins are remembered.
    """

    def __init__(self, folder: Path, judge: TokenJudge, tls: ssl.SSLContext) -> None:
        """Start it."""
        self._judge = judge
        self._tls = tls
        self._clients: set[socket.socket] = set()
        self.heal()
        self.node = _started(folder)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self) -> None:
        """Be as at the beginning, but for the data."""
        self.judge = self._judge
        self.tokens: list[str] = []
        self.refusals: list[str] = []
        self.commands: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.clock: Callable[[], float] = time.time
        self.slow_login_s = 0.0
        self.may_cluster = frozenset({"slots"})
        self.reader_port = 6380
        self.logins_since = 0
        self.drop()

    @property
    def url(self) -> str:
        """Return its address, which names nobody."""
        return f"rediss://{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """Return how many are open."""
        return len(self._clients)

    def admin(self) -> Any:
        """Return a client of the Valkey behind, that may do what Parley never does."""
        return redis.Redis(
            port=self.node.port,
            username=ADMIN,
            password=ADMIN,
            decode_responses=True,
            protocol=2,
        )

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._listener.close()
        self.drop()
        self.node.kill()

    def forget_logins(self) -> None:
        """Want to see a token again, over each connection that there is."""
        self.logins_since += 1

    def drop(self) -> None:
        """Cut all connections off, as a restart does."""
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        # Or each answer after the handshake waits 40 ms for an acknowledgement of TLS' tickets.
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with (
                self._tls.wrap_socket(accepted, server_side=True) as client,
                socket.create_connection(("127.0.0.1", self.node.port)) as behind,
            ):
                self._clients.add(client)
                try:
                    _Session(self, client.makefile("rwb"), behind.makefile("rwb")).run()
                finally:
                    self._clients.discard(client)
        except (OSError, ValueError, EOFError):
            # Whoever does not trust the certificate leaves, and so does who was cut off.
            accepted.close()

    def slots(self) -> bytes:
        """Return the one virtual shard: its writer, then its reader."""
        owner, reader = (
            resp.array(resp.text(HOST), resp.number(port), resp.text(name * 40), resp.array())
            for port, name in ((self.port, "a"), (self.reader_port, "b"))
        )
        shard = resp.array(resp.number(0), resp.number(SLOTS - 1), owner, reader)
        return resp.array(shard)


class _Session:
    """One connection."""

    def __init__(self, cache: Serverless, client: BufferedRWPair, behind: BufferedRWPair) -> None:
        self._cache = cache
        self._client = client
        self._behind = behind
        self._until: float | None = None
        self._logged_in_at = -1

    def run(self) -> None:
        while (came := resp.read_command(self._client)) is not None:
            words, raw = came
            if self._until is not None and self._cache.clock() >= self._until:
                return
            self._client.write(self._answer(words, raw))
            self._client.flush()

    def _answer(self, words: resp.Words, raw: bytes) -> bytes:
        name = words[0].decode().lower()
        part = words[1].decode(errors="replace").lower() if len(words) > 1 else ""
        self._cache.commands[name] += 1
        if name == "auth":
            return self._log_in(words)
        if self._logged_in_at < self._cache.logins_since:
            return resp.error("NOAUTH Authentication required.")
        if name in REFUSED or name in REFUSED_PARTS:
            if name == "cluster" and part in self._cache.may_cluster:
                return self._cache.slots()
            self._cache.refused[f"{name} {part}" if name in REFUSED_PARTS else name] += 1
            return resp.error(f"NOPERM User has no permissions to run the '{name}' command")
        self._behind.write(raw)
        self._behind.flush()
        return resp.read_answer(self._behind)

    def _log_in(self, words: resp.Words) -> bytes:
        cache = self._cache
        user, token = (word.decode() for word in words[1:])
        cache.tokens.append(token)
        time.sleep(cache.slow_login_s)
        try:
            cache.judge.judge(user, token, cache.clock())
        except TokenRefused as refusal:
            cache.refusals.append(str(refusal))
            return resp.error("WRONGPASS invalid username-password pair or user is disabled.")
        self._until = cache.clock() + CUT_AFTER_S
        self._logged_in_at = cache.logins_since
        return OK


def _started(folder: Path) -> Node:
    bus = str(free_port())
    node = Node.started(folder, ("--cluster-enabled", "yes", "--cluster-port", bus))
    with node.admin() as admin:
        admin.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
        while admin.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            time.sleep(POLL_S)
        # The stand-in needs no login behind itself; a test that looks in may do everything.
        admin.acl_setuser(
            ADMIN, enabled=True, passwords=[f"+{ADMIN}"], keys="*", commands=["+@all"]
        )
        admin.execute_command("ACL", "SETUSER", "default", *DENIED.split())
    return node
