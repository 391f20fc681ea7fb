"""Every operation, killed at every effect: nothing is half done, lost, or told twice.

Carried out is a choice with every boundary in it, the same each time; with CRASH_MATRIX=all
everything (`make show PART=3`).
"""

import os
from collections.abc import Iterator

import pytest

from parley import bootstrap
from parley.http.table import ROUTES
from parley.protocol.commands import OPERATIONS
from tests.support.crashes import operations
from tests.support.crashes.boundaries import READS, methods
from tests.support.crashes.matrix import Cell, Failed, Matrix, Row
from tests.support.crashes.world import Stores
from tests.support.real_app import real_stores
from tests.support.stack import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SAMPLE = 70
SEED = 7
# The same service as that of a frame, asked in another way.
FRAMES = {
    "GET /rooms": "room.list",
    "POST /rooms": "room.create (group)",
    "GET /rooms/{roomId}": "room.get",
    "PATCH /rooms/{roomId}": "room.update",
    "GET /rooms/{roomId}/messages": "message.history",
    "POST /rooms/{roomId}/messages": "message.send",
    "POST /rooms/{roomId}/read": "receipt.read",
    "DELETE /rooms/{roomId}/members/{userId}": "room.removeMember",
    "GET /presence": "presence.list",
}
NAMES = {operation.name for operation in operations.OPERATIONS}


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with real_stores() as (redis_url, endpoint_url):
        stores = Stores(redis_url, endpoint_url)
        made = Matrix(stores)
        yield made
        made.close()
        stores.close()
    bootstrap.use(None)


def test_every_operation_of_the_protocol_has_a_row() -> None:
    assert {name.partition(" (")[0] for name in NAMES} >= set(OPERATIONS)


def test_every_route_that_does_something_has_a_row() -> None:
    routes = {f"{r.method} {r.path}" for r in ROUTES if not r.is_open} | {"POST /ticket"}
    assert {FRAMES.get(route, route) for route in routes} <= NAMES


def test_every_function_has_a_row() -> None:
    functions = {folder.parent.name for folder in (ROOT / "functions").glob("*/app.py")}
    assert {operation.function for operation in operations.OPERATIONS} == functions


def test_what_is_called_a_read_is_a_method_of_a_port() -> None:
    assert methods() >= READS


def test_every_boundary_has_a_cell(matrix: Matrix) -> None:
    assert matrix.uncrossed() == set()
    sampled = {name for _, cell in matrix.sample(SAMPLE, SEED) for name in cell.place.names}
    assert sampled == {name for _, cell in matrix.cells for name in cell.place.names}


@pytest.mark.scenario("L1", "D5")
def test_no_killed_function_leaves_anything_half_done(matrix: Matrix) -> None:
    everything = os.environ.get("CRASH_MATRIX") == "all"
    chosen = matrix.cells if everything else matrix.sample(SAMPLE, SEED)
    failures = [failure for row, cell in chosen if (failure := failure_of(row, cell))]
    assert failures == []


def failure_of(row: Row, cell: Cell) -> str | None:
    try:
        row.run(cell)
    except Failed as failed:
        return str(failed)
    return None
