"""The WebSocket API as a client sees it: handshake, routes, limits, close codes."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from tests.gateway.harness import Client, RunningGateway

pytestmark = pytest.mark.gateway

Opener = Callable[..., Awaitable[Client]]
FRAME_BYTES = 32 * 1024
MESSAGE_BYTES = 128 * 1024


async def refusal(gateway: RunningGateway, **query: str) -> tuple[int, Any]:
    with pytest.raises(InvalidStatus) as refused:
        await connect(gateway.ws_url(**query))
    response = refused.value.response
    return response.status_code, json.loads(response.body or b"null")


async def test_connect_without_its_identity_source_is_401_and_asks_no_authorizer(
    gateway: RunningGateway,
) -> None:
    asked = len(gateway.records("authorizer"))
    assert (await refusal(gateway))[0] == 401
    assert len(gateway.records("authorizer")) == asked


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("deny", 403),
        ("rest-style", 403),
        ("unauthorized", 401),
        ("broken", 500),
        ("no-principal", 500),
        ("no-policy", 500),
        ("list-context", 500),
        ("big-context", 500),
    ],
)
async def test_authorizer_outcomes_are_statuses(
    gateway: RunningGateway, token: str, status: int
) -> None:
    assert (await refusal(gateway, token=token))[0] == status


async def test_a_policy_for_the_whole_stage_lets_in(client_of: Opener) -> None:
    assert (await client_of("stage-wide")).connection_id


async def test_refused_upgrade_has_the_body_of_api_gateway(gateway: RunningGateway) -> None:
    _, body = await refusal(gateway, token="deny")
    assert body["message"] == "Forbidden"
    assert set(body) == {"message", "connectionId", "requestId"}


@pytest.mark.parametrize("status", [301, 400, 401, 501])
async def test_status_of_connect_is_passed_through_unchanged(
    gateway: RunningGateway, status: int
) -> None:
    assert (await refusal(gateway, token="a", status=str(status)))[0] == status


async def test_connect_that_answers_201_lets_in(gateway: RunningGateway) -> None:
    async with connect(gateway.ws_url(token="a", status="201")):
        pass


async def test_connect_that_raises_is_502(gateway: RunningGateway) -> None:
    assert (await refusal(gateway, token="a", **{"raise": "1"}))[0] == 502


async def test_refused_connection_gets_no_disconnect(gateway: RunningGateway) -> None:
    _, body = await refusal(gateway, token="a", status="400")
    async with connect(gateway.ws_url(token="after")) as later:
        await later.send('{"action": "echo"}')
        own_id = json.loads(await later.recv())["requestContext"]["connectionId"]
    gateway.event_of("disconnect", own_id)
    ids = [r["event"]["requestContext"]["connectionId"] for r in gateway.records("disconnect")]
    assert body["connectionId"] not in ids


@pytest.mark.scenario("A15")
async def test_url_above_4096_characters_is_414(gateway: RunningGateway) -> None:
    assert (await refusal(gateway, token="x" * 4096))[0] == 414


async def test_plain_request_is_426(gateway: RunningGateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.gateway.port)
    writer.write(b"GET /v1?token=a HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b" 426 " in await reader.readline()
    writer.close()


async def test_subprotocol_is_answered_only_if_connect_names_it(gateway: RunningGateway) -> None:
    offered = [Subprotocol("one"), Subprotocol("two")]
    async with connect(gateway.ws_url(token="a"), subprotocols=offered) as socket:
        assert socket.subprotocol is None
    url = gateway.ws_url(token="a", protocol="two")
    async with connect(url, subprotocols=offered) as socket:
        assert socket.subprotocol == "two"


@pytest.mark.scenario("A15")
async def test_compression_is_never_negotiated(gateway: RunningGateway) -> None:
    async with connect(gateway.ws_url(token="a"), compression="deflate") as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_ids_have_16_characters_and_end_with_an_equals_sign(client: Client) -> None:
    context = (await client.ask())["requestContext"]
    for name in ("connectionId", "requestId", "messageId"):
        assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", context[name])
    assert context["requestId"] == context["extendedRequestId"]


async def test_message_event_has_the_captured_shape(client: Client) -> None:
    event = await client.ask(x=1)
    assert set(event) == {"requestContext", "body", "isBase64Encoded"}
    assert json.loads(event["body"]) == {"action": "echo", "x": 1}
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["routeKey"] == "echo"
    assert context["eventType"] == "MESSAGE"
    assert context["messageDirection"] == "IN"
    assert context["stage"] == "v1"
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])


async def test_connect_event_has_headers_and_query_but_no_body(
    gateway: RunningGateway, client: Client
) -> None:
    event = gateway.event_of("connect", client.connection_id)
    assert set(event) == {
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "requestContext",
        "isBase64Encoded",
    }
    assert event["queryStringParameters"] == {"token": "someone"}
    assert event["multiValueQueryStringParameters"] == {"token": ["someone"]}
    assert {
        "Host",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-Amzn-Trace-Id",
    } <= set(event["headers"])
    assert not {"Connection", "Upgrade"} & set(event["headers"])
    assert "messageId" not in event["requestContext"]


async def test_authorizer_event_keeps_hop_headers_and_has_the_method_arn(
    gateway: RunningGateway, client: Client
) -> None:
    event = gateway.event_of("authorizer", client.connection_id)
    assert event["type"] == "REQUEST"
    assert event["methodArn"].startswith("arn:aws:execute-api:us-east-1:")
    assert event["methodArn"].endswith("/v1/$connect")
    assert event["headers"]["Upgrade"] == "websocket"
    assert event["headers"]["content-length"] == "0"
    assert event["stageVariables"] == {}
    assert "authorizer" not in event["requestContext"]


async def test_user_agent_is_in_the_identity_only_if_sent(client_of: Opener) -> None:
    silent = await client_of(user_agent_header=None)
    assert set((await silent.ask())["requestContext"]["identity"]) == {"sourceIp"}
    named = await client_of(user_agent_header="tester/1")
    identity = (await named.ask())["requestContext"]["identity"]
    assert identity == {"sourceIp": "127.0.0.1", "userAgent": "tester/1"}


async def test_authorizer_context_is_text_on_every_event(
    gateway: RunningGateway, client: Client
) -> None:
    message = await client.ask()
    await client.socket.close()
    for event in (
        gateway.event_of("connect", client.connection_id),
        message,
        gateway.event_of("disconnect", client.connection_id),
    ):
        authorizer = event["requestContext"]["authorizer"]
        assert authorizer.pop("integrationLatency") >= 0
        assert authorizer == {"text": "t", "number": "7", "yes": "true", "principalId": "someone"}


async def test_connected_at_is_the_same_on_every_event(
    gateway: RunningGateway, client: Client
) -> None:
    first, second = await client.ask(), await client.ask()
    await client.socket.close()
    last = gateway.event_of("disconnect", client.connection_id)
    moments = {event["requestContext"]["connectedAt"] for event in (first, second, last)}
    assert len(moments) == 1
    assert first["requestContext"]["requestTimeEpoch"] >= moments.pop()


@pytest.mark.scenario("C16")
@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "[1]",
        "7",
        '"echo"',
        "{}",
        '{"action": "absent"}',
        '{"action": "$connect"}',
        '{"action": null}',
        '{"action": ["echo"]}',
    ],
)
async def test_what_selects_no_route_goes_to_default(client: Client, frame: str) -> None:
    await client.socket.send(frame)
    event = await client.receive()
    assert event["requestContext"]["routeKey"] == "$default"
    assert event["body"] == frame


async def test_without_a_default_route_the_answer_is_forbidden(gateway: RunningGateway) -> None:
    async with connect(gateway.ws_url("strict")) as socket:
        await socket.send("hello")
        text = await socket.recv()
        assert isinstance(text, str)
        assert re.fullmatch(
            r'\{"message": "Forbidden", "connectionId":"[^"]{16}", "requestId":"[^"]{16}"\}', text
        )
        await socket.send("again")
        assert json.loads(await socket.recv())["message"] == "Forbidden"


async def test_handler_that_raises_is_an_internal_server_error_and_the_connection_stays(
    client: Client,
) -> None:
    failure = await client.ask(do="raise")
    assert failure["message"] == "Internal server error"
    assert failure["connectionId"] == client.connection_id
    assert set(failure) == {"message", "connectionId", "requestId"}
    assert (await client.ask())["requestContext"]["connectionId"] == client.connection_id


async def test_handler_without_a_status_code_is_an_internal_server_error(client: Client) -> None:
    assert (await client.ask(do="nothing"))["message"] == "Internal server error"


async def test_crashed_process_is_an_internal_server_error_and_a_fresh_one_serves(
    client: Client,
) -> None:
    assert (await client.ask(do="die"))["message"] == "Internal server error"
    assert (await client.ask(do="pid"))["pid"]


async def test_status_code_of_a_message_is_ignored(client: Client) -> None:
    event = await client.ask(status=401)
    assert event["requestContext"]["routeKey"] == "echo"


async def test_route_without_selection_expression_is_one_way(client: Client) -> None:
    await client.socket.send(json.dumps({"action": "push"}))
    assert (await client.ask())["requestContext"]["routeKey"] == "echo"


async def test_route_without_route_response_resource_is_one_way(client: Client) -> None:
    await client.socket.send(json.dumps({"action": "halfway"}))
    assert (await client.ask())["requestContext"]["routeKey"] == "echo"


async def test_integration_timeout_is_told_and_the_function_runs_on(
    gateway: RunningGateway, client: Client
) -> None:
    frame = {"action": "hasty", "do": "sleep", "seconds": 0.5, "mark": client.connection_id}
    await client.socket.send(json.dumps(frame))
    assert (await client.receive())["message"] == "Endpoint request timed out"
    gateway.record("slept", lambda event: event.get("mark") == client.connection_id)


async def test_function_timeout_kills_the_function(gateway: RunningGateway, client: Client) -> None:
    frame = {"action": "short", "do": "sleep", "seconds": 60, "mark": client.connection_id}
    await client.socket.send(json.dumps(frame))
    assert (await client.receive())["message"] == "Internal server error"
    slept = [r for r in gateway.records("slept") if r["event"].get("mark") == client.connection_id]
    assert not slept


async def test_frames_of_one_connection_are_served_at_the_same_time(
    gateway: RunningGateway, client: Client
) -> None:
    frame = {"action": "echo", "do": "sleep", "seconds": 1.0, "mark": client.connection_id}
    await client.socket.send(json.dumps(frame))
    gateway.record("sleeping", lambda event: event.get("mark") == client.connection_id)
    assert "pid" in await client.ask(do="pid"), "the second frame overtakes the first"
    assert (await client.receive())["body"] == json.dumps(frame)


async def test_reordered_frames_overtake_each_other(
    gateway: RunningGateway, client: Client
) -> None:
    gateway.fault("reorder", probability=0.5, max_delay_s=0.2)
    for n in range(20):
        await client.socket.send(json.dumps({"action": "echo", "do": "pid", "n": n}))
    order = [(await client.receive())["n"] for _ in range(20)]
    assert sorted(order) == list(range(20))
    assert order != sorted(order)


@pytest.mark.scenario("C16")
async def test_binary_frame_closes_with_1003(gateway: RunningGateway, client: Client) -> None:
    await client.socket.send(b"\x00")
    assert (await client.closed())[0] == 1003
    event = gateway.event_of("disconnect", client.connection_id)
    assert event["requestContext"]["disconnectStatusCode"] == 1003


async def test_frame_of_32_kb_is_served(client: Client) -> None:
    frame = json.dumps({"action": "echo", "do": "pid", "pad": ""})
    await client.socket.send(frame.replace('""', f'"{"x" * (FRAME_BYTES - len(frame))}"'))
    assert (await client.receive())["pid"]


async def test_frame_of_32_kb_and_a_byte_closes_with_1009(
    gateway: RunningGateway, client: Client
) -> None:
    await client.socket.send("x" * (FRAME_BYTES + 1))
    assert (await client.closed())[0] == 1009
    event = gateway.event_of("disconnect", client.connection_id)
    assert event["requestContext"]["disconnectStatusCode"] == 1009


async def test_huge_frame_closes_with_1009_and_not_with_a_reset(client: Client) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        await client.socket.send("x" * 5_000_000)
        await client.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.scenario("C16")
async def test_message_of_128_kb_in_32_kb_frames_is_served(client: Client) -> None:
    body = json.dumps({"action": "echo", "do": "pid", "pad": ""})
    text = body.replace('""', f'"{"x" * (MESSAGE_BYTES - len(body))}"')
    await client.socket.send([text[i : i + FRAME_BYTES] for i in range(0, len(text), FRAME_BYTES)])
    assert (await client.receive())["pid"]


async def test_message_above_128_kb_closes_with_1009(client: Client) -> None:
    with pytest.raises(ConnectionClosed):
        await client.socket.send(["x" * FRAME_BYTES] * 4 + ["x"])
        await client.receive()
    assert (await client.closed())[0] == 1009


async def test_frames_before_an_oversized_one_are_served(client: Client) -> None:
    good = json.dumps({"action": "echo", "do": "pid"}).encode()
    client.socket.transport.write(
        Frame(Opcode.TEXT, good).serialize(mask=True)
        + Frame(Opcode.TEXT, b"x" * FRAME_BYTES, fin=False).serialize(mask=True)
        + Frame(Opcode.CONT, b"x" * (FRAME_BYTES + 1)).serialize(mask=True)
    )
    assert (await client.closed())[0] == 1009


async def test_ping_is_answered(client: Client) -> None:
    await asyncio.wait_for(await client.socket.ping(), 5)


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1000, "bye", (1000, "bye")),
        (4001, "", (4001, "")),
    ],
)
async def test_disconnect_is_told_the_code_of_the_client(
    gateway: RunningGateway, client: Client, code: int, reason: str, expected: tuple[int, str]
) -> None:
    await client.socket.close(code, reason)
    context = gateway.event_of("disconnect", client.connection_id)["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == expected


async def test_close_without_a_code_is_1005(gateway: RunningGateway, client: Client) -> None:
    client.socket.transport.write(bytes((0x88, 0x80, 0, 0, 0, 0)))
    await client.closed()
    context = gateway.event_of("disconnect", client.connection_id)["requestContext"]
    assert context["disconnectStatusCode"] == 1005
    assert context["disconnectReason"] == "Client-side close frame status not set"


async def test_lost_tcp_connection_is_1006(gateway: RunningGateway, client: Client) -> None:
    client.socket.transport.abort()
    await client.closed()
    event = gateway.event_of("disconnect", client.connection_id)
    assert event["requestContext"]["disconnectStatusCode"] == 1006


async def test_disconnect_event_has_stub_headers_and_no_body(
    gateway: RunningGateway, client: Client
) -> None:
    await client.socket.close()
    event = gateway.event_of("disconnect", client.connection_id)
    assert set(event) == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}
    assert set(event["headers"]) == {"Host", "x-api-key", "X-Forwarded-For", "x-restapi"}
    assert event["requestContext"]["eventType"] == "DISCONNECT"
    assert event["requestContext"]["routeKey"] == "$disconnect"
    assert "messageId" not in event["requestContext"]
