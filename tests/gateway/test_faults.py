"""The fault verbs, on the gateway and over HTTP."""

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.gateway.harness import Client, RunningGateway, wait_until

pytestmark = pytest.mark.gateway

Opener = Callable[..., Awaitable[Client]]


async def order(gateway: RunningGateway, **body: Any) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{gateway.url}/_gateway/faults", json=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_verbs_run_over_http(
    gateway: RunningGateway, client: Client, connections: Any
) -> None:
    assert await order(gateway, verb="gone", probability=1.0) == (200, {"result": None})
    with pytest.raises(connections.exceptions.GoneException):
        connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")
    await order(gateway, verb="clear")
    connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")
    assert await client.receive_text() == "x"


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "absent"},
        {"verb": "gone", "wrong": 1},
        {},
        {"verb": "kill", "function": "Absent"},
    ],
)
async def test_unknown_verbs_and_arguments_are_400(
    gateway: RunningGateway, body: dict[str, Any]
) -> None:
    status, answer = await order(gateway, **body)
    assert status == 400
    assert answer["message"]


async def test_limit_answers_429(gateway: RunningGateway, client: Client, connections: Any) -> None:
    gateway.fault("limit")
    with pytest.raises(connections.exceptions.LimitExceededException):
        connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")


async def test_limit_can_be_for_the_clients_of_one_name(
    gateway: RunningGateway, client: Client, client_of: Opener, connections: Any
) -> None:
    limited = await client_of(user_agent_header="unlucky")
    gateway.fault("limit", user_agent="unlucky")
    with pytest.raises(connections.exceptions.LimitExceededException):
        connections.post_to_connection(ConnectionId=limited.connection_id, Data=b"x")
    connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")


async def test_slow_holds_posts_back(
    gateway: RunningGateway, client: Client, connections: Any
) -> None:
    gateway.fault("slow", delay_s=0.3)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")
    assert loop.time() - began_s >= 0.3


async def test_lost_disconnect_is_never_delivered(
    gateway: RunningGateway, client_of: Opener
) -> None:
    gateway.fault("drop_disconnect")
    lost = await client_of()
    await lost.socket.close()
    gateway.fault("clear")
    heard = await client_of()
    await heard.socket.close()
    gateway.event_of("disconnect", heard.connection_id)
    ids = [r["event"]["requestContext"]["connectionId"] for r in gateway.records("disconnect")]
    assert lost.connection_id not in ids


async def test_late_disconnect_is_overtaken(gateway: RunningGateway, client_of: Opener) -> None:
    gateway.fault("delay_disconnect", delay_s=0.3)
    late = await client_of()
    await late.socket.close()
    gateway.fault("clear")
    early = await client_of()
    await early.socket.close()
    gateway.event_of("disconnect", late.connection_id)
    order = [r["event"]["requestContext"]["connectionId"] for r in gateway.records("disconnect")]
    assert order.index(early.connection_id) < order.index(late.connection_id)


async def test_cut_all_drops_every_tcp_connection(
    gateway: RunningGateway, client_of: Opener
) -> None:
    clients = [await client_of(), await client_of()]
    assert gateway.fault("cut_all") >= 2
    for client in clients:
        assert (await client.closed())[0] == 1006
        event = gateway.event_of("disconnect", client.connection_id)
        assert event["requestContext"]["disconnectStatusCode"] == 1006


async def test_kill_ends_a_function_in_the_middle_of_its_work(
    gateway: RunningGateway, client: Client
) -> None:
    frame = {"action": "echo", "do": "sleep", "seconds": 60, "mark": client.connection_id}
    await client.socket.send(json.dumps(frame))
    gateway.record("sleeping", lambda event: event.get("mark") == client.connection_id)
    assert gateway.fault("kill", function="Socket") >= 1
    assert (await client.receive())["message"] == "Internal server error"
    assert (await client.ask(do="pid"))["pid"]


async def test_freeze_stops_idle_processes_and_they_serve_again_afterwards(
    gateway: RunningGateway, client: Client
) -> None:
    pid = (await client.ask(do="pid"))["pid"]
    assert gateway.fault("freeze", function="Socket", seconds=60, count=3) >= 1
    wait_until(lambda: is_stopped(pid), "a stopped process")
    assert (await client.ask(do="pid"))["pid"] != pid
    gateway.fault("clear")
    wait_until(lambda: not is_stopped(pid), "a process that runs")


def is_stopped(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=True)
    return state.stdout.strip().startswith(b"T")


async def test_kill_on_post_kills_the_poster_and_drops_the_post(
    gateway: RunningGateway, client_of: Opener
) -> None:
    sender, receiver = await client_of(), await client_of()
    gateway.fault("kill_on_post", function="Socket")
    frame = {"action": "push", "do": "post", "to": receiver.connection_id, "data": "lost"}
    await sender.socket.send(json.dumps(frame))
    assert (await sender.receive())["message"] == "Internal server error"
    await sender.socket.send(json.dumps({**frame, "data": "second"}))
    assert await receiver.receive_text() == "second"


async def test_state_shows_connections_and_functions(
    gateway: RunningGateway, client: Client
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{gateway.url}/_gateway/state") as answer,
    ):
        state = await answer.json()
    assert client.connection_id
    assert state["connections"] >= 1
    figures = state["functions"]["Socket"]
    assert figures["invocations"] > 0
    assert figures["environments"] >= 1
    assert set(figures) == {"invocations", "errors", "environments", "waiting"}
