"""`python -m bench.crashes`: the whole crash matrix, or a number of its cells, with figures."""

import argparse
import logging
import sys
from collections.abc import Sequence

from bench.checks import Shown
from parley import bootstrap
from tests.support.crashes.boundaries import boundaries
from tests.support.crashes.matrix import Cell, Failed, Matrix, Row
from tests.support.crashes.world import Stores
from tests.support.real_app import real_stores

SEED = 7


def check(count: int | None = None) -> Shown:
    """Carry out so many cells, or all of them.

    Returns:
        Whether none failed, and the figures.
    """
    with real_stores() as (redis_url, endpoint_url):
        stores = Stores(redis_url, endpoint_url)
        matrix = Matrix(stores)
        chosen = matrix.cells if count is None else matrix.sample(count, SEED)
        failures = _failures(chosen)
        uncrossed = matrix.uncrossed()
        matrix.close()
        stores.close()
    bootstrap.use(None)
    figure = (
        f"{len(matrix.rows)} operations, {len(boundaries())} boundaries "
        f"({len(uncrossed)} without a cell), {len(chosen)} of {len(matrix.cells)} cells, "
        f"{len(failures)} failed"
    )
    return Shown(not failures and not uncrossed, "; ".join([figure, *failures[:3]]))


def _failures(chosen: Sequence[tuple[Row, Cell]]) -> list[str]:
    failures = []
    for row, cell in chosen:
        try:
            row.run(cell)
        except Failed as failed:
            failures.append(str(failed))
    return failures


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="bench.crashes", description=__doc__)
    parser.add_argument("--cells", type=int, help="so many, with every boundary among them")
    # Each killed operation is logged as refused; what matters here is how it ends.
    logging.disable(logging.CRITICAL)
    shown = check(parser.parse_args().cells)
    print(shown.figure)
    return 0 if shown.ok else 1


if __name__ == "__main__":
    sys.exit(main())
