"""`python -m bench load --connections 200 --rate 50 --seconds 20`: one benchmark, as JSON.

Without a name, all of them run; each result goes to bench/results/<name>.json.
"""

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

from bench import load

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    names = parser.add_subparsers(dest="name")
    loading = names.add_parser("load", help="an open-loop load through the gateway")
    plan = load.Plan()
    loading.add_argument("--connections", type=int, default=plan.connections)
    loading.add_argument("--room-size", type=int, default=plan.room_size)
    loading.add_argument("--rate", type=float, default=plan.rate, help="messages a second")
    loading.add_argument("--seconds", type=float, default=plan.seconds)
    loading.add_argument("--seed", type=int, default=plan.seed)
    options = vars(parser.parse_args())
    name = options.pop("name") or "load"
    _write(name, load.run(load.Plan(**options) if options else plan))
    return 0


def _write(name: str, figures: dict[str, Any]) -> None:
    figures = {**figures, "python": platform.python_version(), "machine": platform.machine()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
