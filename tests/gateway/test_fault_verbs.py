"""The typed verbs of `tests.support.faults.gateway` are those of the gateway."""

import asyncio
import inspect
from collections.abc import Mapping
from typing import Any, cast

import pytest

from gateway.connections import Registry
from gateway.faults import Faults
from gateway.invocation import Environment
from gateway.pool import FunctionPool
from gateway.verbs import UnknownVerbError
from tests.support.faults.gateway import VERBS, GatewayFaults
from tests.support.stack import Stack


async def never() -> Environment:
    raise AssertionError("no verb starts an environment")


class Wire:
    """Stands for a Parley that runs: hands verbs to a gateway that has no clients."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        names = ("MessageFunction", "FlushFunction")
        pools = {name: FunctionPool(name, never, 1) for name in names}
        self._faults = Faults(Registry(), pools)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        assert path == "/_gateway/faults"
        self.orders.append(dict(body))
        arguments = {key: value for key, value in body.items() if key != "verb"}
        return {"result": self._faults.run(body["verb"], arguments)}

    def verbs(self) -> set[str]:
        with pytest.raises(UnknownVerbError) as raised:
            self._faults.run("?", {})
        return set(str(raised.value).partition("there are ")[2].split(", "))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def faults(wire: Wire) -> GatewayFaults:
    return GatewayFaults(cast(Stack, wire))


def test_every_verb_of_the_gateway_can_be_called_and_no_other(wire: Wire) -> None:
    assert set(VERBS) | {"clear"} == wire.verbs()


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_needs_no_arguments(name: str, wire: Wire, faults: GatewayFaults) -> None:
    getattr(faults, name)()
    assert [order["verb"] for order in wire.orders] == [name]


@pytest.mark.parametrize(
    "name",
    [name for name, verb in VERBS.items() if "seconds" in inspect.signature(verb).parameters],
)
async def test_a_verb_that_lasts_ends_by_itself(
    name: str, wire: Wire, faults: GatewayFaults
) -> None:
    getattr(faults, name)(seconds=0.01)
    while len(wire.orders) < 2:
        await asyncio.sleep(0.002)
    assert [order["verb"] for order in wire.orders] == [name, name]
    assert wire.orders[1].get("probability") in (0.0, None)
    assert wire.orders[1] != wire.orders[0]


async def test_a_verb_that_is_called_again_lasts_as_long_as_it_says_then(
    wire: Wire, faults: GatewayFaults
) -> None:
    faults.gone(seconds=0.05)
    faults.gone(probability=0.5)
    await asyncio.sleep(0.15)
    assert [order["probability"] for order in wire.orders] == [0.2, 0.5]


def test_the_end_of_the_block_ends_all_faults(wire: Wire) -> None:
    with GatewayFaults(cast(Stack, wire)) as faults:
        faults.slow(seconds=3600)
    assert [order["verb"] for order in wire.orders] == ["slow", "clear"]
