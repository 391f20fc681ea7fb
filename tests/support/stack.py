"""A whole Parley as a child process, as `make run` starts it, for tests and benchmarks."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from tests.support import valkeys
from tests.support.places import Place

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Parley is ready: http://127\.0\.0\.1:(\d+)/")
# It takes about 5 s; a busy machine gets ten times that.
READY_IN_S = 60
END_IN_S = 30


@dataclass(frozen=True, slots=True)
class Stack(Place):
    """A Parley of this machine, which can be looked into, and be made to fail."""

    port: int
    data_dir: Path
    redis_url: str
    process: "subprocess.Popen[str]"

    @property
    def url(self) -> str:
        """Return the page's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    @override
    def origin(self) -> str:
        """Return the page's origin."""
        return self.url

    @property
    @override
    def ws_url(self) -> str:
        """Return the WebSocket API's address."""
        return f"ws://127.0.0.1:{self.port}/v1"

    @override
    def address(self, path: str) -> str:
        """Return the URL of a path."""
        return self.url + path

    @override
    def token(self, sub: str, **claims: Any) -> str:
        """Get a token of the development login."""
        return str(self.post("/dev/token", {"sub": sub, **claims})["token"])

    def fault(self, **verb: Any) -> None:
        """Ask the gateway for a fault."""
        self.post("/_gateway/faults", verb)


@contextlib.contextmanager
def running_stack(
    settings: Mapping[str, str] | None = None, data_dir: Path | None = None
) -> Iterator[Stack]:
    """Start Parley on a free port, and end it as Ctrl-C would.

    Args:
        settings: Environment variables, such as ``PARLEY_MESSAGES_PER_MINUTE``; a Valkey is started
            unless ``REDIS_URL`` is among them.
        data_dir: Where it keeps its data; a fresh folder if not given.
    """
    with contextlib.ExitStack() as stack:
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parley-")))
        chosen = dict(settings or {})
        if "REDIS_URL" not in chosen:
            # A Valkey of the test's own, so that it can be flushed, stopped and looked into.
            chosen |= {"REDIS_URL": stack.enter_context(valkeys.some_valkey()), **valkeys.SETTINGS}
        redis_url = chosen["REDIS_URL"]
        process = _start(data_dir, chosen)
        stack.callback(_end, process)
        yield Stack(_ready_port(process), data_dir, redis_url, process)


def _start(data_dir: Path, settings: Mapping[str, str]) -> "subprocess.Popen[str]":
    ours = {name: value for name, value in os.environ.items() if not _is_of_tests(name)}
    environment = {
        **ours,
        "PORT": "0",
        "PARLEY_LOCAL_DIR": str(data_dir),
        "GATEWAY_FAULT_CONTROL": "1",
        **settings,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _is_of_tests(name: str) -> bool:
    # What tests are told is no setting of Parley, which would refuse it.
    return name.startswith(("PARLEY_TEST_", "PARLEY_E2E_"))


def _ready_port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    said: list[str] = []
    # Without it a child that hangs before its first line would block the read for ever.
    watchdog = threading.Timer(READY_IN_S, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            said.append(line)
            if found := READY.search(line):
                return int(found.group(1))
    finally:
        watchdog.cancel()
    raise AssertionError("Parley did not start: " + "".join(said[-20:]))


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_IN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


def until(condition: Any, timeout_s: float = 20) -> Any:
    """Wait until a condition holds, and return its value."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it never came to hold")
