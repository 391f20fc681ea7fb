"""Redis as a cluster: leads each call to the server that has its slot.

redis-py's own client asks every server in turn when one does not answer, and sleeps besides: more
than a second for three that hang. Here a call waits for one server. Each has a breaker of its own,
so one that is lost takes only its own tenants along. Who has which slot is asked now and then,
of one server.
"""

import logging
import threading
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, RedisError

from parley.adapters.redis import errors, scripts
from parley.adapters.redis.address import Address
from parley.adapters.redis.node import Access, Arg, Node
from parley.errors import CacheUnavailable

# Slots that move one after another cause one redirection each, and the map is not asked for.
REDIRECTIONS = 4
ASK_AGAIN_S = 0.5

_logger = logging.getLogger(__name__)


class Cluster:
    """Runs scripts on whichever server has their keys. Safe for threads."""

    def __init__(self, address: Address, access: Access) -> None:
        """Remember how to connect.

        Args:
            address: Of any server; it tells of the others.
            access: How all of them are reached.
        """
        self._access = access
        self._seed = Node(address, access)
        self._monotonic = self._seed.breaker.monotonic
        self._nodes: dict[Address, Node] = {address: self._seed}
        # By the first slot of each range; one that nobody has is answered for with CLUSTERDOWN.
        self._owners: list[tuple[int, Node]] = []
        self._moved: dict[int, Node] = {}
        self._asked_at = float("-inf")
        self._is_stale = True
        self._lock = threading.Lock()

    def run(
        self, script: scripts.Script, keys: Sequence[str], args: Sequence[Arg], *, repeatable: bool
    ) -> Any:
        """Run a script and return its answer; see `Node.run`."""
        slot = key_slot(keys[0].encode())
        node, asking = self._owner(slot), False
        for _ in range(REDIRECTIONS):
            try:
                return node.run(script, keys, args, repeatable=repeatable, asking=asking)
            except MovedError as error:
                node, asking = self._at(error.host, error.port, node), False
                self._moved[slot] = node
            except AskError as error:
                node, asking = self._at(error.host, error.port, node), True
            except (CacheUnavailable, *errors.FOREIGN) as error:
                # Perhaps another server has taken its place.
                self._is_stale = self._is_stale or errors.may_have_moved(error)
                raise
        raise CacheUnavailable("the slot moves on and on")

    def nodes(self) -> list[Node]:
        """Return the servers that have slots, as far as is known."""
        self._refresh()
        return list(dict.fromkeys(node for _, node in self._owners)) or [self._seed]

    def close(self) -> None:
        """End the connections; a later call connects again."""
        for node in list(self._nodes.values()):
            node.close()

    # --- Who has what --------------------------------------------------------------------------

    def _owner(self, slot: int) -> Node:
        if self._is_stale:
            self._refresh()
        if slot in self._moved:
            return self._moved[slot]
        at = bisect_right(self._owners, slot, key=itemgetter(0)) - 1
        # Without a word about it the first server says where it is.
        return self._owners[at][1] if at >= 0 else self._seed

    def _refresh(self) -> None:
        """Ask who has what, unless that was done just now; waits for one server at most."""
        now = self._monotonic()
        with self._lock:
            if now - self._asked_at < ASK_AGAIN_S:
                return
            self._asked_at = now
            nodes = sorted(self._nodes.values(), key=lambda node: node.breaker.is_open)
        for node in nodes:
            try:
                self._learn(node.ask("CLUSTER SLOTS"), node)
            except CacheUnavailable:
                # Refused by its breaker, which took no time.
                continue
            except RedisError as error:
                # One that may not be asked still leads each call to the right place.
                self._is_stale = errors.is_outage(error)
                _logger.warning("cluster_unknown", extra={"cause": str(error)})
            return

    def _learn(self, slots: Sequence[Any], told_by: Node) -> None:
        owned = ((first, self._at(owner[0], owner[1], told_by)) for first, _, owner, *_ in slots)
        self._owners = sorted(owned, key=itemgetter(0))
        self._moved = {}
        self._is_stale = False

    def _at(self, host: str | None, port: int, told_by: Node) -> Node:
        """Return the server at an address; a server that does not know its own leaves it out."""
        address = told_by.address.at(host, port)
        with self._lock:
            if address not in self._nodes:
                self._nodes[address] = Node(address, self._access)
            return self._nodes[address]
