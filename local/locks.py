"""Folders that one process at a time may use."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import StartError

_POLL_S = 0.05


@contextmanager
def exclusive(path: Path, refusal: str, wait_s: float = 0.0) -> Iterator[int]:
    """Hold a lock file, which the system frees when its holders are gone, however they ended.

    Args:
        path: The lock file; made if needed, and left in place.
        refusal: What to say when somebody else holds it; `{pid}` becomes who.
        wait_s: How long to wait for them.

    Yields:
        The open file. A child process that inherits it holds the lock too, for as long as it lives.

    Raises:
        StartError: When somebody else still holds the lock.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        give_up_at = time.monotonic() + wait_s
        while not _take(descriptor):
            if time.monotonic() >= give_up_at:
                raise StartError(refusal.format(pid=path.read_text().strip() or "unknown"))
            time.sleep(_POLL_S)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        # Closing our copy, never LOCK_UN: that would take the lock from a child that holds it too.
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
