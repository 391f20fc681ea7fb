"""One Valkey process of a test's own."""

import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import redis

from local.errors import StartError
from local.processes import HOST
from local.servers import Server, start_valkey

# Another server to test with, such as an older Redis, than the Valkey that comes with the tests.
OTHER_BINARY = os.environ.get("PARLEY_TEST_REDIS")
TRIES = 5
ANSWER_IN_S = 20
# Or a replica would wait 5 s for others that might come.
OPTIONS = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")


def admin_of(port: int) -> Any:
    """Return a client that may do what Parley never does."""
    return redis.Redis(HOST, port, decode_responses=True, protocol=2, socket_timeout=ANSWER_IN_S)


@dataclass(frozen=True, slots=True)
class Node:
    """A running server."""

    server: Server
    port: int
    pid: int

    @classmethod
    def started(cls, folder: Path, options: Sequence[str] = ()) -> Self:
        """Start one, empty, with a new folder below this one; it answers by now."""
        for attempt in range(TRIES):
            try:
                return cls._started(folder, options)
            except StartError:
                # Somebody else took the port that was free a moment ago.
                if attempt == TRIES - 1:
                    raise
        raise AssertionError

    @classmethod
    def _started(cls, folder: Path, options: Sequence[str]) -> Self:
        home = Path(tempfile.mkdtemp(dir=folder))
        server = start_valkey(home, options=(*OPTIONS, *options), binary=OTHER_BINARY)
        try:
            port = int(server.ready().rpartition(":")[2].partition("/")[0])
            with admin_of(port) as admin:
                return cls(server, port, admin.info("server")["process_id"])
        except BaseException:
            server.child.kill()
            raise

    def admin(self) -> Any:
        """Return a client that may do what Parley never does."""
        return admin_of(self.port)

    @property
    def is_alive(self) -> bool:
        """Return whether it runs, be it stopped."""
        return self.server.child.is_alive

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.is_alive:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.server.child.kill()
