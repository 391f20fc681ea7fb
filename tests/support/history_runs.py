"""Carrying out many random histories, and counting them."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from parley.protocol.commands import OPERATIONS
from tests.support.histories import Histories

STEPS = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """What a number of histories showed; all of them ended as they must.

    Attributes:
        operations: How many of each operation were carried out.
        unread: How many counts were compared with the recomputed truth.
    """

    runs: int
    steps: int
    operations: dict[str, int]
    unread: int

    @property
    def line(self) -> str:
        """Return it in one line."""
        total = sum(self.operations.values())
        return (
            f"{self.runs} runs, {self.steps} steps, {total} operations of "
            f"{len(self.operations)} kinds, {self.unread} unread counts compared, 0 failures"
        )


def run(machine: type[Histories], runs: int, *, shrink: bool = True) -> Seen:
    """Carry out so many histories; one that fails is raised, the shortest if asked for."""
    machine.counts = Counter()
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            phases=phases,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
    operations = {name: n for name, n in machine.counts.items() if name in OPERATIONS}
    counts = machine.counts
    return Seen(counts["runs"], counts["steps"], operations, counts["unread"])
