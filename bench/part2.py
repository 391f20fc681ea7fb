"""What part 2 must show: attacks, the matrix of roles, histories, and the bugs of the past.

Each function gives whether it passed, and its figures in a line.
"""

import asyncio
import subprocess
import sys

from typing_extensions import override

from bench import indistinct, rest
from bench.checks import Check, Shown
from tests.support.attacks import by_frames, scenes
from tests.support.contention import react_at_once
from tests.support.histories import Histories
from tests.support.history_runs import Seen, run
from tests.support.live_attacks import Live, attack
from tests.support.memory import World
from tests.support.real_app import real_app, real_stores
from tests.support.real_world import RealWorld
from tests.support.roles import tables
from tests.support.stack import ROOT, running_stack
from tests.support.station import LIMITS

MEMORY_RUNS = 200
REAL_RUNS = 20
REACTING = 50
MATRICES = (
    "tests/unit/services/test_role_matrix.py",
    "tests/handlers/test_rest_role_matrix.py",
)
REST_ATTACKS = "tests/handlers/test_rest_attacks.py"
# Each of the seven rows of kind `bug` has its test in one of these.
BUGS = (
    "tests/unit/services/test_bugs_of_the_past.py",
    "tests/handlers/test_connecting.py::"
    "test_a_token_without_tenant_is_refused_with_a_log_line_that_says_so",
    "tests/browser/test_bugs_of_the_past.py",
)
RAISED = {
    "PARLEY_MESSAGES_PER_10S": "100000",
    "PARLEY_MESSAGES_PER_MINUTE": "100000",
    "PARLEY_REQUESTS_PER_MINUTE": "100000",
}


def attacks() -> tuple[bool, str]:
    """Use ids of others for every operation: in memory, by REST, and on a Parley that runs."""
    told = [
        by_frames(kind, attacker, cold=cold)
        for _, kind, attacker in scenes()
        for cold in (False, True)
    ]
    problems = [problem for each in told for problem in each.problems]
    rest_ok, by_rest = _pytest(REST_ATTACKS)
    live = live_attacks()
    figures = (
        f"{sum(each.tried for each in told)} by frames in memory: {len(problems)} tell or change "
        f"something; every route by REST: {by_rest}; {live.tried} live: {len(live.problems)}"
    )
    return not problems and rest_ok and not live.problems, figures


def live_attacks() -> Live:
    """Attack a Parley that runs."""
    with running_stack(RAISED) as stack:
        return asyncio.run(attack(stack))


def matrix() -> tuple[bool, str]:
    """Try every operation and route in every role, as docs/permissions.md says."""
    written = tables((ROOT / "docs" / "permissions.md").read_text(encoding="utf-8"))
    cells = sum(len(row) for table in written.values() for row in table.rows.values())
    passed, figure = _pytest(*MATRICES)
    return passed, f"{cells} cells in {len(written)} tables: {figure}"


def histories(memory_runs: int = MEMORY_RUNS, real_runs: int = REAL_RUNS) -> tuple[bool, str]:
    """Carry out random histories in memory and on real stores; what fails is raised."""
    memory = run(Histories, memory_runs)
    real = real_histories(real_runs)
    return True, f"memory: {memory.line}; real stores: {real.line}"


def real_histories(runs: int) -> Seen:
    """Carry out so many random histories over the emulator's DynamoDB and Valkey."""
    with real_stores() as (redis_url, endpoint_url):
        adapters = real_app(redis_url, endpoint_url).adapters

        class RealHistories(Histories):
            @override
            def new_world(self) -> World:
                return RealWorld(adapters, redis_url, **LIMITS)

        return run(RealHistories, runs)


def bugs() -> tuple[bool, str]:
    """Run the tests of the mistakes that Parley's predecessors made."""
    return _pytest(*BUGS)


def _pytest(*arguments: str) -> tuple[bool, str]:
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    figures = [line.strip("= ") for line in done.stdout.splitlines() if " passed" in line]
    return done.returncode == 0, figures[-1] if figures else "no test ran"


def reactions() -> tuple[bool, str]:
    """50 people react to one message at once; each transaction takes 12 ms and may conflict."""
    with real_stores() as (redis_url, endpoint_url):
        heard = react_at_once(redis_url, endpoint_url, REACTING)
    return heard >= REACTING * 0.95, f"{heard} of {REACTING} within 2 s each"


CHECKS = (
    Check("1", "REST against its description, 100 examples each", lambda: Shown(*rest.check(100))),
    Check("2a", "ids of others in every operation and route", lambda: Shown(*attacks())),
    Check("2b", "how long it takes to be told that there is nothing", indistinct.medians),
    Check("3", "every operation in every role", lambda: Shown(*matrix())),
    Check("4/5", "random histories: every device's view, and unread", lambda: Shown(*histories())),
    Check("6", "the seven bugs of the past", lambda: Shown(*bugs())),
    Check("8", "50 people react at once", lambda: Shown(*reactions())),
)
