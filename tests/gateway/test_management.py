"""The @connections API, mostly through boto3's own client."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from botocore.exceptions import ClientError
from websockets.asyncio.client import connect

from tests.gateway.harness import Client, RunningGateway, wait_until

pytestmark = pytest.mark.gateway

Opener = Callable[..., Awaitable[Client]]
NOBODY = "AAAAAAAAAAAAAAA="
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}


async def test_post_reaches_the_client_as_one_text_frame(client: Client, connections: Any) -> None:
    answer = connections.post_to_connection(
        ConnectionId=client.connection_id, Data="grüße 🙂".encode()
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert await client.receive_text() == "grüße 🙂"


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 128 * 1024])
async def test_post_of_any_size_up_to_128_kb_arrives_whole(
    client: Client, connections: Any, size: int
) -> None:
    connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x" * size)
    assert await client.receive_text() == "x" * size


async def test_invalid_utf8_is_replaced(client: Client, connections: Any) -> None:
    connections.post_to_connection(ConnectionId=client.connection_id, Data=b"a\xffb")
    assert await client.receive_text() == "a\N{REPLACEMENT CHARACTER}b"


async def test_post_above_128_kb_is_413(client: Client, connections: Any) -> None:
    with pytest.raises(connections.exceptions.PayloadTooLargeException):
        connections.post_to_connection(
            ConnectionId=client.connection_id, Data=b"x" * (128 * 1024 + 1)
        )


@pytest.mark.parametrize("call", ["post_to_connection", "get_connection", "delete_connection"])
async def test_unknown_connection_is_410(connections: Any, call: str) -> None:
    data = {"Data": b"x"} if call == "post_to_connection" else {}
    with pytest.raises(connections.exceptions.GoneException):
        getattr(connections, call)(ConnectionId=NOBODY, **data)


async def test_closed_connection_is_410(
    gateway: RunningGateway, client: Client, connections: Any
) -> None:
    await client.socket.close()
    gateway.event_of("disconnect", client.connection_id)
    with pytest.raises(connections.exceptions.GoneException):
        connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")


async def test_post_before_101_is_410(gateway: RunningGateway) -> None:
    seen = len(gateway.records("posted"))
    async with connect(gateway.ws_url(token="a", post="1")):
        assert [r["event"] for r in gateway.records("posted")[seen:]] == ["GoneException"]


async def test_connection_of_another_stage_is_410(gateway: RunningGateway, client: Client) -> None:
    url = f"{gateway.url}/strict/@connections/{client.connection_id}"
    async with aiohttp.ClientSession() as http, http.post(url, headers=SIGNED) as answer:
        assert answer.status == 410


@pytest.mark.scenario("A14")
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_unsigned_request_is_403(
    gateway: RunningGateway, client: Client, method: str
) -> None:
    url = f"{gateway.url}/v1/@connections/{client.connection_id}"
    async with aiohttp.ClientSession() as http, http.request(method, url) as answer:
        assert answer.status == 403
        assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"
        body = await answer.json()
    assert body["message"] == "Forbidden"
    assert body["connectionId"] == client.connection_id
    assert body["requestId"]


async def test_id_is_percent_decoded(gateway: RunningGateway, client: Client) -> None:
    encoded = client.connection_id.replace("=", "%3D")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.gateway.port)
    request = (
        f"POST /v1/@connections/{encoded} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        "Authorization: AWS4-HMAC-SHA256 x\r\n\r\nhi"
    )
    writer.write(request.encode())
    assert b" 200 " in await reader.readline()
    writer.close()
    assert await client.receive_text() == "hi"


async def test_get_describes_the_connection(client_of: Opener, connections: Any) -> None:
    client = await client_of(user_agent_header="tester/1")
    answer = connections.get_connection(ConnectionId=client.connection_id)
    assert answer["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "tester/1"}
    assert answer["ConnectedAt"] <= answer["LastActiveAt"]


async def test_get_is_lower_camel_with_iso_times(gateway: RunningGateway, client: Client) -> None:
    url = f"{gateway.url}/v1/@connections/{client.connection_id}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=SIGNED) as answer:
        body = await answer.json()
    assert set(body) == {"connectedAt", "identity", "lastActiveAt"}
    assert body["connectedAt"].endswith("Z")
    assert len(body["connectedAt"]) == len("2025-02-03T01:46:33.523Z")


async def test_delete_closes_the_connection_and_disconnect_follows(
    gateway: RunningGateway, client: Client, connections: Any
) -> None:
    answer = connections.delete_connection(ConnectionId=client.connection_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(connections.exceptions.GoneException):
        connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")
    assert await client.closed() == (1000, "Connection Closed Normally")
    context = gateway.event_of("disconnect", client.connection_id)["requestContext"]
    assert context["disconnectStatusCode"] == 1000
    assert context["disconnectReason"] == "Connection Closed Normally"


async def test_function_pushes_with_its_own_boto3_client(client_of: Opener) -> None:
    sender, receiver = await client_of(), await client_of()
    await sender.socket.send(
        json.dumps({"action": "push", "do": "post", "to": receiver.connection_id, "data": "hello"})
    )
    assert await receiver.receive_text() == "hello"


async def test_client_that_does_not_read_is_429_and_holds_nobody_up(
    gateway: RunningGateway, client_of: Opener, connections: Any
) -> None:
    other = await client_of()
    slow = await SilentClient.open(gateway)
    with pytest.raises(ClientError) as refused:
        for _ in range(500):
            connections.post_to_connection(ConnectionId=slow.connection_id, Data=b"x" * 100_000)
    assert refused.value.response["Error"]["Code"] == "LimitExceededException"
    connections.post_to_connection(ConnectionId=other.connection_id, Data=b"still here")
    assert await other.receive_text() == "still here"
    slow.close()


class SilentClient:
    """A client that never reads after its handshake."""

    def __init__(self, connection: socket.socket, connection_id: str) -> None:
        self._socket = connection
        self.connection_id = connection_id

    @classmethod
    async def open(cls, gateway: RunningGateway) -> "SilentClient":
        token = "silent"
        connection = socket.create_connection(("127.0.0.1", gateway.gateway.port))
        connection.sendall(
            f"GET /v1?token={token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        connection.settimeout(20)
        assert b" 101 " in await asyncio.to_thread(connection.recv, 1000)
        event = wait_until(
            lambda: next(
                (
                    r["event"]
                    for r in reversed(gateway.records("connect"))
                    if r["event"]["queryStringParameters"]["token"] == token
                ),
                None,
            ),
            "the silent client",
        )
        return cls(connection, event["requestContext"]["connectionId"])

    def close(self) -> None:
        self._socket.close()
