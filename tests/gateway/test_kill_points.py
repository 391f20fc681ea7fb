"""Killing a function's process at a call that is named."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.verbs import UnknownVerbError
from tests.gateway.harness import Client, RunningGateway

pytestmark = pytest.mark.gateway

Opener = Callable[..., Awaitable[Client]]
FAILED = "Internal server error"


async def post(sender: Client, receiver: Client, data: str) -> Any:
    frame = {"action": "echo", "do": "post", "to": receiver.connection_id, "data": data}
    await sender.socket.send(json.dumps(frame))
    return await sender.receive()


async def test_function_dies_before_a_call_and_the_next_invocation_lives(
    gateway: RunningGateway, client_of: Opener
) -> None:
    sender, receiver = await client_of(), await client_of()
    gateway.fault("kill_at", function="Socket", point="app:post:before")
    assert (await post(sender, receiver, "never sent"))["message"] == FAILED
    assert "message" not in await post(sender, receiver, "sent")
    assert await receiver.receive_text() == "sent"


async def test_function_dies_after_a_call_that_had_its_effect(
    gateway: RunningGateway, client_of: Opener
) -> None:
    sender, receiver = await client_of(), await client_of()
    gateway.fault("kill_at", function="Socket", point="app:post:after")
    assert (await post(sender, receiver, "sent"))["message"] == FAILED
    assert await receiver.receive_text() == "sent"


async def test_calls_are_counted_within_one_invocation(
    gateway: RunningGateway, client_of: Opener
) -> None:
    sender, receiver = await client_of(), await client_of()
    gateway.fault("kill_at", function="Socket", point="app:post:before", count=2)
    for data in ("one", "two"):
        assert "message" not in await post(sender, receiver, data)
        assert await receiver.receive_text() == data


async def test_cleared_point_kills_nobody(gateway: RunningGateway, client_of: Opener) -> None:
    sender, receiver = await client_of(), await client_of()
    gateway.fault("kill_at", function="Socket", point="app:post:before")
    gateway.fault("clear")
    assert "message" not in await post(sender, receiver, "sent")


async def test_point_that_is_not_there_fails_loudly(
    gateway: RunningGateway, client: Client
) -> None:
    gateway.fault("kill_at", function="Socket", point="app:Absent.method:before")
    assert (await client.ask(do="pid"))["message"] == FAILED
    gateway.fault("clear")
    assert (await client.ask(do="pid"))["pid"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"function": "Absent", "point": "app:post:before"},
        {"function": "Socket", "point": "app:post"},
        {"function": "Socket", "point": "app:post:during"},
        {"function": "Socket", "point": "app:post:before", "count": 0},
    ],
)
def test_what_can_be_no_point_is_refused(gateway: RunningGateway, wrong: dict[str, Any]) -> None:
    with pytest.raises(UnknownVerbError):
        gateway.fault("kill_at", **wrong)
