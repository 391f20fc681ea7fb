"""Each error code once through a handler, and what its answer and log line hold (SPEC §3)."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from parley.adapters.memory.faults import Fault
from parley.edge import connection_of
from parley.errors import ErrorCode, Forbidden
from tests.handlers.conftest import invoke, sample
from tests.support.memory import World

Event = dict[str, Any]


def send(**changes: Any) -> Event:
    """Return the sample message with other data."""
    event = sample("message")
    frame = json.loads(event["body"])
    frame["data"] = {**frame["data"], **changes}
    event["body"] = json.dumps(frame)
    return event


def after_expiry(world: World) -> Event:
    world.wait(8_000)
    return send()


def forbidden(world: World) -> Event:
    # No operation of this part refuses a member.
    world.out.faults["cache.probe"].append(Forbidden("members only"))
    return send()


def too_many_rooms(world: World) -> Event:
    for name in ("bob", "carol", "dan"):
        invoke("message", send(toUserId=name))
    del world
    return send(toUserId="eve")


def flood(world: World) -> Event:
    for number in range(10):
        invoke("message", send(clientId=f"c{number}"))
    del world
    return send()


def bug(world: World) -> Event:
    world.out.faults["messages.append"].append(RuntimeError("canary of a bug"))
    return send()


def store_away(world: World) -> Event:
    world.out.messages.faults.append(Fault.UNAVAILABLE)
    return send()


PROVOKED: dict[ErrorCode, Callable[[World], Event]] = {
    ErrorCode.VALIDATION_ERROR: lambda world: send(body=""),
    ErrorCode.UNAUTHORIZED: after_expiry,
    ErrorCode.FORBIDDEN: forbidden,
    ErrorCode.NOT_FOUND: lambda world: send(replyTo="none"),
    ErrorCode.CONFLICT: too_many_rooms,
    ErrorCode.PAYLOAD_TOO_LARGE: lambda world: send(body="x" * 4_001),
    ErrorCode.RATE_LIMITED: flood,
    ErrorCode.INTERNAL_ERROR: bug,
    ErrorCode.UNAVAILABLE: store_away,
}


@pytest.mark.covers("D-16")
def test_every_code_is_provoked() -> None:
    assert set(PROVOKED) == set(ErrorCode)


@pytest.mark.covers("A-55", "B-44", "D-15", "D-57", "D-58", "D-101", "D-103", "D-104")
@pytest.mark.parametrize("code", ErrorCode)
def test_each_code_is_answered_in_its_shape_and_its_id_is_in_the_logs(
    world: World, code: ErrorCode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "parley")
    world.app.presence.connected(connection_of(sample("message")))
    event = PROVOKED[code](world)
    request_id = event["requestContext"]["requestId"]
    caplog.clear()
    answer = invoke("message", event)
    assert answer["statusCode"] == 200
    # The reply to somebody who is ended is pushed, before the goodbye.
    body = answer["body"] if "body" in answer else world.out.push.sent[-2][1].decode()
    reply = json.loads(body)
    expected = {"id", "ok", "error", "message", "correlationId"}
    if code is ErrorCode.VALIDATION_ERROR:
        expected.add("details")
        assert reply["details"] == [{"path": "data.body", "reason": "must not be empty"}]
    if code in {ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE}:
        expected.add("retryAfter")
        assert 0 < reply["retryAfter"] <= 60
    assert set(reply) == expected
    assert (reply["id"], reply["ok"], reply["error"]) == ("1", False, code.value)
    assert reply["correlationId"] == request_id
    assert "canary" not in body
    lines = [line for line in caplog.records if getattr(line, "correlation_id", "") == request_id]
    assert [line.getMessage() for line in lines] == [
        "frame_failed" if code is ErrorCode.INTERNAL_ERROR else "command_refused"
    ]
    severe = code is ErrorCode.INTERNAL_ERROR
    assert (lines[0].levelno == logging.ERROR, bool(lines[0].exc_info)) == (severe, severe)


def test_no_log_line_holds_what_people_wrote_or_their_credentials(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    invoke("authorizer")
    invoke("connect")
    invoke("message", send(body="canary text"))
    invoke("message", send(body="canary text", replyTo="none"))
    invoke("presence")
    ticket = json.loads(invoke("http")["body"])["ticket"]
    invoke("disconnect")
    written = "\n".join(str(vars(line)) for line in caplog.records)
    for secret in ("canary", "token-1", "Alice", ticket):
        assert secret not in written, secret
