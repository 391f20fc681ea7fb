"""`make run`: ready, or one line; and whatever happens, nothing of it stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.errors import StartError
from local.launcher import check_redis
from local.processes import HOST, free_port
from local.servers import valkey
from local.settings import ROOT
from tests.local.watching import any_running, descendants, eventually

pytestmark = pytest.mark.gateway

READY = re.compile(
    r"Parley is ready: http://127\.0\.0\.1:(\d+)/  \(WebSocket ws://127\.0\.0\.1:\1/v1, "
    r"REST /api, Ctrl-C stops\)\n"
)


@contextmanager
def launcher(folder: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m local` on a data folder, with what it prints; killed if the test leaves it."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PARLEY_", "GATEWAY_", "AWS_")) and name != "REDIS_URL"
    }
    # No warm workers: these tests are about the launcher, and hardly ever call a function.
    own = {"PORT": "0", "PARLEY_LOCAL_DIR": str(folder), "GATEWAY_WARM": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**inherited, **own, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    """Wait until it is ready; gives its port."""
    assert process.stdout is not None
    line = process.stdout.readline()
    ready = READY.fullmatch(line)
    if ready is None:
        _, errors = process.communicate(timeout=30)
        pytest.fail(f"not ready: {line!r} {errors}")
    return int(ready[1])


def refusal(process: subprocess.Popen[str]) -> str:
    """Wait until it has given up; gives the one line that it printed."""
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith("parley: ")
    assert errors.count("\n") == 1
    return errors.removeprefix("parley: ").strip()


def fetch(url: str, body: Mapping[str, object] | None = None) -> tuple[int, bytes]:
    """One HTTP request."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=30) as answer:  # noqa: S310
        return answer.status, answer.read()


def test_ready_serves_tokens_and_rest_and_ends_everything_on_sigterm(tmp_path: Path) -> None:
    with launcher(tmp_path) as process:
        url = f"http://{HOST}:{port_of(process)}"
        status, body = fetch(f"{url}/dev/token", {"sub": "ann", "tenantId": "acme"})
        assert status == 200
        assert json.loads(body)["token"].count(".") == 2
        assert fetch(f"{url}/api/healthz")[0] == 200
        # Valkey and the emulator, each with a keeper, and a worker.
        pids = descendants(process.pid)
        assert len(pids) >= 5
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (0, "", "")
        assert not any_running(pids)
    logs = {log.name for log in (tmp_path / "logs").iterdir()}
    assert logs == {"emulator.log", "functions.log", "gateway.log", "valkey.log"}


def test_second_run_on_the_same_data_is_refused_and_a_third_after_a_crash_starts(
    tmp_path: Path,
) -> None:
    with launcher(tmp_path) as first:
        port_of(first)
        pids = descendants(first.pid)
        with launcher(tmp_path) as second:
            assert f"Parley runs already on {tmp_path} (pid {first.pid})" in refusal(second)
        secret = (tmp_path / "jwt-secret").read_text()
        first.send_signal(signal.SIGKILL)
        first.wait()
        # At once: it waits until the emulator of the killed one has saved its data.
        with launcher(tmp_path) as third:
            port_of(third)
            assert not any_running(pids)
            assert (tmp_path / "jwt-secret").read_text() == secret


def test_ctrl_c_while_starting_ends_everything(tmp_path: Path) -> None:
    with launcher(tmp_path) as process:
        assert eventually(lambda: len(descendants(process.pid)) >= 3)
        pids = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (0, "", "")
        assert not any_running(pids)


def test_second_ctrl_c_ends_it_at_once_and_the_rest_soon(tmp_path: Path) -> None:
    with launcher(tmp_path) as process:
        port_of(process)
        pids = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        # Signals that are sent together may arrive as one.
        assert process.wait(10) in (0, 130)
        assert eventually(lambda: not any_running(pids))


def command_of(pid: int) -> str:
    """The command line of a process."""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_server_that_dies_is_one_line_and_ends_the_rest(tmp_path: Path) -> None:
    with launcher(tmp_path) as process:
        port_of(process)
        pids = descendants(process.pid)
        for pid in pids:
            if "valkey-server" in command_of(pid):
                os.kill(pid, signal.SIGKILL)
        assert refusal(process) == f"Valkey has ended: see {tmp_path}/logs/valkey.log"
        assert not any_running(pids)


def test_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        with launcher(tmp_path, PORT=str(port)) as process:
            assert refusal(process).startswith(f"port {port} is taken: ")


def test_redis_that_does_not_answer_is_one_line_and_leaves_nothing_running(tmp_path: Path) -> None:
    url = f"redis://:password@{HOST}:{free_port()}"
    with launcher(tmp_path, REDIS_URL=url) as process:
        said = refusal(process)
        assert said.startswith("the Redis that REDIS_URL names does not answer: ")
        assert "password" not in said
        assert not descendants(process.pid)


def test_redis_url_is_used_in_place_of_an_embedded_valkey(tmp_path: Path) -> None:
    with valkey() as url, launcher(tmp_path, REDIS_URL=url) as process:
        port_of(process)
        assert not any("valkey" in command_of(pid) for pid in descendants(process.pid))


@pytest.mark.parametrize("url", ["http://127.0.0.1", "nonsense", "redis://127.0.0.1:port"])
def test_redis_url_that_is_none_is_one_line(url: str) -> None:
    with pytest.raises(StartError, match="REDIS_URL"):
        check_redis(url)


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-lru"])
def test_redis_that_may_evict_any_key_is_refused(policy: str) -> None:
    with valkey(options=("--maxmemory-policy", policy)) as url:
        if policy.startswith("allkeys"):
            with pytest.raises(StartError, match=r"may evict any key .*allkeys-lru"):
                check_redis(url)
        else:
            assert check_redis(url) == url


def test_wrong_setting_is_one_line(tmp_path: Path) -> None:
    with launcher(tmp_path, PORT="http") as process:
        assert refusal(process) == "PORT is a port, 0 to 65535, not 'http'"


def test_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with launcher(tmp_path / "file" / "folder") as process:
        assert "cannot be made: Not a directory" in refusal(process)


def test_help_lists_the_settings() -> None:
    command = [sys.executable, "-m", "local", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "GATEWAY_IDLE_TIMEOUT_S" in done.stdout
