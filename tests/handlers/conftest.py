"""The handlers of `functions/`, over memory adapters."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parley import bootstrap
from tests.support.memory import World
from tests.support.rest import Rest

SignIn = Callable[..., Rest]

ROOT = Path(__file__).parents[2]
ORIGIN = "https://app.acme.example"


@dataclass(frozen=True)
class Context:
    """What Lambda passes beside the event."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"


def handler_of(name: str) -> Callable[[dict[str, Any], Any], Any]:
    """Return a function's handler; all nine files are called ``app.py``."""
    path = ROOT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"function_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[dict[str, Any], Any], Any] = module.handler
    return handler


def sample(name: str) -> dict[str, Any]:
    """Return a function's sample event."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def invoke(name: str, event: dict[str, Any] | None = None) -> Any:
    """Run a function on an event, or on its sample."""
    return handler_of(name)(sample(name) if event is None else event, Context())


def handshake(query: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
    """Return the authorizer's sample with other credentials."""
    event = sample("authorizer")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    event["headers"] = named
    event["multiValueHeaders"] = {name: [value] for name, value in named.items()}
    event["queryStringParameters"] = query or {}
    event["multiValueQueryStringParameters"] = {n: [v] for n, v in (query or {}).items()}
    return event


@pytest.fixture
def world() -> Iterator[World]:
    """Put memory adapters in place; the sample events' token is Alice's."""
    made = World(allowed_origins=(ORIGIN,), rooms_per_user=3)
    now = int(made.out.clock.now().timestamp())
    claims = {"sub": "alice", "tenantId": "acme", "name": "Alice", "iat": now, "exp": now + 7_200}
    assert made.out.verifier.issue(claims) == "token-1"
    bootstrap.use(made.app)
    yield made
    bootstrap.use(None)


@pytest.fixture
def sign_in(world: World) -> SignIn:
    """Signs people in to REST; the claims are those of `World.caller`."""
    handler = handler_of("http")

    def one(name: str, tenant: str = "acme", **claims: Any) -> Rest:
        return Rest(
            world,
            lambda event, _: handler(event, Context()),
            lambda: sample("http"),
            world.caller(name, tenant, **claims),
        )

    return one
