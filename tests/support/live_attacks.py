"""The attacks of `tests.support.attacks` on a Parley that runs, by frames and by REST."""

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from parley.domain.ids import new_message_id, seq_of_message_id
from tests.support.attacks import ON_ROOMS, ON_ROOMS_QUIETLY, REST_ON_ROOMS, Request
from tests.support.client import Client, new_id
from tests.support.places import Place
from tests.support.scenes import CANARY, KINDS, Ids, Json

SETTLE_S = 1.0
# Who attacks which rooms; the group's former member and who lost the channel's space were in it.
ATTACKS = (
    *(("mal", kind) for kind in KINDS),
    *(("sam", kind) for kind in KINDS[:3]),
    ("gus", "group"),
    ("cho", "channel"),
)


@dataclass(frozen=True, slots=True)
class Live:
    """What came of them."""

    tried: int
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token and a connection."""

    client: Client
    token: str


class Stage:
    """Victims and attackers of two tenants that nobody used before."""

    def __init__(self, stack: Place) -> None:
        """Give the tenants their names."""
        suffix = uuid.uuid4().hex[:8]
        self.stack = stack
        self.tenant, self.elsewhere = f"acme-{suffix}", f"globex-{suffix}"
        self.people: list[Person] = []

    async def person(self, sub: str, *spaces: str, tenant: str | None = None) -> Person:
        """Connect somebody."""
        claims = {"tenantId": tenant or self.tenant, "name": sub.title(), "spaces": spaces}
        token = await asyncio.to_thread(self.stack.token, sub, **claims)
        made = Person(await Client.open(self.stack.ws_url, token), token)
        self.people.append(made)
        return made

    async def rooms(self, ann: Person, gus: Person, cho: Person) -> dict[str, Ids]:
        """Make a room of each kind with two messages; take two people out again."""
        rooms: dict[str, Json] = {
            "group": {"memberIds": ["victim", "gus"], "name": f"{CANARY} group"},
            "direct": {"memberIds": ["victim"]},
            "channel": {"spaceId": "north", "name": f"{CANARY} channel"},
            "organization": {"name": f"{CANARY} organization"},
        }
        ids = {}
        for kind, data in rooms.items():
            room = await ann.client.do("room.create", type=kind, **data)
            for _ in range(2):
                said = {"roomId": room["roomId"], "clientId": new_id(), "body": f"{CANARY} {kind}"}
                sent = await ann.client.do("message.send", **said)
            message_id = sent["message"]["messageId"]
            ids[kind] = Ids(room["roomId"], message_id, "victim", "north", self.tenant, "")
        assert (await cho.client.do("room.get", roomId=ids["channel"].room))["me"]
        await cho.client.close()
        await gus.client.do("message.history", roomId=ids["group"].room)
        await ann.client.do("room.removeMember", roomId=ids["group"].room, userId="gus")
        return ids

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(person.client.close() for person in self.people))


async def attack(stack: Place) -> Live:
    """Let all of them attack; compare, and look at what the victims heard and have."""
    stage = Stage(stack)
    ann, victim = await stage.person("ann", "north"), await stage.person("victim", "north")
    gus, cho = await stage.person("gus"), await stage.person("cho", "north")
    rooms = await stage.rooms(ann, gus, cho)
    attackers = {
        "mal": await stage.person("mal", "north", tenant=stage.elsewhere),
        "sam": await stage.person("sam", "south"),
        "gus": gus,
        "cho": await stage.person("cho"),
    }
    own = {name: await _own_room(person) for name, person in attackers.items()}
    await asyncio.sleep(SETTLE_S)
    before = [await _state(ann, ids) for ids in rooms.values()]
    heard = [len(each.client.frames) for each in (ann, victim)]
    tried, problems = 0, []
    for name, kind in ATTACKS:
        found = await _attack(stage, attackers[name], kind, rooms[kind], own[name])
        tried += found.tried
        problems += [f"{name}, {kind}: {problem}" for problem in found.problems]
    await asyncio.sleep(SETTLE_S)
    for person, count in zip((ann, victim), heard, strict=True):
        problems += [f"a victim was told {f}" for f in _told(person.client.frames[count:])]
    if [await _state(ann, ids) for ids in rooms.values()] != before:
        problems.append("a room changed")
    await stage.close()
    return Live(tried, problems)


async def _own_room(person: Person) -> str:
    room = await person.client.do("room.create", type="group")
    for _ in range(2):
        said = {"roomId": room["roomId"], "clientId": new_id(), "body": "own"}
        await person.client.do("message.send", **said)
    return str(room["roomId"])


async def _state(ann: Person, ids: Ids) -> Any:
    history = await ann.client.do("message.history", roomId=ids.room)
    room = await ann.client.do("room.get", roomId=ids.room)
    # Who sees the organization's room for the first time is counted there.
    return history, room["rev"], room["name"]


def _told(frames: list[str]) -> list[str]:
    # Replies to the victims' own commands have no event; presence comes and goes.
    events = [frame for frame in frames if "event" in json.loads(frame)]
    return [event for event in events if "presence:update" not in event]


async def _attack(stage: Stage, attacker: Person, kind: str, victims: Ids, own: str) -> Live:
    people = (victims.user, victims.space, victims.tenant, own)
    foreign = Ids(victims.room, victims.message, *people)
    message_id = new_message_id(seq_of_message_id(victims.message) or 0)
    unknown = Ids(victims.room[:2] + "0" * 32, message_id, *people)
    # Rooms of another kind may be the attacker's own.
    secrets = (f"{CANARY} {kind}", victims.room, victims.message)
    problems, tried = [], 0
    for operation, data in (*ON_ROOMS, *ON_ROOMS_QUIETLY[:2]):
        if operation.startswith("typing."):
            # It has no answer; the victims must not hear of it.
            await attacker.client.tell(operation, **foreign.fill(data))
            continue
        told = [
            await attacker.client.ask(operation, **ids.fill(data)) for ids in (foreign, unknown)
        ]
        quiet = operation == "sync.start"
        tried += 1
        found = [*_differ(told, (foreign, unknown), quiet), *_leaked(told[0], secrets)]
        problems += [f"{operation} {data}: {problem}" for problem in found]
    for request in REST_ON_ROOMS:
        told = [
            await asyncio.to_thread(_rest, stage.stack, attacker.token, ids, request)
            for ids in (foreign, unknown)
        ]
        tried += 1
        found = [*_differ(told, (foreign, unknown), False), *_leaked(told[0], secrets)]
        problems += [f"{request}: {problem}" for problem in found]
    return Live(tried, problems)


def _differ(told: list[Json], ids: tuple[Ids, Ids], quiet: bool) -> list[str]:
    foreign, unknown = (each.blank(answer) for each, answer in zip(ids, told, strict=True))
    for answer in (foreign, unknown):
        answer.get("data", {}).pop("serverTime", None)
    found = [] if foreign == unknown else [f"answered {foreign}, not {unknown}"]
    if not quiet and foreign["error"] != "NOT_FOUND":
        found.append(f"answered {foreign}")
    return found


def _leaked(answer: Json, secrets: tuple[str, ...]) -> list[str]:
    data = answer.get("data", {})
    # That a room is removed is said by the id that was asked for.
    rooms = [room for room in data.get("rooms", []) if not room.get("removed")]
    text = json.dumps([{**answer, "data": {**data, "rooms": rooms}}])
    return [f"told {secret}" for secret in secrets if secret in text]


def _rest(stack: Place, token: str, ids: Ids, request: Request) -> Json:
    method, path, body, query = (ids.fill(part) for part in request)
    url = stack.address(f"/api{path}") + (f"?{urllib.parse.urlencode(query)}" if query else "")
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    asked = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=30) as response:  # noqa: S310
            return {"status": response.status, **json.loads(response.read())}
    except urllib.error.HTTPError as refused:
        return {"status": refused.code, **json.loads(refused.read())}
