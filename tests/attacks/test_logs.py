"""What is said, who says it and by what right is in no log line; a line is one line (S6, A10)."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from parley.errors import CacheUnavailable, OutcomeUnknown, ParleyError, StoreUnavailable
from parley.http.table import ROUTES
from parley.protocol.commands import OPERATIONS
from tests.attacks.amounts import some
from tests.attacks.corpora.ids import LEGAL
from tests.attacks.test_ids import BODIES
from tests.handlers.conftest import handshake, invoke
from tests.support.memory import World
from tests.support.rest import Rest
from tests.unit.protocol.samples import FULL

Json = dict[str, Any]
LAYER = Path(__file__).parents[2] / "layers" / "core" / "parley"
CANARY = "canary"
EMAIL = "canary.person@mail.example"
# Would be a line of its own, or paint over others, where a log is read.
FORGED = '\n{"level":"ERROR","message":"canary"}\r\n\x1b[2K\x9b31m\u2028\u202ecanary'
# What others would read of a person or of what they say.
SECRETS = (CANARY, EMAIL)
# Lines that a terminal or viewer breaks, or turns around.
MOVING = ("\x1b", "\x9b", "\u2028", "\u2029", "\u202e", "\u2066", "\r", "\x85", "\u200b")


class Log:
    """Everything that is logged, as a deployed function writes it."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(LambdaPowertoolsFormatter())

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[Json]:
        return [json.loads(line) for line in self.text.split("\n") if line]


@pytest.fixture
def log() -> Iterator[Log]:
    """The log of Parley's own lines, at the most talkative level."""
    kept = Log()
    logger = logging.getLogger("parley")
    before = logger.level
    logger.addHandler(kept.handler)
    logger.setLevel(logging.DEBUG)
    yield kept
    logger.setLevel(before)
    logger.removeHandler(kept.handler)


def spoilt(value: Any, text: str) -> Any:
    """Return a value with this in place of every text."""
    if isinstance(value, dict):
        return {text if key.startswith("g-") else key: spoilt(v, text) for key, v in value.items()}
    if isinstance(value, list):
        return [spoilt(each, text) for each in value]
    return text if isinstance(value, str) else value


def variants(data: Json) -> Iterator[Json]:
    """Give data with canaries in each field, in all, and as names of fields."""
    for text in (CANARY, EMAIL, FORGED):
        for name in data:
            yield {**data, name: spoilt(data[name], text)}
            yield {**data, name: text}
        yield spoilt(data, text)
        yield {**data, text: 1}
        yield {**data, "rooms": {text: {text: 1}}}


FAULTS: tuple[Exception, ...] = (
    *(StoreUnavailable("down"), CacheUnavailable("down"), OutcomeUnknown("timeout")),
    *(ParleyError("odd"), RuntimeError("bug")),
)
FAULTY = ("rooms.roster", "messages.append", "rooms.revise", "cache.progress", "presence.touch")


def leaks(log: Log) -> list[str]:
    return [line for line in log.text.split("\n") if any(secret in line for secret in SECRETS)]


@pytest.mark.scenario("S6")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_frame_leaves_its_content_in_a_log(plain_world: World, log: Log, operation: str) -> None:
    world = plain_world
    ann = world.person("ann")
    room = world.do(ann, "room.create", type="group", memberIds=["ben"], name=CANARY)
    said = world.say(ann, room["roomId"], CANARY)
    ids = {"roomId": room["roomId"], "messageId": said["messageId"], "mentions": ["ben"]}
    data = {name: ids.get(name, value) for name, value in FULL[operation].items()}
    for name in ("tenantId", "cursor", "attachments", "replyTo", "spaceId", "before"):
        data.pop(name, None)
    world.tell(ann, operation, **data)
    for each in variants(data):
        world.tell(ann, operation, **each)
    for text in (f"{CANARY} no json", json.dumps({"action": operation, CANARY: CANARY}), FORGED):
        world.frame(ann, text)
    body = {"body": CANARY} if "body" in data else {}
    for fault in FAULTS:
        for call in FAULTY:
            world.out.faults[call].append(fault)
        world.tell(ann, operation, **{**data, **body})
        world.out.faults.clear()
    world.settle()
    assert leaks(log) == []
    assert {line["message"] for line in log.lines} >= {"command_refused"}
    assert not any(char in log.text for char in MOVING)


@pytest.mark.scenario("S6")
def test_no_request_leaves_its_content_in_a_log(
    plain_world: World, log: Log, admin: Callable[[World], Rest]
) -> None:
    rest = admin(plain_world)
    room = rest.do("POST", "/rooms", {"type": "group", "memberIds": ["ben"], "name": CANARY})
    # Pages and scripts say the same to everybody.
    for route in (route for route in ROUTES if route.reply):
        path = route.path.format(roomId=room["roomId"], userId="ben")
        body = BODIES.get(route.path, {}) if route.body else None
        for text in (CANARY, EMAIL, FORGED):
            rest.answer(route.method, path, body, **{"q": text, "cursor": text, text: text})
            rest.answer(route.method, path, body, **{text: [text, text], "userIds": [text]})
            for each in variants(body) if body is not None else ():
                rest.answer(route.method, path, each)
            rest.answer(route.method, path, text if route.body else None)
            rest.answer(route.method, f"{path}/{text}", None)
        for name in ("rooms.roster", "users.profile", "tenants.read"):
            plain_world.out.faults[name].append(RuntimeError("bug"))
        rest.answer(route.method, path, body)
        plain_world.out.faults.clear()
    rest.do("PUT", "/users/ben", {"name": CANARY, "email": EMAIL, "role": "member"})
    assert leaks(log) == []
    assert {"request_refused", "request_done"} <= {line["message"] for line in log.lines}
    assert not any(char in log.text for char in MOVING)


@pytest.mark.scenario("A10", "S6")
@pytest.mark.parametrize("name", ["token", "ticket"])
def test_no_credential_is_in_a_log(world: World, log: Log, name: str) -> None:
    for secret in (CANARY, "A" * 36 + CANARY + "x", EMAIL, FORGED):
        for event in (
            handshake({name: secret}),
            handshake({name: secret, "scope": secret}),
            handshake(Authorization=f"Bearer {secret}"),
            handshake(Sec_WebSocket_Protocol=f"parley.v1, bearer.{secret}"),
            handshake(Cookie=f"dm_access_token={secret}", Origin=secret),
        ):
            try:
                policy = invoke("authorizer", event)
            except Exception as exc:
                assert str(exc) == "Unauthorized"
            else:
                assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert leaks(log) == []
    assert {line["message"] for line in log.lines} == {"connect_refused"}


@pytest.mark.scenario("A10")
def test_a_ticket_is_in_no_log_when_it_is_issued_redeemed_and_replayed(
    plain_world: World, log: Log, admin: Callable[[World], Rest]
) -> None:
    ticket = admin(plain_world).do("POST", "/ticket")["ticket"]
    policy = invoke("authorizer", handshake({"ticket": ticket}))
    assert policy["principalId"] == "root"
    for _ in range(2):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            invoke("authorizer", handshake({"ticket": ticket}))
    assert ticket not in log.text
    assert ticket[:16] not in log.text


@pytest.mark.scenario("S6")
def test_ids_forge_no_line_and_do_not_move_a_terminal(
    plain_world: World, log: Log, admin: Callable[[World], Rest]
) -> None:
    """Ids of tenants and users are logged, and may hold nearly everything."""
    for value in some(LEGAL, 2):
        if value.startswith("@"):
            continue
        person = plain_world.person(value, value)
        plain_world.do(person, "room.create", type="group", clientId="c")
    rest = admin(plain_world)
    for value in LEGAL[::4]:
        rest.answer("POST", f"/users/{value}/revoke")
    assert not any(char in log.text for char in MOVING)
    shown = {line.get("tenant_id") for line in log.lines}
    printable = {value for value in some(LEGAL, 2) if value.isprintable()}
    assert {value for value in printable if not value.startswith("@")} <= shown
    assert len(printable) > 100


# --- The calls themselves -------------------------------------------------------------------------

# What people say and show, and by what right: neither a field's name nor where its value is from.
UNSPEAKABLE = {
    *("body", "text", "token", "ticket", "secret", "email", "name", "picture", "data", "frame"),
    *("payload", "query", "headers", "header", "cookie", "emoji", "claims", "authorization"),
    *("cursor", "client_id", "mentions", "message", "password", "url"),
}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def logger_calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(LAYER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"observability", "_log", "_logger", "logger"}
                and path.name != "observability.py"
            ):
                yield f"{path.relative_to(LAYER)}:{node.lineno}", node


def ends(value: ast.expr) -> Iterator[str]:
    """Give what a value is taken from: of ``message.seq`` the latter."""
    attributes = [node for node in ast.walk(value) if isinstance(node, ast.Attribute)]
    within = {id(node.value) for node in attributes}
    yield from (node.attr for node in attributes if id(node) not in within)


def fields_of(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Give the names and values of a call's fields."""
    for keyword in call.keywords:
        if keyword.arg == "extra":
            assert isinstance(keyword.value, ast.Dict)
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                assert isinstance(key, ast.Constant)
                yield str(key.value), value
        else:
            # Never `**fields`, whose names are not to be seen here.
            assert keyword.arg is not None
            yield keyword.arg, keyword.value


@pytest.mark.scenario("S6")
def test_no_call_of_a_logger_names_what_people_say_or_their_credentials() -> None:
    calls = list(logger_calls())
    assert len(calls) > 40
    for where, call in calls:
        for name, value in fields_of(call):
            parts = set(ends(value))
            parts |= {name, value.id if isinstance(value, ast.Name) else name}
            # What a script of ours is called.
            parts -= {"name"} if name == "script" else set()
            assert not parts & UNSPEAKABLE, (where, name)
        assert not any(isinstance(each, ast.JoinedStr) for each in call.args), where
