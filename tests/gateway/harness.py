"""Runs an emulator and a gateway beside the tests, and reads what the fixture functions record."""

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvloop
from websockets.asyncio.client import ClientConnection, connect

from gateway import Gateway, GatewayConfig

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
PATIENCE_S = 20.0
SOMEONE = "someone"

Record = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Emulator:
    """ministack in a session of its own: it saves its state only when SIGTERM ends it."""

    def __init__(self, state_dir: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        default = ROOT / ".venv-emulator/bin/ministack"
        variables = {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(state_dir),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state_dir / "state"),
        }
        self._process = subprocess.Popen(
            [os.environ.get("MINISTACK_BIN", str(default))],
            cwd=state_dir,
            env=variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._is_ready, "the emulator")

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, "the emulator has ended"
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/_ministack/health"):  # noqa: S310
            return True
        return False

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE_S)


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


class RunningGateway:
    """A gateway in a thread with a loop of its own, so that tests may have theirs."""

    def __init__(self, emulator: Emulator | None, work_dir: Path, **options: Any) -> None:
        self.record_file = work_dir / f"records-{secrets.token_hex(4)}.jsonl"
        self.record_file.touch()
        config = {
            "template": FIXTURES / "template.yaml",
            "port": 0,
            "endpoint_url": emulator.url if emulator else None,
            "stack_name": f"t{secrets.token_hex(4)}",
            "parameters": {"RecordFile": str(self.record_file)},
            "log_file": work_dir / "workers.log",
            "connect_rate_per_s": 0.0,
            **options,
        }
        self.gateway = Gateway(GatewayConfig(**config))
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self) -> "RunningGateway":
        try:
            self.run(self.gateway.start())
        except BaseException:
            self._end_loop()
            raise
        return self

    def stop(self) -> None:
        self.run(self.gateway.stop())
        self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S * 2)

    def fault(self, verb: str, **arguments: Any) -> Any:
        async def call() -> Any:
            return self.gateway.faults.run(verb, arguments)

        return self.run(call())

    @property
    def url(self) -> str:
        return self.gateway.url

    def ws_url(self, stage: str = "v1", **query: str) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/{stage}?{urlencode(query)}"

    def records(self, kind: str) -> list[Record]:
        lines = self.record_file.read_text().splitlines()
        return [record for line in lines if (record := json.loads(line))["kind"] == kind]

    def record(self, kind: str, fits: Callable[[Any], Any] = bool) -> Any:
        """The event of the first record of a kind that fits, as soon as there is one."""

        def found() -> Any:
            return next((r["event"] for r in self.records(kind) if fits(r["event"])), None)

        return wait_until(found, f"a {kind} record")

    def event_of(self, kind: str, connection_id: str) -> Any:
        return self.record(
            kind, lambda event: event["requestContext"]["connectionId"] == connection_id
        )


class Client:
    """A WebSocket client that knows its connection id."""

    def __init__(self, socket: ClientConnection, connection_id: str) -> None:
        self.socket = socket
        self.connection_id = connection_id

    async def ask(self, **frame: Any) -> Any:
        await self.socket.send(json.dumps({"action": "echo", **frame}))
        return await self.receive()

    async def receive(self) -> Any:
        return json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))

    async def receive_text(self) -> str:
        text = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
        assert isinstance(text, str)
        return text

    async def closed(self) -> tuple[int | None, str | None]:
        await asyncio.wait_for(self.socket.wait_closed(), PATIENCE_S)
        return self.socket.close_code, self.socket.close_reason


async def open_client(gateway: RunningGateway, token: str = SOMEONE, **options: Any) -> Client:
    socket = await connect(gateway.ws_url(token=token), compression=None, **options)
    await socket.send('{"action": "echo"}')
    event = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
    return Client(socket, event["requestContext"]["connectionId"])
