"""`python -m local`, which is `make run`: one line when ready, one line when it cannot start."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import uvloop

from gateway import GatewayError
from local.errors import StartError
from local.launcher import launch
from local.settings import HELP, Settings

_INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C or SIGTERM; 0 after these, 1 when something could not start or ended."""
    if arguments:
        sys.stdout.write(HELP)
        return 0 if arguments[0] in ("-h", "--help") else 2
    try:
        settings = Settings.from_environment(os.environ)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_stopped(settings))
    except (StartError, GatewayError) as error:
        sys.stderr.write(f"parley: {error}\n")
        return 1
    return 0


async def _until_stopped(settings: Settings) -> None:
    work = asyncio.ensure_future(launch(settings, _announce))
    _cancel_on_signals(work)
    try:
        await work
    except asyncio.CancelledError:
        return


def _cancel_on_signals(work: asyncio.Future[NoReturn]) -> None:
    """End the work at the first Ctrl-C or SIGTERM, and this process at the second.

    Not `loop.add_signal_handler`: that would wait for the loop, which waits while children end.
    """
    loop = asyncio.get_running_loop()
    is_stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        if is_stopping:
            # The children's keepers see us gone, and end what is left.
            os._exit(_INTERRUPTED)
        is_stopping = True
        loop.call_soon_threadsafe(work.cancel)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _announce(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
