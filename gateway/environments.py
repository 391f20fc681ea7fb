"""Execution environments as processes, so that a killed function is really killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from gateway.invocation import (
    EnvironmentCrashedError,
    FunctionTimedOutError,
    HandlerFailedError,
    InitFailedError,
    result_of,
)
from gateway.kill_points import KillPoints
from gateway.model import Function

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

_LENGTH = struct.Struct(">I")
_WORKER = Path(__file__).with_name("worker.py")
# Lambda allows 10 s; a laptop that starts a dozen workers at once may need longer.
_INIT_TIMEOUT_S = 60.0
_CLOSE_TIMEOUT_S = 2.0

_STDERR = 2


class WorkerProtocol(asyncio.Protocol):
    """The gateway's end of a worker's socket: one request, one answer, in turn."""

    def __init__(self) -> None:
        """Begin with an answer awaited: that of the worker's start."""
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.is_lost = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Collect an answer."""
        self._buffer += data
        if len(self._buffer) < _LENGTH.size:
            return
        end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
        if len(self._buffer) >= end:
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            if not self._answer.done():
                self._answer.set_result(body)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """The worker has ended, or is about to."""
        self.is_lost = True
        if not self._answer.done():
            self._answer.set_exception(EnvironmentCrashedError("the environment's process ended"))
            # Nobody may be waiting, and then nobody needs to hear of it.
            self._answer.exception()

    async def answer(self) -> dict[str, Any]:
        """Wait for the answer that is due."""
        return dict(json.loads(await self._answer))

    def ask(self, body: bytes) -> None:
        """Send a request; its answer is due next."""
        if self.is_lost or self._transport is None:
            raise EnvironmentCrashedError("the environment's process has ended")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(_LENGTH.pack(len(body)) + body)

    def close(self) -> None:
        """Close the socket, upon which an idle worker ends by itself."""
        if self._transport is not None:
            self._transport.close()


class ProcessEnvironment:
    """A worker process bound to one function."""

    def __init__(
        self,
        function: Function,
        process: subprocess.Popen[bytes],
        protocol: WorkerProtocol,
        kill_points: KillPoints,
    ) -> None:
        """Use `start` instead."""
        self._function = function
        self._kill_points = kill_points
        self._process = process
        self._protocol = protocol
        self._is_killed = False

    @classmethod
    async def start(
        cls,
        function: Function,
        variables: Mapping[str, str],
        log: IO[bytes] | None,
        kill_points: KillPoints,
    ) -> ProcessEnvironment:
        """Start a process and import the handler in it.

        Args:
            function: What to run.
            variables: The process's whole environment.
            log: Where its output goes; None is this process's stderr.
            kill_points: Where it may have to end itself.

        Raises:
            InitFailedError: When the handler cannot be imported.
        """
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with theirs:
            process = _spawn(function, variables, theirs.fileno(), log)
        _, protocol = await loop.create_unix_connection(WorkerProtocol, sock=ours)
        environment = cls(function, process, protocol, kill_points)
        try:
            async with asyncio.timeout(_INIT_TIMEOUT_S):
                result_of(await protocol.answer(), InitFailedError)
        except TimeoutError as exc:
            await environment.close()
            raise InitFailedError("TimeoutError", f"no start within {_INIT_TIMEOUT_S} s") from exc
        except EnvironmentCrashedError as exc:
            await environment.close()
            raise InitFailedError("Runtime.ExitError", "the process ended while starting") from exc
        except BaseException:
            await environment.close()
            raise
        return environment

    @property
    def is_alive(self) -> bool:
        """Whether the process still listens."""
        return not (self._is_killed or self._protocol.is_lost)

    async def invoke(self, event: Any, request_id: str) -> Any:
        """Serve one invocation; the function's timeout kills the process."""
        deadline_s = time.time() + self._function.timeout_s
        kill_at = self._kill_points.request_of(self._function.logical_id)
        request = {"id": request_id, "deadline_s": deadline_s, "event": event, "kill_at": kill_at}
        self._protocol.ask(json.dumps(request).encode())
        expiry = _Expiry(self.kill)
        timer = asyncio.get_running_loop().call_later(self._function.timeout_s, expiry)
        try:
            return result_of(await self._protocol.answer(), HandlerFailedError)
        except EnvironmentCrashedError as exc:
            if expiry.fired:
                limit_s = self._function.timeout_s
                raise FunctionTimedOutError(f"Task timed out after {limit_s:.2f} seconds") from exc
            if kill_at is not None and not self._is_killed:
                self._kill_points.reached(self._function.logical_id)
            raise
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next invocation.
            self.kill()
            raise
        finally:
            timer.cancel()

    def kill(self) -> None:
        """SIGKILL, as Lambda does."""
        self._is_killed = True
        self._process.kill()

    def freeze(self) -> None:
        """SIGSTOP, which does to a process what Lambda does between invocations."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._process.send_signal(signal.SIGCONT)

    async def close(self) -> None:
        """Let an idle process end by itself, and kill a busy one."""
        self._protocol.close()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, self._process.wait, _CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await loop.run_in_executor(None, self._process.wait)


class _Expiry:
    """A timer's callback that remembers whether it was called."""

    def __init__(self, kill: Any) -> None:
        self._kill = kill
        self.fired = False

    def __call__(self) -> None:
        self.fired = True
        self._kill()


def _spawn(
    function: Function, variables: Mapping[str, str], descriptor: int, log: IO[bytes] | None
) -> subprocess.Popen[bytes]:
    layers = [str(path) for path in function.layer_dirs]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", str(_WORKER), str(descriptor), *layers],
        pass_fds=(descriptor,),
        cwd=function.code_dir,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=log if log is not None else _STDERR,
        stderr=log if log is not None else _STDERR,
    )


_INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)
_AWS_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
)


def process_variables(
    function: Function, own: Mapping[str, str], endpoint_url: str | None, region: str
) -> dict[str, str]:
    """The whole environment of a function's processes.

    Args:
        function: Whose.
        own: The function's variables, which may replace all others.
        endpoint_url: The emulator, for which credentials are made up; None passes real ones on.
        region: The region to tell.
    """
    inherited = _INHERITED if endpoint_url else _INHERITED + _AWS_CREDENTIALS
    variables = {name: os.environ[name] for name in inherited if name in os.environ}
    variables |= {
        "PYTHONUNBUFFERED": "1",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "LAMBDA_TASK_ROOT": str(function.code_dir),
        "_HANDLER": function.handler,
    }
    if endpoint_url:
        variables |= {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
    return variables | dict(own)
