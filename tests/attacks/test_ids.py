"""Hostile ids in every field that takes an id, of every operation and route (M6, A2)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley.domain.people import Connection
from parley.http.table import ROUTES
from parley.protocol.commands import OPERATIONS
from parley.protocol.queries import LISTS
from tests.attacks.amounts import some
from tests.attacks.corpora.ids import HOSTILE, LEGAL, MAX_CLIENT_ID_CHARS, NO_STRINGS, is_legal
from tests.attacks.fuzz_runs import LIMITS
from tests.support.memory import World
from tests.support.rest import Rest
from tests.unit.protocol.samples import FULL

Json = dict[str, Any]
Place = tuple[str, str]

# Fields by the kind of id that they take.
OWN_IDS = {"roomId", "messageId", "replyTo"}
EXTERNAL_IDS = {"toUserId", "tenantId", "spaceId", "userId", "clientId"}
LISTS_OF_IDS = {"mentions", "memberIds", "userIds"}
CURSORS = {"cursor"}
# No ids, or tried by a test of their own (`rooms`); every field of every operation is in one set.
OTHERS = {
    *("body", "type", "emoji", "on", "before", "after", "limit", "seq", "name", "muted", "role"),
    *("status", "rooms", "attachments"),
}
CODES = {"VALIDATION_ERROR", "FORBIDDEN", "NOT_FOUND", "CONFLICT"}


def places() -> Iterator[Place]:
    """Give every field of every operation that takes an id."""
    for operation, model in OPERATIONS.items():
        for field in model.model_fields.values():
            assert field.alias is not None
            if field.alias not in OTHERS:
                yield operation, field.alias


def test_every_field_is_known_for_an_id_or_for_something_else() -> None:
    tried = {field for _, field in places()}
    assert tried == OWN_IDS | EXTERNAL_IDS | LISTS_OF_IDS | CURSORS
    assert len(set(HOSTILE)) >= 400
    assert len(LEGAL) >= 250


class Scene:
    """Somebody in a room, who sends what they like for an id."""

    def __init__(self) -> None:
        self.world = World(**LIMITS, rooms_per_user=1_000)
        self.ann = self.world.person("ann", spaces=["north"])
        self.room_id = self.world.group(self.ann, "ben")
        self.message_id = str(self.world.say(self.ann, self.room_id)["messageId"])

    def data(self, operation: str, field: str, value: object) -> Json:
        """Return good data of an operation, but for one field."""
        known = {
            "roomId": self.room_id,
            "messageId": self.message_id,
            "replyTo": self.message_id,
            "mentions": ["ben"],
        }
        data = {name: known.get(name, good) for name, good in FULL[operation].items()}
        for name in ("tenantId", "cursor", "attachments", "before", "spaceId", "name"):
            data.pop(name, None)
        if field == "toUserId":
            del data["roomId"], data["replyTo"], data["mentions"]
        return {**data, field: value}

    def answer(self, operation: str, data: Json) -> str:
        """Return ``ok``, the code of a refusal, or ``silent``."""
        reply = self.world.tell(self.ann, operation, **data)
        if reply is None:
            return "silent"
        return "ok" if reply["ok"] else str(reply["error"])


def allowed(operation: str, field: str, value: str) -> set[str]:
    """Return what may come of a hostile id in a field."""
    if operation.startswith("typing."):
        return {"silent"}
    if field in CURSORS:
        return {"VALIDATION_ERROR"}
    if field in OWN_IDS:
        return {"NOT_FOUND"}
    max_chars = MAX_CLIENT_ID_CHARS if field == "clientId" else 128
    if not is_legal(value, max_chars):
        return {"VALIDATION_ERROR"}
    return {"ok", *CODES}


@pytest.mark.scenario("M6", "A2")
@pytest.mark.parametrize(("operation", "field"), list(places()), ids=".".join)
def test_a_hostile_id_is_refused_as_the_contract_says_or_is_an_id(
    operation: str, field: str
) -> None:
    scene = Scene()
    for value in some(HOSTILE, 3, operation + field):
        if value == "" and field in CURSORS:
            continue
        given = [value] if field in LISTS_OF_IDS else value
        answer = scene.answer(operation, scene.data(operation, field, given))
        assert answer in allowed(operation, field, value), (value, answer)
    silent = operation.startswith("typing.")
    for odd in NO_STRINGS:
        if odd is None or (isinstance(odd, list) and field in LISTS_OF_IDS):
            continue
        answer = scene.answer(operation, scene.data(operation, field, odd))
        assert answer == ("silent" if silent else "VALIDATION_ERROR"), odd


@pytest.mark.scenario("M6")
def test_hostile_ids_of_rooms_in_a_sync_are_rooms_that_are_gone_or_refused() -> None:
    scene = Scene()
    for value in HOSTILE[1:]:
        reply = scene.world.ask(scene.ann, "sync.start", rooms={value: {"seq": 0, "rev": 0}})
        if len(value) > MAX_CLIENT_ID_CHARS:
            assert reply["error"] == "VALIDATION_ERROR"
        else:
            removed = [room for room in reply["data"]["rooms"] if room.get("removed")]
            assert removed == [{"roomId": value, "removed": True}]


@pytest.mark.scenario("M6")
def test_hostile_ids_of_frames_and_files_come_back_or_are_refused() -> None:
    scene = Scene()
    for value in HOSTILE:
        frame = {"action": "room", "op": "get", "id": value, "data": {"roomId": scene.room_id}}
        reply = scene.world.frame(scene.ann, json.dumps(frame, ensure_ascii=False))
        assert reply is not None
        if 1 <= len(value) <= MAX_CLIENT_ID_CHARS:
            assert (reply["id"], reply["ok"]) == (value, True)
        else:
            assert (reply["id"], reply["error"]) == (None, "VALIDATION_ERROR")
        data = {"roomId": scene.room_id, "clientId": "c", "body": "x", "attachments": [value]}
        assert scene.world.refused(scene.ann, "message.send", **data) == "NOT_FOUND"


# --- REST -----------------------------------------------------------------------------------------

STATUSES = {200, 400, 403, 404, 405, 409}
BODIES: dict[str, Json] = {
    "/rooms": {"type": "group", "clientId": "c", "memberIds": ["ben"]},
    "/rooms/{roomId}/messages": {"clientId": "c", "body": "x"},
    "/rooms/{roomId}/members": {"userIds": ["ben"]},
    "/rooms/{roomId}/read": {"seq": 0},
    "/users/{userId}": {"name": "Somebody"},
}


def rest_places() -> Iterator[tuple[str, str, str, str]]:
    """Give every part of a route that takes an id: method, path, where, name."""
    tried = OWN_IDS | EXTERNAL_IDS | LISTS_OF_IDS | CURSORS
    for route in ROUTES:
        shapes = {"query": route.query, "body": route.body}
        for name in route.parameters:
            yield route.method, route.path, "path", name
        for where, model in shapes.items():
            fields = model.model_fields.values() if model else ()
            for name in (str(field.alias) for field in fields):
                if name in tried:
                    yield route.method, route.path, where, name


@pytest.mark.scenario("M6", "A2")
@pytest.mark.parametrize("place", list(rest_places()), ids=lambda place: " ".join(place))
def test_by_rest_a_hostile_id_is_refused_or_is_an_id(
    place: tuple[str, str, str, str], rest: "RestScene"
) -> None:
    for value in some(HOSTILE, 8, "".join(place)):
        status, body = rest.answer(place, value)
        assert status in STATUSES, (value, body)
        if body.get("ok") is False:
            assert body["error"] in CODES


class RestScene:
    """An admin with a room, who sends what they like by REST."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        body = {"type": "group", "memberIds": ["ben"]}
        self.room_id = str(rest.do("POST", "/rooms", body)["roomId"])

    def answer(self, place: tuple[str, str, str, str], value: str) -> tuple[int, Json]:
        method, path, where, name = place
        body = dict(BODIES.get(path, {})) if method in ("POST", "PUT", "PATCH") else None
        listed: object = [value] if name in LISTS_OF_IDS else value
        query = {name: value if name not in LISTS else [value]} if where == "query" else {}
        if where == "body":
            assert body is not None
            body[name] = listed
        filled = {"roomId": self.room_id, "userId": "ben"}
        if where == "path":
            filled[name] = value
        status, _, told = self.rest.answer(method, path.format(**filled), body, **query)
        return status, told


@pytest.fixture
def rest(plain_world: World, admin: Callable[[World], Rest]) -> RestScene:
    return RestScene(admin(plain_world))


# --- What is legal comes back as it was -----------------------------------------------------------


@pytest.mark.scenario("M6", "A2")
def test_a_legal_id_names_its_tenant_its_user_and_its_space_exactly(plain_world: World) -> None:
    tried = [value for value in LEGAL if not value.startswith("@")]
    assert len(tried) >= 250
    for value in some(tried, 5):
        person = plain_world.person(value, value, spaces=[value])
        assert told_of(plain_world, person, value) == {value}


def told_of(world: World, person: Connection, value: str) -> set[str]:
    """Let somebody of this id, tenant and space act; return what all the answers call them."""
    channel = world.do(person, "room.create", type="channel", spaceId=value)
    said = world.say(person, channel["roomId"])
    (stored,) = world.do(person, "message.history", roomId=channel["roomId"])["messages"]
    listed = world.do(person, "presence.list", userIds=[value])["users"]
    me = world.do(person, "sync.start")["me"]
    assert stored == said
    assert len(listed) == 1
    told = [channel[name] for name in ("tenantId", "spaceId", "createdBy")]
    told += [said["senderId"], me["userId"], me["tenantId"]]
    return {*told, *(user[name] for user in listed for name in ("userId", "tenantId"))}


@pytest.mark.scenario("A1", "M6")
def test_people_of_all_legal_ids_and_tenants_see_nobody_but_themselves(plain_world: World) -> None:
    """The same space and room names in each tenant; only the ids of the tenants differ."""
    tried = some([value for value in LEGAL if not value.startswith("@")], 5)
    people = [plain_world.person("ann", value, spaces=["north"]) for value in tried]
    for person in people:
        plain_world.do(person, "room.create", type="channel", spaceId="north", clientId="same")
    for person, tenant in zip(people, tried, strict=True):
        rooms = plain_world.do(person, "room.list")["rooms"]
        assert [room["tenantId"] for room in rooms] == [tenant]
        listed = plain_world.do(person, "presence.list")["users"]
        assert [(user["userId"], user["tenantId"]) for user in listed] == [("ann", tenant)]
