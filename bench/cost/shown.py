"""What `make show PART=5` says of costs: the worked example, and whether the table is true.

python -m bench.cost.shown
"""

import re
import subprocess
import sys
from pathlib import Path

from bench.checks import Shown
from bench.cost.costs import books, worked

ROOT = Path(__file__).resolve().parents[2]
TEST = "tests/cost/test_operations.py"


def worked_example() -> Shown:
    """Count every operation anew, compare with the table, and add up the worked example."""
    counted = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", TEST],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    of = books()
    prices = {mode: sum(worked(mode, of)[0].values()) for mode in ("vpc", "public")}
    failed = re.search(r"(\d+) (?:failed|error)", counted.stdout)
    figure = (
        f"1 million delivered in rooms of 10: {prices['vpc']:.2f} USD (vpc), "
        f"{prices['public']:.2f} (public); {len(of.bills)} operations counted and compared, "
        f"{failed[1] if failed else 0} differ"
    )
    return Shown(counted.returncode == 0, figure)


if __name__ == "__main__":
    shown = worked_example()
    print(shown.figure)
    sys.exit(not shown.ok)
