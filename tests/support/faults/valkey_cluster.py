"""Valkey as a cluster whose slots move, and whose masters die."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.processes import HOST, free_port
from tests.support.faults.valkey_node import Node
from tests.support.faults.verbs import verb, verbs_of

SLOTS = 16_384
# After so long without an answer a node counts as failed; replicas wait about as long again.
NODE_TIMEOUT_MS = 1_000
SETTLES_IN_S = 60
POLL_S = 0.05
KEYS_AT_ONCE = 100


class ValkeyCluster:
    """Masters that share the slots, and a replica for each if asked for.

    Clients use ``url``, or that of any node. Verbs may not be called at the same time.
    """

    def __init__(self, masters: int = 3, *, with_replicas: bool = False) -> None:
        """Start it, empty, and wait until every node knows every other."""
        self._folder = tempfile.TemporaryDirectory(prefix="parley-cluster-")
        self._bus: dict[int, int] = {}
        self.nodes: list[Node] = []
        try:
            self.masters = [self._started() for _ in range(masters)]
            self.replicas = [self._started() for _ in range(masters if with_replicas else 0)]
            self._join()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """Return the address of a node that lives; it tells of the others."""
        alive = next(node for node in self.nodes if node.is_alive)
        return f"redis://{HOST}:{alive.port}/0"

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
        for node in self.nodes:
            node.kill()
        self._folder.cleanup()

    # --- Faults ------------------------------------------------------------------------------

    @verb
    def flush(self) -> None:
        """Lose all data."""
        self.on_each_master(lambda admin: admin.flushall())

    @verb
    def script_flush(self) -> None:
        """Forget all scripts."""
        self.on_each_master(lambda admin: admin.script_flush())

    @verb
    def reshard(self, slots: int = 1_000) -> int:
        """Move slots from the first master to the last, with their keys, while they are used.

        Those with keys go first. Returns how many were moved.
        """
        source, target = self.masters[0], self.masters[-1]
        with source.admin() as giver, target.admin() as taker:
            moved = _fullest_slots(giver)[:slots]
            move = _Move(giver, taker, target.port)
            for slot in moved:
                move.carry_out(slot)
        self.until_settled()
        return len(moved)

    @verb
    def kill_master(self, place: int = 0) -> Node:
        """Kill a master. Its replica takes over, if it has one; else its slots are gone."""
        master = self.masters[place]
        master.kill()
        return master

    def until_taken_over(self, place: int = 0) -> None:
        """Wait until a replica serves the slots of the master that was killed in this place."""
        replica = self.replicas[place]
        _until(lambda: _role(replica) == "master")
        self.masters[place] = replica
        self.replicas.remove(replica)
        self.until_settled()

    # --- What tests ask of it ----------------------------------------------------------------

    def on_each_master(self, ask: Callable[[Any], Any]) -> list[Any]:
        """Ask each living master the same; return the answers."""
        answers = []
        for node in filter(lambda node: node.is_alive, self.masters):
            with node.admin() as admin:
                answers.append(ask(admin))
        return answers

    def place_of(self, key: str) -> int:
        """Return which master has a key."""
        with self.masters[0].admin() as admin:
            slot = admin.execute_command("CLUSTER KEYSLOT", key)
            ranges = admin.execute_command("CLUSTER SLOTS")
        port = next(owner[1] for first, last, owner, *_ in ranges if first <= slot <= last)
        return next(at for at, node in enumerate(self.masters) if node.port == port)

    def until_settled(self) -> None:
        """Wait until all that live agree that every slot is served."""
        _until(lambda: all(_is_settled(node) for node in self.nodes if node.is_alive))

    # --- Our own -----------------------------------------------------------------------------

    def _started(self) -> Node:
        bus = free_port()
        node = Node.started(
            Path(self._folder.name),
            (
                *("--cluster-enabled", "yes", "--cluster-port", str(bus)),
                *("--cluster-node-timeout", str(NODE_TIMEOUT_MS)),
                # A master that dies without a replica takes only its own slots away.
                *("--cluster-require-full-coverage", "no"),
            ),
        )
        self.nodes.append(node)
        self._bus[node.port] = bus
        return node

    def _join(self) -> None:
        first, *others = self.nodes
        for epoch, node in enumerate(self.nodes, 1):
            with node.admin() as admin:
                admin.execute_command("CLUSTER SET-CONFIG-EPOCH", epoch)
                if node in others:
                    admin.execute_command("CLUSTER MEET", HOST, first.port, self._bus[first.port])
        share = -(-SLOTS // len(self.masters))
        for place, node in enumerate(self.masters):
            with node.admin() as admin:
                last = min(SLOTS, (place + 1) * share) - 1
                admin.execute_command("CLUSTER ADDSLOTSRANGE", place * share, last)
        _until(lambda: all(_known(node) == len(self.nodes) for node in self.nodes))
        for master, replica in zip(self.masters, self.replicas, strict=False):
            with master.admin() as admin, replica.admin() as follower:
                follower.execute_command("CLUSTER REPLICATE", admin.execute_command("CLUSTER MYID"))
        self.until_settled()
        _until(lambda: all(_follows(replica) for replica in self.replicas))


VERBS = verbs_of(ValkeyCluster)


def _slots_of(admin: Any) -> list[int]:
    """Return the slots of the master that is asked."""
    mine = admin.execute_command("CLUSTER MYID")
    ranges = admin.execute_command("CLUSTER SLOTS")
    return [
        slot
        for first, last, owner, *_ in ranges
        if owner[2] == mine
        for slot in range(first, last + 1)
    ]


def _fullest_slots(admin: Any) -> list[int]:
    slots = _slots_of(admin)
    with admin.pipeline(transaction=False) as pipeline:
        for slot in slots:
            pipeline.execute_command("CLUSTER COUNTKEYSINSLOT", slot)
        counts = dict(zip(slots, pipeline.execute(), strict=True))
    return sorted(slots, key=lambda slot: -counts[slot])


class _Move:
    """Moves slots as the specification says: meanwhile clients meet ASK and TRYAGAIN."""

    def __init__(self, giver: Any, taker: Any, taker_port: int) -> None:
        self._giver, self._taker, self._taker_port = giver, taker, taker_port
        self._old, self._new = (each.execute_command("CLUSTER MYID") for each in (giver, taker))

    def carry_out(self, slot: int) -> None:
        ask = "CLUSTER SETSLOT", slot
        self._taker.execute_command(*ask, "IMPORTING", self._old)
        self._giver.execute_command(*ask, "MIGRATING", self._new)
        while keys := self._giver.execute_command("CLUSTER GETKEYSINSLOT", slot, KEYS_AT_ONCE):
            self._giver.execute_command(
                "MIGRATE", HOST, self._taker_port, "", 0, 5_000, "KEYS", *keys
            )
        for admin in (self._taker, self._giver):
            admin.execute_command(*ask, "NODE", self._new)


def _known(node: Node) -> int:
    return sum(each["connected"] for each in _ask(node, "CLUSTER NODES").values())


def _is_settled(node: Node) -> bool:
    """Tell whether a node finds every slot served, and each of them by a master that lives."""
    info = _ask(node, "CLUSTER INFO")
    return info["cluster_state"] == "ok" and int(info["cluster_slots_ok"]) == SLOTS


def _role(node: Node) -> str:
    return str(_ask(node, "ROLE")[0])


def _follows(replica: Node) -> bool:
    role, *_, state, _ = _ask(replica, "ROLE")
    return bool(role == "slave" and state == "connected")


def _ask(node: Node, command: str) -> Any:
    with node.admin() as admin:
        return admin.execute_command(command)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLES_IN_S
    while not condition():
        assert time.monotonic() < deadline, "the cluster did not settle"
        time.sleep(POLL_S)
