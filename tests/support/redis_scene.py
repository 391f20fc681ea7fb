"""A Parley in this process on real stores, whose Valkey can be broken."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from typing_extensions import override

from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.table import Table
from parley.adapters.redis.breaker import Breaker
from parley.adapters.redis.client import RedisClient
from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.faults.valkey_cluster import ValkeyCluster
from tests.support.real_app import PATIENT_S, TABLE, RealAdapters
from tests.support.real_world import RealWorld
from tests.support.valkeys import lose_everything

# Short, so that tests need not wait long for a probe.
OPEN_S = 0.2


class TimedRedis(RedisClient):
    """Notes how long its calls took, and which were not answered.

    Attributes:
        took_s: How long each call took since `forget`.
        unanswered: How many of them waited for an answer that never came, as opposed to those
            that the breaker refused.
    """

    took_s: list[float]
    unanswered: int

    def forget(self) -> None:
        """Count from here on."""
        self.took_s, self.unanswered = [], 0

    @override
    def run(
        self, name: str, keys: Sequence[str], args: Sequence[Any] = (), *, repeatable: bool = False
    ) -> Any:
        started = time.monotonic()
        try:
            return super().run(name, keys, args, repeatable=repeatable)
        except CacheUnavailable as error:
            self.unanswered += "breaker open" not in str(error)
            raise
        finally:
            self.took_s.append(time.monotonic() - started)


class RedisScene(RealWorld):
    """Some people and their connections, and a Redis that is not always there."""

    def __init__(
        self,
        valkey: ValkeyUnderTest | ValkeyCluster,
        endpoint_url: str,
        *,
        timeout_s: float = PATIENT_S,
        breakers: Callable[[], Breaker] = lambda: Breaker(OPEN_S),
        **settings: Any,
    ) -> None:
        """Start with nobody.

        Args:
            valkey: The server.
            endpoint_url: The emulator, with a table.
            timeout_s: Of calls to Redis; patient unless the test is about it.
            breakers: Of calls to Redis.
            settings: Those that differ from the defaults.
        """
        self.redis = TimedRedis(
            valkey.url,
            cluster=isinstance(valkey, ValkeyCluster),
            timeout_s=timeout_s,
            breakers=breakers,
        )
        self.redis.forget()
        table = Table(dynamodb_client(endpoint_url, read_timeout_s=PATIENT_S), TABLE)
        super().__init__(RealAdapters(table, self.redis), valkey.url, **settings)
        self.valkey = valkey
        self.tenant = f"t-{uuid.uuid4().hex[:12]}"

    @override
    def flush_redis(self) -> None:
        lose_everything(self.valkey.url, cluster=isinstance(self.valkey, ValkeyCluster))

    def come(self, name: str) -> Connection:
        """Return a new connection of somebody of the scene's tenant."""
        return self.person(name, self.tenant)

    def send(self, connection: Connection, room_id: str, client_id: str = "") -> dict[str, Any]:
        """Send a message, and return the whole reply frame."""
        name = client_id or uuid.uuid4().hex
        return self.ask(connection, "message.send", roomId=room_id, clientId=name, body="hello")

    def beat(self, connection: Connection) -> dict[str, Any]:
        """Send a heartbeat and return the data of its reply."""
        return self.do(connection, "presence.heartbeat", status="online")

    def seqs(self, connection: Connection, room_id: str) -> list[int]:
        """Return the numbers of the room's messages, as its history has them."""
        found = self.do(connection, "message.history", roomId=room_id, after=0, limit=100)
        return [message["seq"] for message in found["messages"]]

    def heard(self, connection: Connection) -> list[int]:
        """Return the numbers of the messages that were pushed to a connection."""
        return [message["seq"] for message in self.events_of(connection, "message:new")]

    def close(self) -> None:
        """End the connections to Redis."""
        self.redis.close()
