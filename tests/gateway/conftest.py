"""One emulator and one gateway for all tests of the gateway."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.gateway.harness import SOMEONE, Client, Emulator, RunningGateway, open_client

Opener = Callable[..., Awaitable[Client]]


@pytest.fixture(scope="session")
def work_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="session")
def emulator(work_dir: Path) -> Iterator[Emulator]:
    started = Emulator(work_dir)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def shared_gateway(emulator: Emulator, work_dir: Path) -> Iterator[RunningGateway]:
    running = RunningGateway(
        emulator,
        work_dir,
        concurrency=3,
        schedule_scale=0.005,
        queue_retry_s=0,
        fault_control=True,
        environment={"OVERRIDDEN": "by the launcher"},
    ).start()
    yield running
    running.stop()


@pytest.fixture
def gateway(shared_gateway: RunningGateway) -> Iterator[RunningGateway]:
    yield shared_gateway
    shared_gateway.fault("clear")


@pytest.fixture
async def client_of(gateway: RunningGateway) -> AsyncIterator[Opener]:
    """Opens clients that are closed when the test ends."""
    clients: list[Client] = []

    async def open_one(token: str = SOMEONE, **options: Any) -> Client:
        clients.append(await open_client(gateway, token, **options))
        return clients[-1]

    yield open_one
    for client in clients:
        await client.socket.close()


@pytest.fixture
async def client(client_of: Opener) -> Client:
    return await client_of()


@pytest.fixture(scope="session")
def aws(emulator: Emulator) -> Callable[[str], Any]:
    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=emulator.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    return client


@pytest.fixture
def connections(gateway: RunningGateway) -> Any:
    """boto3's client of the management API."""
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{gateway.url}/v1",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )
