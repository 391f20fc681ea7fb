"""What faults are played on: an emulator with a table, and a Valkey of each test's own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.faults.valkey_cluster import ValkeyCluster
from tests.support.real_app import real_table
from tests.support.redis_scene import RedisScene

MakeScene = Callable[..., RedisScene]


@pytest.fixture(scope="session")
def table_url() -> Iterator[str]:
    """Run the emulator, with a table, for this session."""
    with real_table() as endpoint_url:
        yield endpoint_url


@pytest.fixture
def valkey() -> Iterator[ValkeyUnderTest]:
    """Run a server that this test may break."""
    with ValkeyUnderTest() as server:
        yield server


@pytest.fixture
def scene(valkey: ValkeyUnderTest, table_url: str) -> Iterator[MakeScene]:
    """Make scenes on this server; a scene stands for one process."""
    made: list[RedisScene] = []

    def make(server: ValkeyUnderTest | ValkeyCluster = valkey, **options: Any) -> RedisScene:
        made.append(RedisScene(server, table_url, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
