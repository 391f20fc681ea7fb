"""Every operation of clients on a DynamoDB that loses answers, throttles, and reads in pieces."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from typing_extensions import override

from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId, random_room_id
from parley.domain.messages import Draft, MessageType
from parley.domain.people import Connection
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.ports import Stored
from parley.protocol.commands import OPERATIONS
from tests.chaos.conftest import MakeScene
from tests.support.faults.botocore_hook import CLOSED, THROTTLED, Faults, done_but, listening
from tests.support.faults.dynamodb import dynamo_faults
from tests.support.faults.dynamodb_rules import READS, WRITES, Request, is_consistent
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.redis_scene import RedisScene

# More than any operation sends.
ALWAYS = 100
# Few tries, as a fault that lasts would outlast more of them, too.
RAISED: dict[str, Any] = {
    "messages_per_10s": 100_000,
    "messages_per_minute": 100_000,
    "commit_tries": 2,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: who asks, what, and with which data in the place that was made for it."""

    who: str
    operation: str
    data: Callable[[Mapping[str, str]], dict[str, Any]]


def step(who: str, operation: str, **data: Any) -> Step:
    """Name an operation; texts of the data may name parts of the place, as in ``"{room}"``."""

    def filled(place: Mapping[str, str]) -> dict[str, Any]:
        return {
            name: value.format(**place) if isinstance(value, str) else value
            for name, value in data.items()
        }

    return Step(who, operation, filled)


ON_MESSAGE = {"roomId": "{room}", "messageId": "{message}"}
CHANGES = [
    step("ann", "message.send", roomId="{room}", clientId="c", body="x"),
    step("ann", "message.send", toUserId="dot", clientId="c", body="x"),
    step("ann", "message.edit", **ON_MESSAGE, body="y"),
    step("ann", "message.delete", **ON_MESSAGE),
    step("ben", "message.react", **ON_MESSAGE, emoji="👍", on=True),
    step("ann", "room.create", type="group", memberIds=["ben"], clientId="{number}"),
    step("ben", "room.create", type="direct", memberIds=["ann"]),
    step("ann", "room.create", type="organization", clientId="{number}"),
    step("ann", "room.update", roomId="{room}", name="new"),
    step("ann", "room.addMember", roomId="{room}", userId="dot"),
    step("ann", "room.removeMember", roomId="{room}", userId="ben"),
    step("ben", "room.leave", roomId="{room}"),
    step("ben", "room.mute", roomId="{room}", muted=True),
    step("ben", "receipt.read", roomId="{room}", seq=1),
    step("ben", "receipt.delivered", roomId="{room}", seq=1),
]
# Seen for the first time, the open room begins; the others only read.
LOOKS = [
    step("ben", "room.get", roomId="{open}"),
    step("ben", "room.list"),
    step("ben", "sync.start", rooms={}),
    step("ben", "message.history", roomId="{room}"),
    step("ben", "presence.list", userIds=["ann", "nobody"]),
    step("ben", "presence.subscribe", userIds=["ann"]),
    step("ben", "presence.heartbeat"),
]
# A client that asks again is told that this is not there any more.
ONCE = {"room.removeMember", "room.leave"}


class Stage:
    """People of one tenant, and a fresh place for each operation."""

    def __init__(self, scene: RedisScene) -> None:
        """Let people come, and make what they only need once."""
        self.scene = scene
        self.people: dict[str, Connection] = {name: scene.come(name) for name in ("ann", "ben")}
        self._numbers = 0

    @property
    def table(self) -> Table:
        """Return the table behind the scene."""
        messages: Any = self.scene.out.messages
        table: Table = messages.table
        return table

    def place(self) -> dict[str, str]:
        """Make a group with a message and a room for all."""
        self._numbers += 1
        ann = self.people["ann"]
        room = self.scene.group(ann, "ben", clientId=f"place {self._numbers}")
        message = self.scene.say(ann, room)
        made = {"type": "organization", "clientId": f"open {self._numbers}"}
        whole = self.scene.do(ann, "room.create", **made)["roomId"]
        number = f"made {self._numbers}"
        return {
            "room": room,
            "message": message["messageId"],
            "open": whole,
            "number": number,
        }

    def ask(self, each: Step, place: Mapping[str, str]) -> dict[str, Any]:
        """Carry an operation out."""
        return self.scene.ask(self.people[each.who], each.operation, **each.data(place))

    def stored(self) -> list[Any]:
        """Return all that DynamoDB holds of the tenant, but for who saw an open room."""
        client: Any = self.table.client
        found: list[Any] = []
        start: dict[str, Any] = {}
        while True:
            page = client.scan(TableName=self.table.name, ConsistentRead=True, **start)
            found += [item for item in page["Items"] if self.scene.tenant in item["pk"]["S"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        kept = [{n: v for n, v in item.items() if n != "memberCount"} for item in found]
        return sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.fixture
def stage(scene: MakeScene) -> Stage:
    return Stage(scene(**RAISED))


def test_the_operations_below_are_all_that_there_are() -> None:
    tried = {each.operation for each in CHANGES + LOOKS}
    # Typing touches no table, and is never answered.
    assert tried | {"typing.start", "typing.stop"} == OPERATIONS.keys()


@pytest.mark.scenario("D3")
def test_no_operation_denies_what_it_stored_and_none_stores_twice(stage: Stage) -> None:
    faults = Faults(only=WRITES)
    with listening(stage.table, faults):
        for each in CHANGES + LOOKS[:1]:
            place = stage.place()
            faults.answers = [done_but(CLOSED)] * ALWAYS
            reply = stage.ask(each, place)
            assert len(faults.answers) < ALWAYS, each
            assert reply["ok"] or reply["error"] == "INTERNAL_ERROR", (each, reply)
            faults.answers = []
            if not reply["ok"]:
                # Of several writes one may have been left to do.
                assert stage.ask(each, place)["ok"], each
            stored = stage.stored()
            again = stage.ask(each, place)
            assert again["ok"] or (each.operation in ONCE and again["error"] == "NOT_FOUND")
            assert stage.stored() == stored, (each, "done twice")


@pytest.mark.scenario("D1")
@pytest.mark.parametrize("only", [WRITES, READS | WRITES], ids=["writes", "all"])
def test_what_is_throttled_is_refused_and_can_be_asked_again(
    stage: Stage, only: frozenset[str]
) -> None:
    faults = Faults(only=only)
    with listening(stage.table, faults):
        for each in CHANGES:
            place = stage.place()
            stored = stage.stored()
            faults.answers = [THROTTLED] * ALWAYS
            reply = stage.ask(each, place)
            faults.answers = []
            assert (reply["ok"], reply["error"]) == (False, "UNAVAILABLE"), each
            assert 0 < reply["retryAfter"] <= 5
            assert stage.stored() == stored, each
            assert stage.ask(each, place)["ok"], each


class Unstale(Faults):
    """Refuses to read what may be old."""

    @override
    def __call__(self, request: AWSPreparedRequest, **rest: object) -> None:
        super().__call__(request, **rest)
        operation = self.requests[-1][0]
        if operation in READS:
            body = json.dumps(self.requests[-1][1]).encode()
            assert is_consistent(Request(operation, body)), self.requests[-1]


@pytest.mark.scenario("D6")
def test_no_operation_reads_what_may_be_old(stage: Stage) -> None:
    unstale = Unstale()
    with listening(stage.table, unstale):
        for each in CHANGES + LOOKS:
            place = stage.place()
            stage.scene.flush_redis()
            assert stage.ask(each, place)["ok"], each
    assert {operation for operation, _ in unstale.requests} >= READS


# --- In pieces -----------------------------------------------------------------------------------


@contextmanager
def pages_of(table: Table, items: int) -> Iterator[None]:
    """Let each answer to a Query hold so few items."""

    def bound(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = min(items, params.get("Limit", items))

    events = table.client.meta.events  # type: ignore[attr-defined]
    events.register("provide-client-params.dynamodb.Query", bound)
    try:
        yield
    finally:
        events.unregister("provide-client-params.dynamodb.Query", bound)


@pytest.mark.scenario("D7")
def test_a_room_of_a_thousand_and_a_long_history_are_read_whole(
    valkey: ValkeyUnderTest, table_url: str
) -> None:
    with dynamo_faults(table_url) as faults:
        scene = RedisScene(valkey, faults.url, **RAISED)
        stage = Stage(scene)
        ann = stage.people["ann"]
        people = [f"user-{number:04}" for number in range(999)]
        room = _large_room(scene, people)
        faults.unprocessed(probability=0.4)
        with pages_of(stage.table, 150):
            scene.flush_redis()
            assert scene.do(ann, "room.get", roomId=room)["memberCount"] == 1_000
            assert _members(scene, ann, room) == {"ann", *people}
            assert scene.send(scene.come(people[-1]), room)["ok"]
        assert faults.counts()["unprocessed"] > 0
        faults.clear()
        end = scene.do(ann, "room.get", roomId=room)["lastSeq"]
        _fill(stage.table, scene.tenant, room, range(end + 1, end + 32), "é" * 50_000)
        place = TenantId(scene.tenant), RoomId(room)
        large = scene.out.messages.page(*place, after=end, limit=100, newest=False)
        assert [message.seq for message in large] == list(range(end + 1, end + 32))
        assert _history(scene, ann, room) == list(range(1, end + 32))
        scene.close()


def _large_room(scene: RedisScene, people: list[str]) -> str:
    members = dict.fromkeys(map(UserId, ["ann", *people]), MemberRole.MEMBER)
    room = Room(
        random_room_id("group"),
        TenantId(scene.tenant),
        RoomType.GROUP,
        UserId("ann"),
        datetime(2026, 11, 20, tzinfo=UTC),
        len(members),
    )
    return scene.out.rooms.create(Roster(room, members)).room_id


def _members(scene: RedisScene, caller: Connection, room: str) -> set[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = scene.app.rooms.members(caller, room, cursor, 100)
        found += [member.user_id for member in page.members]
        if page.cursor is None:
            break
        cursor = page.cursor
    assert len(found) == len(set(found))
    return set(found)


def _fill(table: Table, tenant: str, room: str, seqs: range, body: str) -> None:
    store = DynamoMessageStore(table)
    place = TenantId(tenant), RoomId(room)
    sent = datetime(2026, 11, 20, tzinfo=UTC)
    for seq in seqs:
        draft = Draft(*place, f"c{seq}", UserId("ann"), "Ann", MessageType.TEXT, body, sent)
        assert isinstance(store.append(draft, seq), Stored)


def _history(scene: RedisScene, caller: Connection, room: str) -> list[int]:
    seqs: list[int] = []
    while True:
        query = {"roomId": room, "after": seqs[-1] if seqs else 0, "limit": 4}
        page = scene.do(caller, "message.history", **query)
        seqs += [message["seq"] for message in page["messages"]]
        if not page["hasMore"]:
            return seqs
