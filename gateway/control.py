"""`/_gateway/faults` and `/_gateway/state`, for tests that run the gateway as a child process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.connections import Registry
from gateway.faults import Faults
from gateway.pool import FunctionPool
from gateway.verbs import UnknownVerbError


class ControlApi:
    """Fault verbs and figures over HTTP; never mounted unless the configuration says so."""

    def __init__(
        self, faults: Faults, registry: Registry, pools: Mapping[str, FunctionPool]
    ) -> None:
        """Control these."""
        self._faults = faults
        self._registry = registry
        self._pools = pools

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Mount the API."""
        router.add_post("/_gateway/faults", self.run)
        router.add_get("/_gateway/state", self.state)

    async def run(self, request: web.Request) -> web.Response:
        """Run a verb: `{"verb": "gone", "probability": 0.2}` answers `{"result": …}`."""
        try:
            arguments = dict(await request.json())
            name = str(arguments.pop("verb"))
            result = self._faults.run(name, arguments)
        except (json.JSONDecodeError, TypeError, ValueError, KeyError, UnknownVerbError) as exc:
            return web.json_response({"message": str(exc)}, status=400)
        return web.json_response({"result": result})

    async def state(self, request: web.Request) -> web.Response:
        """Figures about connections and functions."""
        return web.json_response(state_of(self._registry, self._pools))


def state_of(registry: Registry, pools: Mapping[str, FunctionPool]) -> dict[str, Any]:
    """The figures that `/_gateway/state` shows."""
    return {
        "connections": len(registry),
        "functions": {
            name: {
                "invocations": pool.invocations,
                "errors": pool.errors,
                "environments": pool.alive,
                "waiting": pool.waiting,
            }
            for name, pool in pools.items()
        },
    }
