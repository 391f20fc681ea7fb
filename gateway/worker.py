"""One execution environment of a Lambda function: a process that serves one invocation at a time.

Run by path, as `python -P worker.py FD [DIR …]`, so that a handler finds on `sys.path` what it
would find on Lambda and nothing of the gateway. Standard library only, and little of it: this is
part of every cold start. FD is a socket with length-prefixed JSON in both directions; the DIRs are
layers. Standard output and error are the function's log.
"""

from __future__ import annotations

import functools
import importlib
import json
import logging
import os
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

Handler = Callable[[Any, "Context"], Any]

_LENGTH = struct.Struct(">I")


class Context:
    """The context object that a handler is given."""

    def __init__(self, request_id: str, deadline_s: float) -> None:
        """Take the rest from the environment, as Lambda's runtime does."""
        self.aws_request_id = request_id
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        region = os.environ["AWS_REGION"]
        self.invoked_function_arn = (
            f"arn:aws:lambda:{region}:000000000000:function:{self.function_name}"
        )
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "local")
        self.identity = None
        self.client_context = None
        self._deadline_s = deadline_s

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout ends this process."""
        return max(0, int((self._deadline_s - time.time()) * 1000))


class Channel:
    """Length-prefixed JSON over a blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        """Speak over `sock`."""
        self._sock = sock

    def receive(self) -> dict[str, Any] | None:
        """Next message; None when the gateway has gone."""
        prefix = self._read(_LENGTH.size)
        body = self._read(_LENGTH.unpack(prefix)[0]) if prefix else b""
        return dict(json.loads(body)) if body else None

    def send(self, body: bytes) -> None:
        """Send one encoded message."""
        self._sock.sendall(_LENGTH.pack(len(body)) + body)

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._sock.recv(size - len(parts))
            if not part:
                return b""
            parts += part
        return bytes(parts)


def extend_path(code_dir: Path, layers: list[Path]) -> None:
    """Make a function's code importable: the code first, then each layer as Lambda mounts it."""
    roots = [code_dir]
    for layer in layers:
        roots += [folder for folder in (layer / "python", layer) if folder.is_dir()]
    sys.path[:0] = [str(root) for root in roots]


def load_handler(handler: str) -> Handler:
    """Import the function that a handler string such as `app.handler` names."""
    module_name, _, attribute = handler.rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    loaded: Handler = getattr(module, attribute)
    return loaded


class KillPoint:
    """A call in the function's code at which this process ends itself (`gateway.kill_points`)."""

    def __init__(self) -> None:
        """Begin with none."""
        self._armed: str | None = None
        self._calls_left = 0
        self._wrapped: set[str] = set()

    def arm(self, wish: dict[str, Any] | None) -> None:
        """Set the point of the invocation that begins; None for no point."""
        self._armed = None if wish is None else wish["point"]
        if wish is not None:
            self._calls_left = wish["count"]
            if wish["point"] not in self._wrapped:
                self._wrap(wish["point"])

    def _wrap(self, point: str) -> None:
        module_name, path, moment = point.split(":")
        *owners, name = path.split(".")
        owner = functools.reduce(getattr, owners, importlib.import_module(module_name))
        original = getattr(owner, name)

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            if moment == "before":
                self._pass(point)
            result = original(*args, **kwargs)
            if moment == "after":
                self._pass(point)
            return result

        setattr(owner, name, call)
        self._wrapped.add(point)

    def _pass(self, point: str) -> None:
        if point == self._armed:
            self._calls_left -= 1
            if self._calls_left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def call(handler: Handler, request: dict[str, Any], kill_point: KillPoint) -> bytes:
    """Serve one invocation; whatever the handler raises becomes an answer."""
    context = Context(request["id"], request["deadline_s"])
    try:
        kill_point.arm(request.get("kill_at"))
        return json.dumps({"result": handler(request["event"], context)}).encode()
    except Exception as exc:
        traceback.print_exc()
        return failure(exc)


def failure(exc: BaseException) -> bytes:
    """An error in the words that Lambda uses for it."""
    error = {"errorType": type(exc).__name__, "errorMessage": str(exc)}
    return json.dumps({"error": error}).encode()


def main() -> None:
    """Import the handler, say so, then serve until the gateway closes the socket."""
    # Ctrl-C reaches the whole process group; the gateway ends its workers in its own order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(format="[%(levelname)s] %(name)s %(message)s")
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    extend_path(Path(os.environ["LAMBDA_TASK_ROOT"]), [Path(arg) for arg in sys.argv[2:]])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as exc:
        traceback.print_exc()
        channel.send(failure(exc))
        return
    channel.send(b'{"result": null}')
    kill_point = KillPoint()
    while (request := channel.receive()) is not None:
        channel.send(call(handler, request, kill_point))


if __name__ == "__main__":
    main()
