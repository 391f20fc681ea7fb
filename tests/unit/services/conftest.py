"""Fixtures of the service tests: Parley on memory adapters."""

import pytest

from tests.support.memory import World


@pytest.fixture
def world() -> World:
    return World()
