"""Stores to hold against each other: in memory, and on DynamoDB as the emulator has it."""

import os
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.layout import message_key, revision_key
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table, attributes_of
from parley.adapters.dynamodb.tickets import DynamoTicketStore
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.adapters.memory.messages import MemoryMessageStore
from parley.adapters.memory.rooms import MemoryRoomStore
from parley.adapters.memory.tickets import MemoryTicketStore
from parley.adapters.memory.users import MemoryUserStore
from parley.domain.ids import RoomId, TenantId
from parley.ports import MessageStore, RoomStore, TicketStore, UserStore

__all__ = ["dynamodb", "emulator", "stores", "tenant"]

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Stores:
    """All the stores of one kind, and what time does to a message, and to an entry of a log."""

    messages: MessageStore
    rooms: RoomStore
    users: UserStore
    tickets: TicketStore
    remove_message: Callable[[TenantId, RoomId, int], None]
    remove_entry: Callable[[TenantId, RoomId, int], None]


def create_table(client: Any, name: str) -> None:
    """Create the table as `template.yaml` does, but for its TTL and stream."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )


def at_once(count: int, call: Callable[[int], T]) -> list[T]:
    """Call with 0, 1, 2 … in as many threads, all released at the same moment."""
    barrier = threading.Barrier(count)

    def released(number: int) -> T:
        barrier.wait(10)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(released, range(count)))


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the emulator for this session; give its address."""
    port = _free_port()
    home = tmp_path_factory.mktemp("emulator")
    with (home / "log").open("wb") as log:
        # A process group of its own, so that Ctrl-C reaches the tests first.
        process = subprocess.Popen(
            [_emulator_command()],
            cwd=home,
            env={**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_listening(process, port, home / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_TIMEOUT_S)


@pytest.fixture(scope="session")
def dynamodb(emulator: str) -> Iterator[Table]:
    """Give a table in the emulator, behind the client that Parley uses."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        # Patient, so that a busy machine cannot turn an answer into `Unknown`.
        client: Any = dynamodb_client(emulator, read_timeout_s=30)
        create_table(client, "parley")
        yield Table(client, "parley")
        client.close()


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Give every kind of store in turn."""
    if request.param == "memory":
        return _memory_stores()
    return _dynamodb_stores(request.getfixturevalue("dynamodb"))


@pytest.fixture
def tenant() -> TenantId:
    """Give a tenant that no other test has."""
    return TenantId(f"t-{uuid.uuid4().hex}")


def _memory_stores() -> Stores:
    messages = MemoryMessageStore()
    rooms = MemoryRoomStore(messages)
    return Stores(
        messages,
        rooms,
        MemoryUserStore(),
        MemoryTicketStore(),
        messages.remove,
        rooms.remove_entry,
    )


def _dynamodb_stores(table: Table) -> Stores:
    def remove_message(tenant_id: TenantId, room_id: RoomId, seq: int) -> None:
        key = attributes_of(message_key(tenant_id, room_id, seq))
        table.client.delete_item(TableName=table.name, Key=key)

    def remove_entry(tenant_id: TenantId, room_id: RoomId, rev: int) -> None:
        key = attributes_of(revision_key(tenant_id, room_id, rev))
        table.client.delete_item(TableName=table.name, Key=key)

    return Stores(
        DynamoMessageStore(table),
        DynamoRoomStore(table),
        DynamoUserStore(table),
        DynamoTicketStore(table),
        remove_message,
        remove_entry,
    )


def _emulator_command() -> str:
    return os.environ.get("MINISTACK_BIN", str(ROOT / ".venv-emulator/bin/ministack"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the emulator did not start: {log.read_text()[-2000:]}")
