"""`python -m bench fuzz --frames 1000000 --wire 20000`: frames by grammar and mutation, as JSON.

Each must be answered once, from the closed set of codes, and leave the connection open.
"""

import argparse
import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

from tests.attacks.fuzz_runs import LIMITS, in_process, on_the_wire
from tests.support.stack import running_stack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe what can be asked for."""
    parser.add_argument("--frames", type=int, default=1_000_000, help="in this process")
    parser.add_argument("--wire", type=int, default=20_000, help="through the gateway")
    parser.add_argument("--connections", type=int, default=8, help="on the wire")
    parser.add_argument("--seed", type=int, default=1)


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Send the frames; give the figures, and what was wrong with the answers."""
    seed = options["seed"]
    figures: dict[str, Any] = {"seed": seed}
    if options["frames"]:
        figures["inProcess"] = in_process(options["frames"], seed).report()
    if options["wire"]:
        raised = {f"PARLEY_{name.upper()}": str(most) for name, most in LIMITS.items()}
        with running_stack(raised) as stack:
            tenant = f"fuzz-{uuid.uuid4().hex[:8]}"
            wire = on_the_wire(stack, tenant, options["wire"], seed, options["connections"])
            figures["wire"] = asyncio.run(wire).report()
    return figures
