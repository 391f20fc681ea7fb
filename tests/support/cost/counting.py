"""Counts every operation, and writes the table.

PYTHONPATH=layers/core python -m tests.support.cost.counting    (`make cost`)
"""

import sys
import time
from collections.abc import Iterator

from bench.cost import bills
from bench.cost.bills import Bill
from tests.support.cost.cloud import Cloud
from tests.support.cost.operations import OPERATIONS, Operation
from tests.support.cost.running import running_cloud
from tests.support.cost.scenes import Scene


def counted() -> Iterator[tuple[Operation, Bill]]:
    """Count every operation, in a tenant of its own each."""
    with running_cloud() as cloud:
        warm(cloud)
        for operation in OPERATIONS:
            yield operation, bill_of(cloud, operation)


def warm(cloud: Cloud) -> None:
    """Let everything be that a process does once: clients, secrets, scripts."""
    OPERATIONS[0].prepare(Scene(cloud))()
    scene = Scene(cloud)
    scene.direct()
    scene.people[0].disconnect()
    scene.people[1].disconnect()
    cloud.drain()


def bill_of(cloud: Cloud, operation: Operation) -> Bill:
    """Count one operation."""
    # Of other tenants there is nothing that a sweep could find.
    cloud.meters.redis.empty()
    cloud.meters.aws.is_counting = False
    act = operation.prepare(Scene(cloud))
    if operation.settled:
        cloud.drain()
    cloud.meters.aws.is_counting = True
    cloud.forget()
    act()
    return cloud.bill()


def main() -> int:
    """Write the table."""
    started = time.monotonic()
    found = {operation.name: bill for operation, bill in counted()}
    bills.TABLE.write_text(bills.written(found), encoding="utf-8")
    seconds = time.monotonic() - started
    sys.stderr.write(f"wrote {bills.TABLE.name}: {len(found)} operations in {seconds:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
