"""A folder has one user at a time, and a dead user is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local.errors import StartError
from local.locks import exclusive


def test_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "lock", "taken"),
        pytest.raises(StartError, match=f"taken by {os.getpid()}"),
        exclusive(tmp_path / "lock", "taken by {pid}"),
    ):
        pytest.fail("two hold one lock")


def test_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with exclusive(tmp_path / "lock", "taken"):
            assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    program = (
        "import pathlib, time\n"
        "from local.locks import exclusive\n"
        f"with exclusive(pathlib.Path({str(tmp_path / 'lock')!r}), 'taken'):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
    with exclusive(tmp_path / "lock", "taken"):
        pass


def test_waiting_for_a_lock_gets_it_when_it_is_free(tmp_path: Path) -> None:
    taken = threading.Event()

    def hold() -> None:
        with exclusive(tmp_path / "lock", "taken"):
            taken.set()
            time.sleep(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(5)
    with exclusive(tmp_path / "lock", "taken", wait_s=5):
        holder.join()


def test_child_that_inherits_the_lock_holds_it(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", "taken") as descriptor:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(descriptor,)
        )
    with child:
        with pytest.raises(StartError), exclusive(tmp_path / "lock", "taken"):
            pytest.fail("the child does not hold it")
        child.communicate(b"\n")
    with exclusive(tmp_path / "lock", "taken", wait_s=5):
        pass
