"""Child processes that end with their starter, and free ports for them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.errors import StartError

HOST = "127.0.0.1"
GRACE_S = 10.0
"""How long a child may take to end after SIGTERM; an emulator with much data writes it all."""

_KEEPER = Path(__file__).with_name("keeper.py")
_POLL_S = 0.02


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """True if a server could listen on this port of the loopback interface."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier run that linger in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


class Child:
    """A running command, kept by a `keeper` that ends it when this process is gone.

    Both are in a session of their own, so that a Ctrl-C in the terminal reaches the starter only.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Start it, without waiting for anything.

        Args:
            name: What to call it in messages.
            command: Program and arguments.
            log: Where its output goes; a log of an earlier run is replaced.
            environment: Its whole environment; ours if omitted.
            pass_fds: Open files that the keeper holds until the command has ended.
        """
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-I", str(_KEEPER), str(GRACE_S), *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=None if environment is None else dict(environment),
                start_new_session=True,
                pass_fds=pass_fds,
            )

    @property
    def pid(self) -> int:
        """Process id of the keeper, and process group of it and the command."""
        return self._keeper.pid

    @property
    def is_alive(self) -> bool:
        """False once the command has ended, for whatever reason."""
        return self._keeper.poll() is None

    def wait_until(self, answers: Callable[[], bool], deadline_s: float) -> None:
        """Wait until the command does its work.

        Args:
            answers: Whether it does, found out without waiting long.
            deadline_s: How long to go on asking.

        Raises:
            StartError: When the command has ended, or the deadline has passed.
        """
        give_up_at = time.monotonic() + deadline_s
        while not answers():
            if not self.is_alive:
                raise StartError(f"{self.name} could not start: {self._last_words()}")
            if time.monotonic() > give_up_at:
                raise StartError(
                    f"{self.name} does not answer after {deadline_s:g} s: see {self.log}"
                )
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End the command by SIGTERM, or SIGKILL after the grace; returns when it is gone."""
        self._let_go()
        try:
            self._keeper.wait(GRACE_S + 2)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End keeper and command by SIGKILL; what the command had not saved is lost."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._keeper.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def _last_words(self) -> str:
        lines = (
            self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        )
        reason = lines[-1].strip() if lines else f"exit code {self._keeper.returncode}"
        return f"{reason} (see {self.log})"

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
        self.stop()
