"""Runs one command, and ends it when the process that asked for it is gone.

    python keeper.py GRACE_S COMMAND...

Standard input is a pipe from the starter, who never writes to it. The pipe closes when the starter
stops the command, exits, crashes or is killed with SIGKILL: on Linux and macOS alike, none of which
a signal handler or `atexit` in the starter could promise. A script, not a module of the package:
it starts in a few milliseconds because it imports nothing else of ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

COULD_NOT_START = 127


def end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask for an end by SIGTERM, upon which the emulator saves its data; insist after the grace."""
    child.terminate()
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()


def end_with_starter(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Wait until the pipe on standard input closes, then end the child."""
    # Not sys.stdin: its buffer's lock would be held by this thread when the interpreter ends.
    while os.read(0, 1):
        continue
    end(child, grace_s)


def main(grace_s: float, command: list[str]) -> int:
    """Run the command until it ends by itself or the starter does; gives its exit code."""
    # The terminal's Ctrl-C is the starter's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the starter's
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - goes to the log
        return COULD_NOT_START
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=end_with_starter, args=(child, grace_s), daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
