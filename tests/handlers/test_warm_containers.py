"""One process serves many tenants in turn: nothing of one call is left for the next (L7)."""

import json
import os
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from parley import bootstrap
from parley.domain.ids import ConnectionId
from parley.domain.people import Connection
from tests.handlers.conftest import Context, handler_of
from tests.support.memory import World

TENANTS = 50
INVOCATIONS = int(os.environ.get("WARM_INVOCATIONS", "2000"))

CANARY = re.compile(r"canary-t\d+-")


Json = dict[str, Any]
Handler = Callable[[Json, Any], Any]


@dataclass(slots=True)
class Tenancy:
    """Two people of a tenant, who are called the same in every other one."""

    name: str
    alice: Connection
    bob: Connection
    room_id: str

    @property
    def canary(self) -> str:
        """Return what everybody in this tenant says, and nobody elsewhere."""
        return f"canary-{self.name}-"


class Container:
    """The handlers of one process, called as Lambda calls them."""

    def __init__(self, world: World, capture: pytest.CaptureFixture[str]) -> None:
        self._world = world
        self._capture = capture
        self._handlers: dict[str, Handler] = {
            "presence": handler_of("presence"),
            "message": handler_of("message"),
        }
        self.log_lines: list[Json] = []

    def invoke(self, connection: Connection, operation: str, **data: Any) -> str:
        """Send a command; return the reply's text."""
        action, _, op = operation.partition(".")
        frame = json.dumps({"action": action, "op": op, "id": "same", "data": data})
        handler = self._handlers.get(action, self._handlers["message"])
        answer = handler(self._world.event(connection, frame, action), Context())
        lines = self._capture.readouterr().out.splitlines()
        self.log_lines = [json.loads(line) for line in lines]
        return str(answer["body"])


def commands(tenancy: Tenancy, elsewhere: Tenancy, turn: int) -> list[tuple[str, Json]]:
    """Return what somebody may do; `clientId` and `cursor` are the same in all tenants."""
    room = {"roomId": tenancy.room_id}
    text = {"clientId": f"client-{turn % 97}", "body": tenancy.canary}
    return [
        ("message.send", {**room, **text}),
        ("message.send", {"toUserId": "bob", **text}),
        ("message.history", room),
        ("message.history", {"roomId": elsewhere.room_id}),
        ("room.get", room),
        ("room.get", {"roomId": elsewhere.room_id}),
        ("room.list", {}),
        ("receipt.read", {**room, "seq": 1}),
        ("presence.list", {}),
        ("presence.list", {"userIds": ["alice", "bob"]}),
        ("presence.heartbeat", {"status": "online"}),
        ("sync.start", {"rooms": {}}),
        ("sync.start", {"rooms": {elsewhere.room_id: {"seq": 0, "rev": 0}}}),
        ("nobody.knows", {}),
    ]


def tenancy_of(world: World, name: str) -> Tenancy:
    """Let two people of a tenant talk in a group."""
    alice, bob = (world.person(user, name, role=f"canary-{name}-") for user in ("alice", "bob"))
    room_id = world.group(alice, "bob", name=f"canary-{name}-", clientId="the-group")
    return Tenancy(name, alice, bob, room_id)


def heard(world: World, tenancies: Mapping[ConnectionId, Tenancy]) -> Iterator[tuple[Tenancy, str]]:
    """Yield what was pushed, and to whom; forget it."""
    for connection_id, frame in world.out.push.sent:
        yield tenancies[connection_id], frame.decode()
    world.forget_pushes()


@pytest.fixture
def roomy_world() -> Iterator[World]:
    """Put adapters in place of which no limit is in the way."""
    names = ("messages_per_10s", "messages_per_minute", "requests_per_minute")
    raised: dict[str, Any] = dict.fromkeys((*names, "receipts_per_minute"), 100_000)
    made = World(**raised)
    bootstrap.use(made.app)
    yield made
    bootstrap.use(None)


@pytest.mark.scenario("L7")
def test_a_warm_process_shows_no_tenant_anything_of_those_that_it_served_before(
    roomy_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    chances = random.Random(7)  # noqa: S311 - an order of calls
    tenancies = [tenancy_of(roomy_world, f"t{number}") for number in range(TENANTS)]
    of = {c.connection_id: each for each in tenancies for c in (each.alice, each.bob)}
    roomy_world.forget_pushes()
    container = Container(roomy_world, capsys)
    own_canaries = 0
    for turn in range(INVOCATIONS):
        mine, other = chances.sample(tenancies, 2)
        caller = chances.choice([mine.alice, mine.bob])
        operation, data = chances.choice(commands(mine, other, turn))
        reply = container.invoke(caller, operation, **data)
        for hearer, text in [(mine, reply), *heard(roomy_world, of)]:
            found = CANARY.findall(text)
            assert set(found) <= {hearer.canary}, (operation, text)
            own_canaries += len(found)
        for line in container.log_lines:
            assert line.get("tenant_id", mine.name) == mine.name, (operation, line)
            assert line.get("connection_id", caller.connection_id) in of
            assert not CANARY.search(json.dumps(line)), (operation, line)
    # Whoever is shown nothing at all would pass as well.
    assert own_canaries > INVOCATIONS
