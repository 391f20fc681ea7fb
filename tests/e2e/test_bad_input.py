"""Whatever comes in is answered from the closed set, and the connection stays open."""

import asyncio
import functools
import json
from typing import Any
from urllib.error import HTTPError

import pytest
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.e2e.conftest import Open
from tests.support.client import ANSWER_IN_S, Client, new_id
from tests.support.places import Place

pytestmark = pytest.mark.e2e


connect = functools.partial(websockets.asyncio.client.connect, open_timeout=ANSWER_IN_S)

UNREADABLE = [
    "not json",
    "[]",
    '{"action": "message", "op": "send"}',
    '{"id": "x"}',
    '{"id": 7, "action": "message", "op": "send", "data": {}}',
    '{"id": "a", "id": "b", "action": "message", "op": "send", "data": {}}',
    '{"id": "x", "action": "nonsense", "op": "send", "data": {}}',
    '{"id": "x", "action": "message", "op": "send", "data": {"body": NaN}}',
    '{"id": "x", "action": "message", "op": "send", "data": ' + "[" * 40 + "]" * 40 + "}",
    '{"id": "x", "action": "message", "op": "send", "data": {"body": "\\ud800"}}',
    '{"id": "x", "action": "receipt", "op": "read", "data": {"roomId": "r", "seq": 1e999}}',
]


@pytest.mark.scenario("C16")
@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_malformed_frame_is_refused_and_the_connection_stays(
    person: Open, text: str
) -> None:
    alice = await person("alice")
    await alice.socket.send(text)
    refusal = await _next_refusal(alice)
    assert refusal["error"] == "VALIDATION_ERROR"
    assert refusal["correlationId"]
    assert "Traceback" not in json.dumps(refusal)
    assert (await alice.do("presence.heartbeat", status="online"))["ttl"] == 90


async def _next_refusal(client: Client) -> dict[str, Any]:
    for _ in range(200):
        for text in client.frames:
            frame: dict[str, Any] = json.loads(text)
            if frame.get("ok") is False:
                return frame
        await asyncio.sleep(0.05)
    raise AssertionError("no answer came")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"body": ""}, "VALIDATION_ERROR"),
        ({"body": " \n\t "}, "VALIDATION_ERROR"),
        ({"body": "a\u0000b"}, "VALIDATION_ERROR"),
        ({"body": "x" * 4_001}, "PAYLOAD_TOO_LARGE"),
        ({"body": "x", "type": "system"}, "VALIDATION_ERROR"),
        ({"body": "x", "senderId": "bob"}, "VALIDATION_ERROR"),
        ({"body": "x", "clientId": ""}, "VALIDATION_ERROR"),
        ({"body": "x", "toUserId": "alice"}, "VALIDATION_ERROR"),
        ({"body": "x", "toUserId": "bob", "roomId": "r"}, "VALIDATION_ERROR"),
        ({"body": "x", "roomId": "r", "toUserId": None}, "NOT_FOUND"),
        ({"body": "x", "roomId": "../x", "toUserId": None}, "NOT_FOUND"),
        ({"body": "x", "replyTo": "nothing"}, "NOT_FOUND"),
        ({"body": "x", "mentions": ["stranger"]}, "VALIDATION_ERROR"),
        ({"body": "x", "tenantId": "globex"}, "VALIDATION_ERROR"),
    ],
)
async def test_a_message_that_may_not_be_is_refused_and_not_stored(
    person: Open, data: dict[str, Any], error: str
) -> None:
    alice = await person("alice")
    before = await alice.do("message.send", toUserId="bob", clientId=new_id(), body="before")
    reply = await alice.ask("message.send", **{"toUserId": "bob", "clientId": new_id(), **data})
    assert (reply["ok"], reply["error"]) == (False, error)
    history = await alice.do("message.history", roomId=before["message"]["roomId"])
    assert len(history["messages"]) == 1


async def test_a_body_of_the_largest_size_passes_whole(person: Open) -> None:
    alice, bob = await person("alice"), await person("bob")
    body = "👋" * 4_000
    await alice.do("message.send", toUserId="bob", clientId=new_id(), body=body)
    got = await bob.event("message:new")
    assert (got["body"], got["truncated"]) == (body, False)
    assert max(len(frame.encode()) for frame in bob.frames) <= 30 * 1024


@pytest.mark.scenario("C16")
@pytest.mark.beyond_emulator("takes frames of any size")
async def test_a_frame_over_32_kb_closes_the_connection_as_api_gateway_does(
    person: Open,
) -> None:
    alice = await person("alice")
    await alice.socket.send("x" * (32 * 1024 + 1))
    with pytest.raises(ConnectionClosed):
        for _ in range(200):
            await alice.socket.send("{}")
            await asyncio.sleep(0.05)
    assert alice.socket.close_code == 1009


@pytest.mark.scenario("A6")
async def test_who_has_no_good_token_does_not_get_in(stack: Place, tenant: str) -> None:
    tokens = {
        "": 401,
        "nonsense": 401,
        stack.token("a", tenantId=tenant, expiresIn=-60): 401,
        stack.token("a"): 403,
        stack.token("@manage/a", tenantId=tenant): 401,
    }
    for token, status in tokens.items():
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{stack.ws_url}?token={token}" if token else stack.ws_url)
        assert refused.value.response.status_code == status, token[:20]


async def test_only_super_admins_get_manage_scope(stack: Place, tenant: str) -> None:
    token = stack.token("a", tenantId=tenant, role="tenant_admin")
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{stack.ws_url}?scope=manage&token={token}")
    assert refused.value.response.status_code == 403


@pytest.mark.scenario("A10")
async def test_a_ticket_works_once(stack: Place, tenant: str) -> None:
    token = stack.token("alice", tenantId=tenant)
    ticket = stack.post("/api/ticket", {}, token=token)
    assert set(ticket) == {"ticket", "expiresAt"}
    url = f"{stack.ws_url}?ticket={ticket['ticket']}"
    async with connect(url):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
    assert refused.value.response.status_code == 401


def test_a_ticket_needs_a_token(stack: Place) -> None:
    with pytest.raises(HTTPError) as refused:
        stack.post("/api/ticket", {})
    assert refused.value.code == 401
    body = json.loads(refused.value.read())
    assert (body["ok"], body["error"]) == (False, "UNAUTHORIZED")
    assert body["correlationId"]


def test_the_health_check_says_that_all_is_well(stack: Place) -> None:
    assert stack.get("/api/healthz") == {"status": "ok"}
