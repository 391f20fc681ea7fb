"""Between API Gateway's events and typed calls: every frame one reply, nothing leaks (SPEC §3)."""

import json
import logging
from typing import Any

import pytest

from parley import edge
from parley.domain.people import Caller
from parley.errors import (
    CacheUnavailable,
    Conflict,
    Forbidden,
    InvalidInput,
    StoreUnavailable,
    Unverifiable,
)
from parley.protocol.frames import MAX_SENT_BYTES
from parley.services.identity import ConnectRequest
from tests.support.memory import World

GOOD = {"action": "room", "op": "list", "id": "1", "data": {}}


@pytest.fixture
def world() -> World:
    return World()


def reply_to(world: World, frame: object) -> dict[str, Any]:
    text = frame if isinstance(frame, str) else json.dumps(frame)
    reply = world.frame(world.person("alice"), text)
    assert reply is not None
    return reply


# --- What is no frame ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hello",
        "null",
        "7",
        '"text"',
        "[]",
        "[[[[",
        "{",
        "{}{}",
        '{"action":"room","op":"list","id":"1","data":{}',
        '{"action":"room","action":"message","op":"list","id":"1"}',
        '{"action":"room","op":"list","id":"1","data":{"limit":NaN}}',
        '{"action":"room","op":"list","id":"1","data":{"limit":Infinity}}',
        '{"action":"room","op":"list","id":"1","data":{"limit":1e999}}',
        '{"action":"room","op":"list","id":"1","data":{"limit":9007199254740993}}',
        '{"action":"room","op":"list","id":"\\ud800"}',
        '{"action":"room","op":"list","id":"1","data":' + "[" * 17 + "]" * 17 + "}",
        "[" * 5_000,
        "1" * 5_000,
        "\u0000",
        "\ufeff{}",
    ],
)
def test_what_cannot_be_read_is_refused_with_no_id(world: World, text: str) -> None:
    reply = reply_to(world, text)
    assert (reply["id"], reply["ok"], reply["error"]) == (None, False, "VALIDATION_ERROR")
    assert world.out.push.closed == []


def test_a_frame_over_32_kb_is_too_large(world: World) -> None:
    reply = reply_to(world, json.dumps({**GOOD, "data": {"x": "y" * 33_000}}))
    assert (reply["id"], reply["error"]) == (None, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("frame_id", [None, "", 7, True, [], {}, "x" * 65])
def test_an_id_that_cannot_be_answered_to_is_refused(world: World, frame_id: object) -> None:
    reply = reply_to(world, {**GOOD, "id": frame_id})
    assert (reply["id"], reply["error"]) == (None, "VALIDATION_ERROR")
    assert reply["details"][0]["path"] == "id"


@pytest.mark.parametrize("frame_id", ["1", "x" * 64, "\u00fc \"' \n", "\U0001f600" * 64])
def test_the_reply_carries_the_id_as_it_came(world: World, frame_id: str) -> None:
    assert reply_to(world, {**GOOD, "id": frame_id})["id"] == frame_id
    assert reply_to(world, {**GOOD, "id": frame_id, "op": "?"})["id"] == frame_id


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"action": "ping"}, "action"),
        ({"action": None}, "action"),
        ({"action": ["room"]}, "action"),
        ({"action": "$connect"}, "action"),
        ({"action": "$default"}, "action"),
        ({"action": "Room"}, "action"),
        ({"op": None}, "op"),
        ({"op": "explode"}, "op"),
        ({"op": "list.get"}, "op"),
        ({"op": ["list"]}, "op"),
        ({"data": None}, "data"),
        ({"data": []}, "data"),
        ({"data": "x"}, "data"),
        ({"data": {"nothing": 1}}, "data.nothing"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_does_not_name_an_operation_with_its_data_is_refused(
    world: World, changes: dict[str, object], path: str
) -> None:
    reply = reply_to(world, {**GOOD, **changes})
    assert (reply["id"], reply["error"]) == ("1", "VALIDATION_ERROR")
    assert reply["details"][0]["path"] == path


def test_a_route_that_another_parser_chose_is_refused(world: World) -> None:
    """API Gateway reads the action with a parser of its own."""
    event = world.event(world.person("alice"), json.dumps(GOOD), "message")
    answer = edge.answer_frame(event, world.app.message_routes)
    assert json.loads(answer["body"])["error"] == "VALIDATION_ERROR"


def test_an_operation_of_the_other_function_is_refused(world: World) -> None:
    beat = json.dumps({"action": "presence", "op": "heartbeat", "id": "1", "data": {}})
    event = world.event(world.person("alice"), beat, "presence")
    answer = edge.answer_frame(event, world.app.message_routes)
    assert json.loads(answer["body"])["details"][0]["path"] == "op"


def test_a_missing_body_is_an_empty_frame(world: World) -> None:
    event = world.event(world.person("alice"), "", "$default")
    del event["body"]
    answer = edge.answer_frame(event, world.app.message_routes)
    assert json.loads(answer["body"])["error"] == "VALIDATION_ERROR"


# --- Who asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"userId": "alice"},
        {"userId": "", "tenantId": "acme"},
        {"principalId": "alice", "integrationLatency": 4},
    ],
)
def test_an_event_without_identity_is_refused(
    world: World, context: dict[str, object] | None
) -> None:
    event = world.event(world.person("alice"), json.dumps(GOOD), "room")
    event["requestContext"]["authorizer"] = context
    answer = json.loads(edge.answer_frame(event, world.app.message_routes)["body"])
    assert (answer["id"], answer["error"]) == ("1", "UNAUTHORIZED")


@pytest.mark.parametrize(
    "change",
    [{"exp": "soon"}, {"exp": "-1"}, {"exp": ""}, {"iat": "\u0661"}, {"scope": "all"}, {"name": 7}],
)
def test_an_identity_that_is_not_ours_is_refused(world: World, change: dict[str, object]) -> None:
    event = world.event(world.person("alice"), json.dumps(GOOD), "room")
    event["requestContext"]["authorizer"] |= change
    answer = json.loads(edge.answer_frame(event, world.app.message_routes)["body"])
    assert answer["error"] == "UNAUTHORIZED"


def test_an_ended_token_is_answered_to_the_frames_id(world: World) -> None:
    alice = world.person("alice", ttl_s=10)
    world.wait(21)
    reply = world.frame(alice, json.dumps(GOOD))
    assert reply is not None
    assert (reply["id"], reply["error"]) == ("1", "UNAUTHORIZED")
    assert world.events_of(alice, "bye")[0]["code"] == 4001


# --- What goes wrong -----------------------------------------------------------------------------


@pytest.mark.covers("D-59", "D-60")
@pytest.mark.parametrize(
    ("error", "code", "retry_after"),
    [
        (InvalidInput.at("data.x", "is bad"), "VALIDATION_ERROR", None),
        (Forbidden("no"), "FORBIDDEN", None),
        (Conflict("no"), "CONFLICT", None),
        (CacheUnavailable("redis at 10.0.0.1", 0.25), "UNAVAILABLE", 0.25),
        (StoreUnavailable("table-of-acme", 0), "UNAVAILABLE", 0.001),
        (RuntimeError("canary"), "INTERNAL_ERROR", None),
        (KeyError("canary"), "INTERNAL_ERROR", None),
        (RecursionError("canary"), "INTERNAL_ERROR", None),
    ],
)
def test_whatever_happens_the_client_is_told_a_code_and_no_cause(
    world: World, error: Exception, code: str, retry_after: float | None
) -> None:
    alice = world.person("alice")
    world.out.faults["rooms.memberships"].append(error)
    reply = world.frame(alice, json.dumps(GOOD))
    assert reply is not None
    assert (reply["id"], reply["ok"], reply["error"]) == ("1", False, code)
    assert reply.get("retryAfter") == retry_after
    assert "canary" not in json.dumps(reply)
    assert "10.0.0.1" not in json.dumps(reply)
    assert world.do(alice, "room.list") == {"rooms": [], "cursor": None}


def test_a_command_leaves_one_line_with_what_it_did_and_for_whom(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    alice = world.person("alice")
    caplog.set_level(logging.DEBUG, "parley")
    caplog.clear()
    for frame in (GOOD, {"action": "presence", "op": "heartbeat", "id": "1"}):
        world.frame(alice, json.dumps(frame))
    lines = [line for line in caplog.records if line.getMessage() == "command_done"]
    assert [(line.levelname, vars(line)["operation"]) for line in lines] == [
        ("INFO", "room.list"),
        ("DEBUG", "presence.heartbeat"),
    ]
    assert vars(lines[0])["tenant_id"] == "acme"
    assert vars(lines[0])["connection_id"] == alice.connection_id
    assert vars(lines[0])["duration_ms"] >= 0


def test_a_reply_is_never_over_30_kb_even_for_the_worst_frame(world: World) -> None:
    data = {f'"\\{number}' * 16: number for number in range(200)}
    reply = reply_to(world, {**GOOD, "id": '"\\' * 32, "data": data})
    assert len(json.dumps(reply, ensure_ascii=False).encode()) < MAX_SENT_BYTES


# --- Handshakes ----------------------------------------------------------------------------------


def test_a_handshake_without_headers_or_query_is_read(world: World) -> None:
    request = edge.connect_request_of({"requestContext": {}})
    assert request == ConnectRequest()
    assert edge.connect_request_of({"multiValueHeaders": None}) == ConnectRequest()
    assert world.out.calls == []


def test_an_authorizer_that_crashes_crashes(world: World) -> None:
    """API Gateway answers 500; nobody is let in."""

    def broken(request: ConnectRequest) -> Any:
        raise StoreUnavailable(str(request.headers))

    event = {"methodArn": "arn", "requestContext": {"requestId": "r"}}
    with pytest.raises(StoreUnavailable):
        edge.answer_authorizer(event, broken)
    assert world.out.calls == []


def test_a_token_of_another_issuer_is_complained_of_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    edge._complain.cache_clear()
    caplog.set_level(logging.INFO, "parley")

    def authenticate(request: object) -> Caller:
        raise Unverifiable("issuer_wrong", "iss is another")

    event = {"requestContext": {"requestId": "R1="}}
    for _ in range(3):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            edge.answer_authorizer(event, authenticate)
    loud = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert [(line.getMessage(), vars(line)["reason"]) for line in loud] == [
        ("issuer_wrong", "iss is another")
    ]
    assert len(caplog.records) == 4
    assert world
