"""Valkey at an address that stays, which can be lost, held up, rolled back, emptied and filled.

    with ValkeyUnderTest() as valkey:
        valkey.kill9(seconds=5)

What clients use is ``valkey.url``. For a cluster see `valkey_cluster`.
"""

import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.faults.tcp import HOST, TcpProxy
from tests.support.faults.valkey_node import Node
from tests.support.faults.verbs import verb, verbs_of

REPLICATES_IN_S = 20
WRITES_COME_IN_S = 3.0
POLL_S = 0.02
# As many as fact 3 of SCENARIOS.md.
LOST_WRITES = 37


class ValkeyUnderTest:
    """A primary behind a proxy, and a replica while one is needed.

    Verbs may be called from any thread, one at a time. A fault that lasts ends by itself after
    ``seconds``, or with `clear`.
    """

    def __init__(self, seed: int = 0) -> None:
        """Start it, empty."""
        self._folder = tempfile.TemporaryDirectory(prefix="parley-valkey-")
        self._random = random.Random(seed)  # noqa: S311 - chances, not secrets
        self._lock = threading.RLock()
        self._timers: dict[str, threading.Timer] = {}
        self._replica: Node | None = None
        self._parted_at = 0
        self.node = self._started()
        self.proxy = TcpProxy(self.node.port)

    @property
    def url(self) -> str:
        """Return its address, which never changes."""
        return f"redis://{HOST}:{self.proxy.port}/0"

    def admin(self) -> Any:
        """Return a client of the primary of this moment, past the proxy and its faults."""
        return self.node.admin()

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything."""
        self.close()

    def close(self) -> None:
        """End everything."""
        with self._lock:
            self._cancel_timers()
            self.proxy.close()
            for node in filter(None, (self.node, self._replica)):
                node.kill()
            self._folder.cleanup()

    def clear(self) -> None:
        """End all faults: it runs, answers and has room. What was lost stays lost."""
        with self._lock:
            self._cancel_timers()
            self.go_on()
            self.start()
            self.make_room()
            self.proxy.mend()

    # --- What it holds is lost ---------------------------------------------------------------

    @verb
    def flush(self) -> None:
        """Lose all data; connections and scripts stay."""
        with self._lock, self.admin() as admin:
            admin.flushall()

    @verb
    def script_flush(self) -> None:
        """Forget all scripts, as after a restart or a failover."""
        with self._lock, self.admin() as admin:
            admin.script_flush()

    @verb
    def evict(self, fraction: float = 0.5) -> int:
        """Lose some keys, as a policy like allkeys-lru takes them. Returns how many."""
        with self._lock, self.admin() as admin:
            keys = sorted(admin.scan_iter(count=1_000))
            victims = [key for key in keys if self._random.random() < fraction]
            return int(admin.unlink(*victims)) if victims else 0

    @verb
    def restart_empty(self) -> None:
        """Die, and be back at once without data and scripts."""
        self.kill9()
        self.start()

    # --- It does not answer ------------------------------------------------------------------

    @verb
    def kill9(self, seconds: float | None = None) -> None:
        """Die, until `start`: then it is empty."""
        with self._lock:
            self.node.kill()
            self._end_after(seconds, self.start)

    def start(self) -> None:
        """Run again, empty, if it is dead."""
        with self._lock:
            if not self.node.is_alive:
                self.node = self._started()
                self.proxy.lead_to(self.node.port)

    @verb
    def stop(self, seconds: float | None = None) -> None:
        """Hang, with every connection open (SIGSTOP), until `go_on`."""
        with self._lock:
            self.node.signal(signal.SIGSTOP)
            self._end_after(seconds, self.go_on)

    def go_on(self) -> None:
        """Do all that was asked for meanwhile (SIGCONT)."""
        with self._lock:
            self.node.signal(signal.SIGCONT)

    @verb
    def cut(self, seconds: float | None = None) -> None:
        """Be out of reach: connections are reset, those that there are and new ones."""
        self.proxy.cut(seconds)

    @verb
    def stall(self, seconds: float | None = None) -> None:
        """Be out of reach without anybody being told: bytes are held back."""
        self.proxy.stall(seconds)

    @verb
    def slow(self, delay_s: float = 0.1, seconds: float | None = None) -> None:
        """Answer late."""
        self.proxy.delay(delay_s, seconds)

    # --- It refuses --------------------------------------------------------------------------

    @verb
    def oom(self, seconds: float | None = None) -> None:
        """Have no room: whatever writes is refused, until `make_room`."""
        with self._lock, self.admin() as admin:
            admin.config_set("maxmemory", 1)
            self._end_after(seconds, self.make_room)

    def make_room(self) -> None:
        """Have room again; one that died and came back has."""
        with self._lock:
            if self.node.is_alive:
                with self.admin() as admin:
                    admin.config_set("maxmemory", 0)

    # --- It forgets the last of what it acknowledged -------------------------------------------

    @verb
    def failover(self, lost_writes: int = LOST_WRITES) -> int:
        """Promote a replica that lacks the last writes. Returns how many are lost.

        Waits a while for so many writes of the clients, and makes those up that do not come. A
        script counts as many as the values that it changes.
        """
        with self._lock:
            self.split()
            deadline = time.monotonic() + WRITES_COME_IN_S
            while self._lost() < lost_writes and time.monotonic() < deadline:
                time.sleep(POLL_S)
            with self.admin() as admin:
                for number in range(lost_writes - self._lost()):
                    admin.set(f"lost:{number}", "", ex=60)
            lost = self._lost()
            self.promote()
            return lost

    def split(self) -> None:
        """Part it from a replica: what is written from now on is lost with `promote`.

        To stop the replica would not do: the kernel keeps what it did not read (fact 3).
        """
        with self._lock, self.admin() as admin:
            self._replica = self._started()
            with self._replica.admin() as replica:
                replica.execute_command("REPLICAOF", HOST, self.node.port)
                _await_replica(admin, replica)
                replica.execute_command("REPLICAOF", "NO", "ONE")
            self._parted_at = _writes(admin)

    def promote(self) -> None:
        """Kill the primary, and lead everybody to the replica that `split` parted from it."""
        with self._lock:
            assert self._replica is not None, "split first"
            lost, self.node, self._replica = self.node, self._replica, None
            lost.kill()
            self.proxy.lead_to(self.node.port)

    def _lost(self) -> int:
        with self.admin() as admin:
            return _writes(admin) - self._parted_at

    # --- Our own -----------------------------------------------------------------------------

    def _started(self) -> Node:
        return Node.started(Path(self._folder.name))

    def _end_after(self, seconds: float | None, end: Callable[[], None]) -> None:
        # The end of an earlier fault of this kind must not end the one that has begun.
        if earlier := self._timers.pop(end.__name__, None):
            earlier.cancel()
        if seconds is not None:
            timer = threading.Timer(seconds, self._ended, (end,))
            timer.daemon = True
            self._timers[end.__name__] = timer
            timer.start()

    def _ended(self, end: Callable[[], None]) -> None:
        with self._lock:
            # Cancelled while it waited for the lock.
            if self._timers.pop(end.__name__, None) is threading.current_thread():
                end()

    def _cancel_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


VERBS = verbs_of(ValkeyUnderTest)


def _await_replica(admin: Any, replica: Any) -> None:
    deadline = time.monotonic() + REPLICATES_IN_S
    while replica.info("replication").get("master_link_status") != "up":
        assert time.monotonic() < deadline, "the replica never caught up"
        time.sleep(POLL_S)
    # What was written until now is there, too.
    assert admin.wait(1, REPLICATES_IN_S * 1_000) == 1


def _writes(admin: Any) -> int:
    return int(admin.info("persistence")["rdb_changes_since_last_save"])
