"""`python -m bench load --connections 200 --rate 50 --seconds 20`: one benchmark, as JSON.

Without a name, all of them run; each result goes to bench/results/<name>.json.
"""

import argparse
import importlib
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"

# Modules with `add_arguments(parser)` and `run(options) -> figures`.
BENCHES = {
    "load": "bench.load",
    "fanout": "bench.fanout",
    "storm": "bench.storm",
    "churn": "bench.churn",
    "fuzz": "bench.fuzz",
    "chaos": "bench.chaos.command",
    "sizes": "bench.sizes",
    "cost": "bench.cost.command",
}


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES)
    # What comes after the name is for that bench: only the chosen one is imported.
    name, options = parser.parse_args(sys.argv[1:2]).name, sys.argv[2:]
    for each in (name,) if name else BENCHES:
        _write(each, _run(each, options))
    return 0


def _run(name: str, options: Sequence[str]) -> dict[str, Any]:
    bench = importlib.import_module(BENCHES[name])
    parser = argparse.ArgumentParser(prog=f"bench {name}", description=bench.__doc__)
    bench.add_arguments(parser)
    figures: dict[str, Any] = bench.run(vars(parser.parse_args(options)))
    return figures


def _write(name: str, figures: dict[str, Any]) -> None:
    figures = {**figures, "python": platform.python_version(), "machine": platform.machine()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
