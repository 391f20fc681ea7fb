"""A replica is promoted that lacks the last writes (fact 3): order and truth do not notice."""

import threading
from typing import Any

import pytest

from parley.domain.people import Connection
from parley.services.relay import StreamChange
from tests.chaos.conftest import MakeScene
from tests.chaos.test_redis_lost import group_of
from tests.support.faults.valkey import LOST_WRITES, ValkeyUnderTest
from tests.support.redis_scene import RedisScene
from tests.support.stack import until

pytestmark = pytest.mark.e2e

SENDERS = 4


class Sender:
    """Sends until it is told to stop, in a process of its own."""

    def __init__(self, world: RedisScene, connection: Connection, room_id: str) -> None:
        self.replies: list[dict[str, Any]] = []
        self._stopped = threading.Event()
        self._world, self._connection, self._room_id = world, connection, room_id
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        while not self._stopped.is_set():
            self.replies.append(self._world.send(self._connection, self._room_id))

    def stop(self) -> list[dict[str, Any]]:
        self._stopped.set()
        self._thread.join()
        return self.replies


@pytest.mark.scenario("R4")
def test_a_failover_that_loses_writes_while_many_send_reuses_no_number(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    raised = {"messages_per_10s": 100_000, "messages_per_minute": 100_000}
    worlds = [scene(timeout_s=1, **raised) for _ in range(SENDERS)]
    room_id, (_, ben) = group_of(worlds[0], "anna", "ben")
    senders = [Sender(world, world.person("anna", worlds[0].tenant), room_id) for world in worlds]
    until(lambda: all(len(sender.replies) > 2 for sender in senders))
    assert valkey.failover(lost_writes=LOST_WRITES) >= LOST_WRITES
    told = [len(sender.replies) for sender in senders]
    until(lambda: all(len(s.replies) > before + 4 for s, before in zip(senders, told, strict=True)))
    replies = [reply for sender in senders for reply in sender.stop()]
    acked = {r["data"]["message"]["messageId"]: r["data"]["message"] for r in replies if r["ok"]}
    stored = history(worlds[0], ben, room_id)
    assert [message["seq"] for message in stored] == list(range(1, len(stored) + 1))
    assert len({message["seq"] for message in acked.values()}) == len(acked)
    assert acked.items() <= {message["messageId"]: message for message in stored}.items()
    # Whoever was told of a number was told of the one message that has it.
    by_seq = {message["seq"]: message["messageId"] for message in stored}
    for world in worlds:
        for told_of in world.events_of(ben, "message:new"):
            assert by_seq[told_of["seq"]] == told_of["messageId"]


def history(world: RedisScene, reader: Connection, room_id: str) -> list[dict[str, Any]]:
    """Return all messages of a room."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["seq"] if found else 0
        page = world.do(reader, "message.history", roomId=room_id, after=after, limit=100)
        found += page["messages"]
        if not page["hasMore"]:
            return found


@pytest.mark.scenario("R4")
def test_what_the_log_forgot_with_a_failover_is_noticed_by_the_epoch(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, ben) = group_of(world, "anna", "ben")
    valkey.split()
    known = world.do(ben, "sync.start", rooms={})["epoch"]
    assert world.beat(ben)["epoch"] == known
    lost = world.say(anna, room_id)
    changes: list[StreamChange] = world.relay()
    assert changes
    # Its push was lost, say; and before the heartbeat that would have told, so was its log entry.
    world.forget_pushes()
    valkey.promote()
    beat = until(lambda: world.ask(ben, "presence.heartbeat", status="online").get("data"))
    assert beat["epoch"] != known
    synced = world.do(ben, "sync.start", rooms={room_id: {"seq": 1, "rev": 0}})
    assert [m["messageId"] for m in synced["changes"][0]["messages"]] == [lost["messageId"]]
    assert world.beat(ben)["epoch"] == synced["epoch"]


@pytest.mark.scenario("R4")
def test_who_was_removed_hears_nothing_more_though_the_removal_was_rolled_back(
    scene: MakeScene, valkey: ValkeyUnderTest
) -> None:
    world = scene()
    room_id, (anna, ben) = group_of(world, "anna", "ben")
    valkey.split()
    world.do(anna, "room.removeMember", roomId=room_id, userId="ben")
    world.relay()
    valkey.promote()
    world.forget_pushes()
    until(lambda: "degraded" not in world.send(anna, room_id)["data"])
    assert world.heard(ben) == []
