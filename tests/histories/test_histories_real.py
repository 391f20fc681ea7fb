"""Random histories over DynamoDB (the emulator) and Valkey."""

import os
import sys

import pytest

from bench.part2 import REAL_RUNS, real_histories
from parley.protocol.commands import OPERATIONS

pytestmark = pytest.mark.e2e

RUNS = int(os.environ.get("HISTORIES_REAL", REAL_RUNS // 2))


@pytest.mark.covers("C-14", "C-65", "C-69", "D-94")
def test_whatever_people_do_on_real_stores_every_device_ends_with_what_a_new_one_reads() -> None:
    seen = real_histories(RUNS)
    sys.stdout.write(f"\nhistories on real stores: {seen.line}\n")
    assert seen.runs >= RUNS
    assert seen.operations.keys() == OPERATIONS.keys()
