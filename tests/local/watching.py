"""Watching processes from outside."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable

_PATIENCE_S = 15.0


def _ps(*columns: str) -> list[list[str]]:
    command = ["ps", "-A", *(f"-o{column}=" for column in columns)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in listing.splitlines()]


def descendants(pid: int) -> set[int]:
    """Process ids of all children of a process, their children, and so on."""
    parents = {int(child): int(parent) for child, parent in _ps("pid", "ppid")}
    found: set[int] = set()
    generation = {pid}
    while generation:
        generation = {child for child, parent in parents.items() if parent in generation}
        found |= generation
    return found


def any_running(pids: Iterable[int]) -> bool:
    """True if one of them exists, and is more than a zombie that nobody waits for."""
    running = {int(pid) for pid, state in _ps("pid", "stat") if not state.startswith("Z")}
    return not running.isdisjoint(pids)


def eventually(holds: Callable[[], bool]) -> bool:
    """True as soon as the condition holds; False if it does not for a long time."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True
