"""One whole Parley for all end-to-end tests; each test has a tenant of its own.

It runs on this machine's gateway; with `--deployed` in the emulator of AWS; or wherever
`PARLEY_E2E_WS` and `PARLEY_E2E_API` say (docs/testing-a-deployment.md).
"""

import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.client import Client
from tests.support.places import Place, named_in
from tests.support.stack import running_stack

Open = Callable[..., Awaitable[Client]]

FOLDER = Path(__file__).parent
RAISED = {
    "PARLEY_MESSAGES_PER_10S": "100000",
    "PARLEY_MESSAGES_PER_MINUTE": "100000",
    "PARLEY_REQUESTS_PER_MINUTE": "100000",
}


HERE = "needs the gateway of this machine: its faults, its stores, or other settings"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what another place than this machine's gateway cannot show."""
    is_emulated = bool(config.getoption("--deployed"))
    if not is_emulated and not os.environ.get("PARLEY_E2E_WS"):
        return
    for item in items:
        if not item.path.is_relative_to(FOLDER):
            continue
        beyond = item.get_closest_marker("beyond_emulator")
        if item.get_closest_marker("here") or "stack" not in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=HERE))
        elif beyond and is_emulated:
            item.add_marker(pytest.mark.skip(reason=f"the emulator of AWS {beyond.args[0]}"))


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A running Parley with raised limits."""
    if request.config.getoption("--deployed"):
        yield request.getfixturevalue("deployment").stack.place()
    elif named := named_in(os.environ):
        yield named
    else:
        with running_stack(RAISED) as running:
            yield running


@pytest.fixture
def tenant() -> str:
    """A tenant that nobody used."""
    return f"tenant-{uuid.uuid4().hex[:12]}"


@pytest_asyncio.fixture
async def person(stack: Place, tenant: str) -> AsyncIterator[Open]:
    """Opens connections of people of the test's tenant, and closes them."""
    opened: list[Client] = []

    async def open_one(sub: str, query: str = "", **claims: Any) -> Client:
        claims.setdefault("tenantId", tenant)
        claims.setdefault("name", sub.title())
        token = stack.token(sub, **{k: v for k, v in claims.items() if v is not None})
        client = await Client.open(stack.ws_url, token, query=query)
        opened.append(client)
        return client

    yield open_one
    for client in opened:
        await client.close()
