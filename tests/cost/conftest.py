"""Every operation, counted once for all tests: it takes some 25 s."""

import pytest

from bench.cost.bills import Bill
from tests.support.cost.counting import counted


@pytest.fixture(scope="session")
def bills() -> dict[str, Bill]:
    """Count all operations, each in a tenant of its own, on servers that run."""
    return {operation.name: bill for operation, bill in counted()}
