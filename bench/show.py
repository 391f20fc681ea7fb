"""`make show PART=1`: runs what a part must show, and prints a line with a figure for each."""

import argparse
import importlib
import sys

from bench.checks import Check, Shown


def main() -> int:
    """Run the checks of a part; 1 when one fails."""
    parser = argparse.ArgumentParser(prog="bench.show", description=__doc__)
    parser.add_argument("part", type=int)
    parser.add_argument("only", nargs="*", help="numbers of single lines, such as 2b")
    options = parser.parse_args()
    checks: tuple[Check, ...] = importlib.import_module(f"bench.part{options.part}").CHECKS
    chosen = [check for check in checks if not options.only or check.number in options.only]
    verdicts = [_show(check) for check in chosen]
    return 0 if all(verdicts) else 1


def _show(check: Check) -> bool:
    try:
        shown = check.run()
    except Exception as exc:
        shown = Shown(ok=False, figure=f"{type(exc).__name__}: {exc}"[:300])
    verdict = "pass" if shown.ok else "FAIL"
    print(f"{check.number:<3} {verdict}  {check.title}: {shown.figure}", flush=True)
    return shown.ok


if __name__ == "__main__":
    sys.exit(main())
