"""The REST API: tickets, health, routes, and errors in their shape (SPEC §7)."""

import json
import logging
import re
from typing import Any

import pytest

from parley.errors import CacheUnavailable, StoreUnavailable
from parley.http.table import PEOPLE, ROOMS, ROUTES
from tests.handlers.conftest import ORIGIN, ROOT, SignIn, invoke, sample
from tests.support.memory import World
from tests.support.rest import request_event


def request(
    method: str = "POST", path: str = "/ticket", query: str = "", **headers: str
) -> dict[str, Any]:
    return request_event(sample("http"), method, path, query, **headers)


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


def test_tickets_are_limited_and_those_refused_are_not_stored(world: World) -> None:
    statuses = [answered(sample("http"))[0] for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    assert world.out.calls.count("tickets.put") == 60


def test_tickets_are_limited_without_redis_too(world: World) -> None:
    world.out.faults["cache.allow"].extend(CacheUnavailable("down") for _ in range(61))
    assert [answered(sample("http"))[0] for _ in range(61)] == [200] * 60 + [429]


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
    event = request(query="scope=tenant&scope=manage", authorization="Bearer token-1")
    assert answered(event)[0] == 401
    assert world.out.calls == []


@pytest.mark.parametrize(
    "path", ["/", "", "/nothing", "/ticket/1", "/rooms/", "/rooms/r/x/y", "/users/"]
)
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


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/ticket", "POST"),
        ("/rooms", "GET, POST"),
        ("/rooms/r", "GET, PATCH"),
        ("/rooms/r/members/u/v", "DELETE"),
        ("/users/a/b", "GET, PUT"),
        ("/users/a/b/revoke", "POST"),
        ("/me", "GET, PATCH"),
    ],
)
def test_a_path_with_other_methods_names_them(world: World, path: str, allowed: str) -> None:
    answer = invoke("http", request("TRACE", path))
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, allowed)
    body = json.loads(answer["body"])
    assert (body["ok"], body["error"]) == (False, "VALIDATION_ERROR")
    assert body["details"][0]["path"] == "method"
    assert world.out.calls == []


@pytest.mark.covers("C-52")
def test_every_route_that_is_not_open_needs_a_token(world: World) -> None:
    for route in (*ROOMS, *PEOPLE):
        path = route.path.replace("{roomId}", "r").replace("{userId}", "u")
        answer = invoke("http", request(route.method, path))
        assert answer["statusCode"] == 401, route
        assert answer["headers"]["WWW-Authenticate"] == "Bearer"
    assert world.out.calls == []


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer a,Bearer b", "Bearer bad"])
def test_a_bad_credential_is_refused_before_anything_is_read(world: World, header: str) -> None:
    event = request("GET", "/rooms", "limit=nonsense", authorization=header)
    assert answered(event) == (401, refusal("UNAUTHORIZED", "Please sign in again."))
    assert world.out.calls == []


def test_a_cookie_is_good_for_tickets_only(world: World) -> None:
    event = request("GET", "/rooms", origin=ORIGIN)
    event["cookies"] = ["dashboard_access_token=token-1"]
    assert answered(event)[0] == 401
    assert world.out.calls == []


def test_who_was_revoked_is_signed_out_of_rest_at_once(world: World, sign_in: SignIn) -> None:
    bob, admin = sign_in("bob"), sign_in("ann", role="tenant_admin")
    assert bob.do("GET", "/me")["userId"] == "bob"
    admin.do("POST", "/users/bob/revoke")
    assert bob.refused("GET", "/me") == (401, "UNAUTHORIZED")


def test_a_limit_says_in_whole_seconds_when_to_try_again(world: World, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    room_id = alice.do("POST", "/rooms", {"type": "group"})["roomId"]
    for number in range(10):
        message = {"clientId": f"c{number}", "body": "x"}
        alice.do("POST", f"/rooms/{room_id}/messages", message)
    status, headers, body = alice.answer(
        "POST", f"/rooms/{room_id}/messages", {"clientId": "c", "body": "x"}
    )
    assert (status, body["error"]) == (429, "RATE_LIMITED")
    assert 0 < body["retryAfter"] <= int(headers["Retry-After"]) < body["retryAfter"] + 1


def test_an_error_of_a_store_and_a_bug_are_told_apart(world: World, sign_in: SignIn) -> None:
    alice = sign_in("alice")
    world.out.faults["users.profiles"].append(StoreUnavailable("down", 0.2))
    status, headers, body = alice.answer("GET", "/users/bob")
    assert (status, body["error"], headers["Retry-After"]) == (503, "UNAVAILABLE", "1")
    world.out.faults["users.profiles"].append(RuntimeError("canary"))
    status, _, body = alice.answer("GET", "/users/bob")
    assert (status, body["error"]) == (500, "INTERNAL_ERROR")
    assert "canary" not in json.dumps(body)


def test_answers_are_for_one_person_and_one_origin(world: World, sign_in: SignIn) -> None:
    for path in ("/me", "/users/nobody"):
        _, headers, _ = sign_in("alice").answer("GET", path)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Vary"] == "Origin"
        # API Gateway adds these by the template's list of origins, and drops ours.
        assert not any(name.lower().startswith("access-control") for name in headers)


def test_each_request_is_one_line_in_the_logs_without_its_content(
    world: World, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    alice = sign_in("alice")
    caplog.set_level(logging.INFO, "parley")
    alice.do("GET", "/me")
    alice.refused("GET", "/users/canary", q="canary")
    lines = [line for line in caplog.records if line.getMessage().startswith("request_")]
    assert [(line.getMessage(), line.operation) for line in lines] == [  # type: ignore[attr-defined]
        ("request_done", "GET /me"),
        ("request_refused", "GET /users/{userId}"),
    ]
    assert "canary" not in "".join(str(vars(line)) for line in caplog.records)


def test_the_routes_are_those_of_the_contract() -> None:
    assert {f"{route.method} {route.path}" for route in ROUTES} == CONTRACT
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_pages_of_other_origins_may_use_every_method_that_there_is() -> None:
    allowed = re.search(r"AllowMethods: \[([A-Z, ]+)\]", (ROOT / "template.yaml").read_text())
    assert allowed is not None
    assert set(allowed[1].split(", ")) == {route.method for route in ROUTES}


CONTRACT = {
    "POST /ticket",
    "GET /rooms",
    "POST /rooms",
    "GET /rooms/{roomId}",
    "PATCH /rooms/{roomId}",
    "GET /rooms/{roomId}/messages",
    "POST /rooms/{roomId}/messages",
    "POST /rooms/{roomId}/read",
    "GET /rooms/{roomId}/members",
    "POST /rooms/{roomId}/members",
    "DELETE /rooms/{roomId}/members/{userId}",
    "GET /presence",
    "GET /unread",
    "GET /me",
    "PATCH /me",
    "GET /users",
    "GET /users/{userId}",
    "PUT /users/{userId}",
    "POST /users/{userId}/revoke",
    "GET /tenant/settings",
    "PUT /tenant/settings",
    "GET /openapi.json",
    "GET /docs",
    "GET /healthz",
    # What the page at /docs consists of.
    "GET /docs/start.js",
    "GET /docs/swagger-ui.js",
    "GET /docs/swagger-ui.css",
}
