"""Counts what one send asks of the stores before its pushes begin: at the servers, not in code."""

import uuid
from collections.abc import Callable, Sequence

import redis
from typing_extensions import override

from parley.adapters.memory.push import MemoryPush, SettledPush
from parley.domain.ids import ConnectionId
from parley.domain.presence import Status
from parley.protocol.commands import CreateRoom, SendMessage
from tests.support.faults.dynamodb import contention
from tests.support.real_app import connection, real_app

WARMING_SENDS = 3


class _Counting(MemoryPush):
    """Notes the servers' counts at the moment when pushing begins."""

    def __init__(self, counts: Callable[[], tuple[int, int]]) -> None:
        super().__init__()
        self.at_push: list[tuple[int, int]] = []
        self._counts = counts

    @override
    def start(self, connection_ids: Sequence[ConnectionId], frame: bytes) -> SettledPush:
        self.at_push.append(self._counts())
        return super().start(connection_ids, frame)


def round_trips_of_a_send(redis_url: str, endpoint_url: str) -> tuple[int, int]:
    """Return Redis round trips and DynamoDB requests of one send in a warm room."""
    with contention(endpoint_url, hold_s=0) as proxy:
        watcher = redis.Redis.from_url(redis_url)

        def counts() -> tuple[int, int]:
            # One read of a client's socket for each round trip, the watcher's own INFO included;
            # commands inside a script are none.
            return int(watcher.info("stats")["total_reads_processed"]), proxy.counts()["requests"]

        app = real_app(redis_url, proxy.url)
        push = _Counting(counts)
        app.adapters.push = push
        alice = connection("trips", "alice", "a")
        app.adapters.presence.register(alice, Status.ONLINE)
        app.adapters.presence.register(connection("trips", "bob", "b"), Status.ONLINE)
        room = app.rooms.create(alice, CreateRoom(type="direct", member_ids=["bob"]))
        for _ in range(WARMING_SENDS):
            app.messaging.send(alice, _command(room.room_id))
        before = counts()
        app.messaging.send(alice, _command(room.room_id))
        watcher.close()
        redis_calls, dynamodb_calls = push.at_push[-1]
        return redis_calls - before[0] - 1, dynamodb_calls - before[1]


def _command(room_id: str) -> SendMessage:
    return SendMessage(room_id=room_id, client_id=uuid.uuid4().hex, body="one")
