"""What holds for every test."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.deployment import Deployment

# The same examples in every run: what a random one finds belongs into a test of its own, and not
# into somebody else's submission.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--deployed",
        action="store_true",
        help="run tests/e2e on what `sam deploy` makes in the emulator of AWS",
    )


@pytest.fixture(scope="session")
def deployment() -> Iterator["Deployment"]:
    """Parley, built and deployed; once for tests/deployed and tests/e2e together."""
    # Only here: most runs need none of it.
    from tests.support.deployment import deployed

    with deployed() as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long building and deploying took."""
    module = sys.modules.get("tests.support.deployment")
    for name, took_s in module.took_s.items() if module else ():
        terminalreporter.write_line(f"{name}: {took_s:.0f} s")
