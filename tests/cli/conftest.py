"""The command as people run it, and one Parley on this machine for all tests of a worker."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.aws import Aws
from local.servers import emulator
from tests.cli.cloud import Cloud
from tests.cli.running import Ran, run
from tests.support.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running Parley."""
    # A message for four connections goes by the fan-out queue.
    settings = {"PARLEY_MESSAGES_PER_MINUTE": "1000", "PARLEY_DIRECT_PUSH_MAX": "3"}
    with running_stack(settings) as running:
        yield running


Doctor = Callable[..., dict[str, list[dict[str, Any]]]]


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


@pytest.fixture(scope="session")
def cloud(stack: Stack) -> Iterator[Cloud]:
    with emulator() as endpoint_url:
        yield Cloud(Aws(endpoint_url=endpoint_url), stack)


@pytest.fixture
def at(cloud: Cloud) -> Callable[..., Ran]:
    """`parley … --endpoint-url`, for one stack."""

    def command(name: str, *arguments: str) -> Ran:
        where = ("--stack", name, "--endpoint-url", cloud.endpoint_url)
        return run(*arguments, *where)

    return command


@pytest.fixture
def doctor(cloud: Cloud, at: Callable[..., Ran]) -> Doctor:
    """Deploys a stack and returns doctor's findings by name."""

    def look(
        *options: str, protected: bool = True, code: int = 1, **parameters: str
    ) -> dict[str, list[dict[str, Any]]]:
        name = cloud.deploy(protected=protected, **parameters)
        found: dict[str, list[dict[str, Any]]] = {}
        for each in at(name, "doctor", *options, "--json").json(code)["checks"]:
            found.setdefault(each["name"], []).append(each)
        return found

    return look
