"""One execution environment of a Lambda function: a process that serves one invocation at a time.

Run by path, as `python -P worker.py FD [DIR …]`, so that a handler finds on `sys.path` what it
would find on Lambda and nothing of the gateway. Standard library only, and little of it: this is
part of every cold start. FD is a socket with length-prefixed JSON in both directions; the DIRs are
layers. Standard output and error are the function's log.
"""

from __future__ import annotations

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


def call(handler: Handler, request: dict[str, Any]) -> bytes:
    """Serve one invocation; whatever the handler raises becomes an answer."""
    context = Context(request["id"], request["deadline_s"])
    try:
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
    while (request := channel.receive()) is not None:
        channel.send(call(handler, request))


if __name__ == "__main__":
    main()
