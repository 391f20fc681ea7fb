"""The REST API: tickets, health, and errors in their shape (SPEC §7)."""

import json
from typing import Any

import pytest

from parley.errors import CacheUnavailable, StoreUnavailable
from tests.handlers.conftest import ORIGIN, invoke, sample
from tests.support.memory import World


def request(
    method: str = "POST", path: str = "/ticket", query: str = "", **headers: str
) -> dict[str, Any]:
    event = sample("http")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    del event["headers"]["authorization"]
    event["headers"] |= headers
    if query:
        event["rawQueryString"] = query
        event["queryStringParameters"] = dict(pair.split("=") for pair in query.split("&"))
    return event


def answered(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = invoke("http", event)
    assert answer["headers"]["Content-Type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def refusal(code: str, message: str) -> dict[str, Any]:
    request_id = sample("http")["requestContext"]["requestId"]
    return {"ok": False, "error": code, "message": message, "correlationId": request_id}


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic"}])
def test_a_ticket_needs_a_credential(world: World, header: dict[str, str]) -> None:
    expected = refusal("UNAUTHORIZED", "Please sign in again.")
    assert answered(request(**header)) == (401, expected)
    assert world.out.calls == []


def test_cookies_give_a_ticket_to_pages_of_ours_only(world: World) -> None:
    event = request(origin=ORIGIN)
    event["cookies"] = ["theme=dark", "dashboard_access_token=token-1"]
    assert answered(event)[0] == 200
    event["headers"]["origin"] = "https://evil.example"
    assert answered(event) == (403, refusal("FORBIDDEN", "You may not do this."))
    assert world.out.calls.count("tickets.put") == 1


def test_a_ticket_is_never_said_to_last_longer_than_it_does(world: World) -> None:
    world.out.clock.advance(0.999)
    assert answered(sample("http"))[1]["expiresAt"] == "2026-01-01T00:01:00.000Z"


def test_a_ticket_for_manage_scope_needs_the_role(world: World) -> None:
    status, body = answered(request(query="scope=manage", authorization="Bearer token-1"))
    assert (status, body["error"]) == (403, "FORBIDDEN")
    now = int(world.out.clock.now().timestamp())
    claims = {"sub": "root", "role": "super_admin", "iat": now, "exp": now + 60}
    token = world.out.verifier.issue(claims)
    assert answered(request(query="scope=manage", authorization=f"Bearer {token}"))[0] == 200


def test_a_scope_given_twice_is_refused(world: World) -> None:
    event = request(query="scope=tenant,manage", authorization="Bearer token-1")
    assert answered(event)[0] == 401
    assert world.out.calls == []


@pytest.mark.parametrize("path", ["/", "/nothing", "/ticket/1", "/rooms/../ticket"])
def test_a_path_that_is_not_there_is_not_found(world: World, path: str) -> None:
    expected = refusal("NOT_FOUND", "There is nothing here by that id.")
    assert answered(request("GET", path)) == (404, expected)
    assert world.out.calls == []


def test_a_store_that_does_not_answer_says_when_to_try_again(world: World) -> None:
    world.out.faults["tickets.put"].append(StoreUnavailable("down", 2.5))
    status, body = answered(sample("http"))
    assert (status, body["error"], body["retryAfter"]) == (503, "UNAVAILABLE", 2.5)


def test_a_bug_is_an_internal_error_without_its_text(world: World) -> None:
    world.out.faults["tickets.put"].append(RuntimeError("canary"))
    status, body = answered(sample("http"))
    expected = refusal("INTERNAL_ERROR", "Something went wrong on our side.")
    assert (status, body) == (500, expected)


@pytest.mark.parametrize(
    ("call", "error", "expected"),
    [
        ("", None, (200, "ok")),
        ("cache.progress", CacheUnavailable("down"), (200, "degraded")),
        ("users.tenant_exists", StoreUnavailable("down"), (503, None)),
    ],
)
def test_health_says_which_parts_answer(
    world: World, call: str, error: Exception | None, expected: tuple[int, str | None]
) -> None:
    if error is not None:
        world.out.faults[call].append(error)
    status, body = answered(request("GET", "/healthz"))
    assert (status, body.get("status")) == expected


def test_health_costs_the_same_however_many_tenants_there_are(world: World) -> None:
    for number in range(50):
        world.person("x", f"t{number}")
    world.forget_pushes()
    answered(request("GET", "/healthz"))
    assert world.out.calls == ["users.tenant_exists", "cache.progress"]
