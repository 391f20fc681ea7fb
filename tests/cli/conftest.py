"""The command as people run it, and one Parley on this machine for all tests of a worker."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.running import Ran, run
from tests.support.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running Parley."""
    # A message for four connections goes by the fan-out queue.
    settings = {"PARLEY_MESSAGES_PER_MINUTE": "1000", "PARLEY_DIRECT_PUSH_MAX": "3"}
    with running_stack(settings) as running:
        yield running


class LocalCommand:
    """`parley … --local`, for one Parley."""

    def __init__(self, stack: Stack) -> None:
        self._environment = {"PORT": str(stack.port), "PARLEY_LOCAL_DIR": str(stack.data_dir)}

    def __call__(self, *arguments: str, stdin: str | None = None) -> Ran:
        """Run it, whatever it ends with."""
        return run(*arguments, "--local", environment=self._environment, stdin=stdin)

    def json(self, *arguments: str) -> Any:
        """Run it with ``--json``, and return what it says."""
        return self(*arguments, "--json").json()


@pytest.fixture
def local(stack: Stack) -> LocalCommand:
    return LocalCommand(stack)
