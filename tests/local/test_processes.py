"""Child processes start, are watched, and end with their starter."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.errors import StartError
from local.keeper import COULD_NOT_START
from local.keeper import main as keep
from local.processes import HOST, Child, free_port, is_free
from tests.local.watching import any_running, descendants, eventually

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN_PROGRAM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
STUBBORN = [sys.executable, "-c", STUBBORN_PROGRAM]


def test_free_port_can_be_listened_on_and_then_is_taken() -> None:
    port = free_port()
    assert is_free(port)
    with socket.socket() as listener:
        listener.bind((HOST, port))
        listener.listen()
        assert not is_free(port)


def test_child_and_its_keeper_are_gone_when_the_block_ends(tmp_path: Path) -> None:
    with Child("sleeper", SLEEP, log=tmp_path / "log") as child:
        assert eventually(lambda: len(descendants(child.pid)) == 1)
        pids = {child.pid, *descendants(child.pid)}
        assert child.is_alive
    assert not any_running(pids)
    assert not child.is_alive


def test_child_gets_sigterm_and_time_to_save_its_data(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    program = (
        "import pathlib, signal, sys, time\n"
        f"save = lambda *_: (time.sleep(0.2), pathlib.Path({str(saved)!r}).touch(), sys.exit())\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    log = tmp_path / "log"
    with Child("saver", [sys.executable, "-c", program], log=log) as child:
        child.wait_until(lambda: b"up" in log.read_bytes(), 10)
    assert saved.exists()


def test_child_that_ignores_sigterm_is_killed_after_the_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.processes.GRACE_S", 0.2)
    log = tmp_path / "log"
    with Child("stubborn", STUBBORN, log=log) as child:
        child.wait_until(lambda: b"up" in log.read_bytes(), 10)
        began = time.monotonic()
    assert time.monotonic() - began < 2.0
    assert not child.is_alive


def test_kill_ends_keeper_and_child_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = Child("stubborn", STUBBORN, log=log)
    child.wait_until(lambda: b"up" in log.read_bytes(), 10)
    pids = {child.pid, *descendants(child.pid)}
    child.kill()
    assert eventually(lambda: not any_running(pids))


def test_children_end_when_their_starter_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from local.processes import Child\n"
        f"child = Child('sleeper', {SLEEP!r}, log=pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        keeper = int(starter.stdout.readline())
        assert eventually(lambda: len(descendants(keeper)) == 1)
        pids = {keeper, *descendants(keeper)}
        starter.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any_running(pids))


def test_child_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('one'); sys.exit('no room left')"]
    with (
        Child("the thing", command, log=tmp_path / "log") as child,
        pytest.raises(StartError, match="the thing could not start: no room left") as caught,
    ):
        child.wait_until(lambda: False, 10)
    assert "\n" not in str(caught.value)


def test_silent_child_is_reported_with_its_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    with (
        Child("it", command, log=tmp_path / "log") as child,
        pytest.raises(StartError, match="exit code 7"),
    ):
        child.wait_until(lambda: False, 10)


def test_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with (
        Child("sleeper", SLEEP, log=tmp_path / "log") as child,
        pytest.raises(StartError, match=r"sleeper does not answer after 0\.1 s"),
    ):
        child.wait_until(lambda: False, 0.1)


def test_missing_program_is_one_line(tmp_path: Path) -> None:
    with (
        Child("it", [tmp_path / "absent"], log=tmp_path / "log") as child,
        pytest.raises(StartError, match="absent: No such file or directory"),
    ):
        child.wait_until(lambda: False, 10)


def test_keeper_gives_the_exit_code_of_what_it_could_not_start(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        assert keep(1.0, [str(tmp_path / "absent")]) == COULD_NOT_START
    finally:
        signal.signal(signal.SIGINT, before)


def test_sigterm_to_the_keeper_ends_its_child(tmp_path: Path) -> None:
    with Child("sleeper", SLEEP, log=tmp_path / "log") as child:
        assert eventually(lambda: len(descendants(child.pid)) == 1)
        [pid] = descendants(child.pid)
        subprocess.run(["kill", "-TERM", str(child.pid)], check=True)
        assert eventually(lambda: not any_running({pid}))
