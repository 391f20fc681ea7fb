"""`python -m gateway`: run a template until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from gateway.config import GatewayConfig, GatewayError
from gateway.server import Gateway


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--template", type=Path, default=Path("template.yaml"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any free port")
    parser.add_argument("--endpoint-url", help="address of the AWS emulator; none is real AWS")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--stack-name", default="local")
    parser.add_argument(
        "--parameter",
        type=_pair,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a template parameter",
    )
    parser.add_argument(
        "--environment",
        type=_pair,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a variable for every function",
    )
    parser.add_argument(
        "--concurrency", type=int, default=4, help="most execution environments of one function"
    )
    parser.add_argument("--warm", type=int, default=1, help="those it has from the start")
    parser.add_argument(
        "--inline", action="store_true", help="run handlers in this process, for a debugger"
    )
    parser.add_argument("--http-prefix", default="/api")
    parser.add_argument("--idle-timeout-s", type=float, default=600.0)
    parser.add_argument("--max-connection-s", type=float, default=7200.0)
    parser.add_argument("--connect-rate-per-s", type=float, default=500.0)
    parser.add_argument("--schedule-scale", type=float, default=1.0)
    parser.add_argument("--queue-retry-s", type=float)
    parser.add_argument("--reorder", type=float, default=0.0)
    parser.add_argument("--fault-control", action="store_true")
    parser.add_argument("--fault-seed", type=int)
    parser.add_argument("--log-file", type=Path)
    return parser


def _config(arguments: Sequence[str]) -> GatewayConfig:
    options = vars(_parser().parse_args(arguments))
    options["parameters"] = dict(options.pop("parameter"))
    options["environment"] = dict(options.pop("environment"))
    return GatewayConfig(**options)


async def _serve(config: GatewayConfig) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    gateway = Gateway(config)
    await gateway.start()
    sys.stdout.write(f"gateway: {gateway.url}\n")
    sys.stdout.flush()
    await stopped.wait()
    await gateway.stop()


def main() -> int:
    """Run until told to stop; 1 when it could not start."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.INFO)
    try:
        uvloop.run(_serve(_config(sys.argv[1:])))
    except GatewayError as exc:
        sys.stderr.write(f"gateway: {exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
