"""REST through the gateway: beside sockets, across origins, and by paths as AWS decodes them."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Open
from tests.support.client import new_id
from tests.support.places import Place

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


def ask(
    stack: Place, method: str, path: str, token: str = "", body: Any = None, **headers: str
) -> Answer:
    if token:
        headers["authorization"] = f"Bearer {token}"
    if body is not None:
        headers["content-type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(  # noqa: S310
        stack.address(f"/api{path}"), data, named, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return Answer(answer.status, _lowered(answer), answer.read())
    except HTTPError as exc:
        with exc:
            return Answer(exc.code, _lowered(exc), exc.read())


def _lowered(answer: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.covers("D-92", "D-93", "D-94", "D-55")
async def test_what_is_done_by_rest_is_seen_on_sockets_and_the_other_way(
    stack: Place, tenant: str, person: Open
) -> None:
    token = stack.token("alice", tenantId=tenant, name="Alice")
    bob, carol = await person("bob"), await person("carol")
    body = {"type": "group", "memberIds": ["bob"], "name": "Two"}
    room_id = ask(stack, "POST", "/rooms", token, body).data["roomId"]
    await bob.event("room:updated", lambda room: room["roomId"] == room_id)

    added = ask(stack, "POST", f"/rooms/{room_id}/members", token, {"userIds": ["carol"]})
    assert (added.status, added.data["memberCount"]) == (200, 3)
    for member in (bob, carol):
        await member.event("room:updated", lambda room: room["memberCount"] == 3)
        await member.event("message:new", lambda message: message["type"] == "system")

    sent = await bob.do("message.send", roomId=room_id, clientId=new_id(), body="by socket")
    history = ask(stack, "GET", f"/rooms/{room_id}/messages", token).data["messages"]
    assert history[-1] == sent["message"]
    said = {"clientId": new_id(), "body": "by REST"}
    reply = ask(stack, "POST", f"/rooms/{room_id}/messages", token, said).data
    assert await carol.event("message:new", lambda m: m["seq"] == reply["message"]["seq"])

    await carol.close()
    removed = ask(stack, "DELETE", f"/rooms/{room_id}/members/carol", token)
    assert removed.data["memberCount"] == 2
    await bob.event("room:updated", lambda room: room["rev"] == removed.data["rev"])
    # What was missed is there for whoever comes by REST.
    page = ask(stack, "GET", f"/rooms/{room_id}/messages?after={sent['message']['seq']}", token)
    assert page.data["messages"][0]["body"] == "by REST"


@pytest.mark.covers("C-25")
def test_pages_of_the_listed_origins_may_read_answers_and_errors(stack: Place) -> None:
    preflight = ask(
        stack,
        "OPTIONS",
        "/rooms",
        origin=stack.origin,
        access_control_request_method="PATCH",
        access_control_request_headers="authorization,content-type",
    )
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == stack.origin
    assert preflight.headers["access-control-allow-credentials"] == "true"
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    for path, status in (("/healthz", 200), ("/rooms", 401), ("/nothing", 404)):
        answer = ask(stack, "GET", path, origin=stack.origin)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == stack.origin
        assert answer.headers["access-control-expose-headers"] == "retry-after"
        assert answer.headers["vary"] == "Origin"
        foreign = ask(stack, "GET", path, origin="https://evil.example")
        assert "access-control-allow-origin" not in foreign.headers


@pytest.mark.beyond_emulator("decodes paths once, but for %25")
def test_an_id_that_is_encoded_twice_may_hold_anything(stack: Place, tenant: str) -> None:
    token = stack.token("ann", tenantId=tenant, role="tenant_admin")
    for user_id in ("a/b", "100%", "what?", "a%2Fb", "é 👋"):
        twice = quote(quote(user_id, safe=""), safe="")
        assert ask(stack, "PUT", f"/users/{twice}", token, {}).data["userId"] == user_id
        revoked = ask(stack, "POST", f"/users/{twice}/revoke", token)
        assert revoked.data["userId"] == user_id
    once = quote("é 👋/b", safe="")
    assert ask(stack, "PUT", f"/users/{once}", token, {}).data["userId"] == "é 👋/b"


def test_the_description_is_served_without_a_token(stack: Place) -> None:
    assert ask(stack, "GET", "/openapi.json").data["openapi"].startswith("3.1")
    script = ask(stack, "GET", "/docs/swagger-ui.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert len(script.body) > 1_000_000
