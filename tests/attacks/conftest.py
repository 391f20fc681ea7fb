"""Parley as its handlers see it, with tokens verified for real."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley import bootstrap
from parley.adapters.tokens.jwt_verifier import JwtVerifier
from tests.attacks.corpora.origins import ALLOWED
from tests.attacks.fuzz_runs import LIMITS
from tests.contract.token_issuer import CLOCK, EXPECTED, SECRET
from tests.handlers.conftest import Context, handler_of, sample
from tests.support.memory import World
from tests.support.rest import Rest


@pytest.fixture
def world() -> Iterator[World]:
    """Put memory adapters in place, but for the tokens: those of the issuer's secret are good."""
    made = World(CLOCK, allowed_origins=ALLOWED, requests_per_minute=1_000_000)
    outside: Any = made.out
    outside.verifier = JwtVerifier.with_secret(SECRET, CLOCK, EXPECTED)
    bootstrap.use(made.app)
    yield made
    bootstrap.use(None)


@pytest.fixture
def plain_world() -> Iterator[World]:
    """Put memory adapters in place, with all rates raised."""
    made = World(**LIMITS)
    bootstrap.use(made.app)
    yield made
    bootstrap.use(None)


@pytest.fixture
def admin() -> Callable[[World], Rest]:
    """Signs an admin in to REST."""
    handler = handler_of("http")

    def one(world: World) -> Rest:
        caller = world.person("root", role="tenant_admin").caller
        return Rest(
            world, lambda event, _: handler(event, Context()), lambda: sample("http"), caller
        )

    return one
