"""One whole Parley for all end-to-end tests; each test has a tenant of its own."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.client import Client
from tests.support.stack import Stack, running_stack

Open = Callable[..., Awaitable[Client]]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running Parley with raised limits."""
    raised = {
        "PARLEY_MESSAGES_PER_10S": "100000",
        "PARLEY_MESSAGES_PER_MINUTE": "100000",
        "PARLEY_REQUESTS_PER_MINUTE": "100000",
    }
    with running_stack(raised) as running:
        yield running


@pytest.fixture
def tenant() -> str:
    """A tenant that nobody used."""
    return f"tenant-{uuid.uuid4().hex[:12]}"


@pytest_asyncio.fixture
async def person(stack: Stack, tenant: str) -> AsyncIterator[Open]:
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
