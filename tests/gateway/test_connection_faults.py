"""Connections that begin badly, grow old at once, or fall silent."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from gateway.connection_faults import ConnectionFaults
from gateway.connections import Registry
from gateway.verbs import UnknownVerbError
from tests.gateway.harness import SOMEONE, Client, Record, RunningGateway, wait_until

Opener = Callable[..., Awaitable[Client]]


@pytest.fixture
def faults() -> ConnectionFaults:
    return ConnectionFaults(Registry(), random.Random(1))  # noqa: S311 - chances, not secrets


def test_upgrades_above_the_quota_are_not_admitted_until_their_time_comes(
    faults: ConnectionFaults,
) -> None:
    assert faults.admits(0.0)
    faults.refuse_connects(per_second=2)
    assert [faults.admits(10.0) for _ in range(4)] == [True, True, False, False]
    assert [faults.admits(10.6), faults.admits(10.6)] == [True, False]
    faults.refuse_connects(per_second=None)
    assert faults.admits(10.6)


def test_a_disconnect_comes_too_early_as_often_as_asked_for(faults: ConnectionFaults) -> None:
    assert faults.connect_lag_s() is None
    faults.reorder_disconnect(probability=0.3, delay_s=0.5)
    lags = [faults.connect_lag_s() for _ in range(1000)]
    assert set(lags) == {None, 0.5}
    assert 240 < lags.count(0.5) < 360
    faults.clear()
    assert faults.connect_lag_s() is None


@pytest.mark.gateway
async def test_refused_connects_get_429(gateway: RunningGateway, client_of: Opener) -> None:
    gateway.fault("refuse_connects", per_second=0)
    with pytest.raises(InvalidStatus) as refused:
        await client_of()
    assert refused.value.response.status_code == 429
    gateway.fault("clear")
    assert (await client_of()).connection_id


@pytest.mark.gateway
def test_a_negative_rate_of_connects_is_refused(gateway: RunningGateway) -> None:
    with pytest.raises(UnknownVerbError):
        gateway.fault("refuse_connects", per_second=-1)


@pytest.mark.gateway
async def test_a_half_open_connection_takes_posts_and_delivers_none(
    gateway: RunningGateway, client: Client, connections: Any
) -> None:
    assert gateway.fault("half_open") == 1
    connections.post_to_connection(ConnectionId=client.connection_id, Data=b"lost")
    await client.socket.send('{"action": "echo"}')
    pong = asyncio.ensure_future(await client.socket.ping())
    answered, _ = await asyncio.wait([pong], timeout=0.3)
    assert not answered
    gateway.fault("clear")
    assert await client.closed() == (1006, "")
    event = gateway.event_of("disconnect", client.connection_id)
    assert event["requestContext"]["disconnectStatusCode"] == 1006
    # Nobody else asks for what became of it.
    assert isinstance(pong.exception(), ConnectionClosed)


@pytest.mark.gateway
async def test_a_fault_may_be_for_the_clients_of_one_user_agent(
    gateway: RunningGateway, client_of: Opener
) -> None:
    spared, meant = await client_of(), await client_of(user_agent_header="old phone")
    assert gateway.fault("cut_all", user_agent="old phone") == 1
    assert (await meant.closed())[0] == 1006
    assert (await spared.ask(do="pid"))["pid"]


@pytest.mark.gateway
async def test_a_half_open_connection_can_be_deleted(
    gateway: RunningGateway, client: Client, connections: Any
) -> None:
    gateway.fault("half_open")
    connections.delete_connection(ConnectionId=client.connection_id)
    gateway.event_of("disconnect", client.connection_id)
    with pytest.raises(connections.exceptions.GoneException):
        connections.post_to_connection(ConnectionId=client.connection_id, Data=b"x")


@pytest.mark.gateway
@pytest.mark.parametrize("clock", [{"seconds": 7_200}, {"idle_seconds": 600}])
async def test_an_aged_connection_ends_as_an_old_one_does(
    gateway: RunningGateway, client: Client, clock: dict[str, float]
) -> None:
    assert gateway.fault("age", seconds=7_000, idle_seconds=500) == 1
    assert (await client.ask(do="pid"))["pid"]
    gateway.fault("age", **clock)
    assert (await client.closed())[0] == 1001


@pytest.mark.gateway
@pytest.mark.parametrize("delay_s", [0.0, 0.1])
async def test_a_client_that_vanishes_early_is_disconnected_before_it_has_connected(
    gateway: RunningGateway, delay_s: float
) -> None:
    gateway.fault("reorder_disconnect", delay_s=delay_s)
    known = {id_of(record) for record in gateway.records("connect")}
    with pytest.raises((InvalidHandshake, EOFError, OSError)):
        await connect(gateway.ws_url(token=SOMEONE))
    wait_until(lambda: kinds_of_new(gateway, known).count("connect") == 1, "the late $connect")
    wait_until(lambda: "disconnect" in kinds_of_new(gateway, known), "the $disconnect")
    if delay_s:
        assert kinds_of_new(gateway, known) == ["disconnect", "connect"]


def id_of(record: Record) -> str:
    return str(record["event"]["requestContext"]["connectionId"])


def kinds_of_new(gateway: RunningGateway, known: set[str]) -> list[str]:
    """What was recorded, in order, of connections that are not among the known ones."""
    lines = map(json.loads, gateway.record_file.read_text().splitlines())
    kinds = ("connect", "disconnect")
    return [each["kind"] for each in lines if each["kind"] in kinds and id_of(each) not in known]
