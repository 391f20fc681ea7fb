"""The HTTP API, mounted under a prefix. Its rules are in `http_events`."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from aiohttp import web
from multidict import CIMultiDict

from gateway.config import GatewayConfig
from gateway.http_events import (
    HttpRequest,
    HttpResponse,
    cors_headers,
    error_response,
    http_event,
    http_response,
    is_preflight,
    preflight_response,
)
from gateway.ids import new_id
from gateway.invocation import IntegrationTimedOutError, InvocationError
from gateway.model import HttpApi
from gateway.pool import FunctionPool
from gateway.routing import HttpRouter

logger = logging.getLogger("gateway.http")


class HttpServer:
    """Serves one HTTP API."""

    def __init__(
        self, api: HttpApi, config: GatewayConfig, pools: Mapping[str, FunctionPool]
    ) -> None:
        """Serve `api` with the functions in `pools`."""
        self._api = api
        self._config = config
        self._pools = pools
        self._router = HttpRouter(api.routes)

    async def handle(self, request: web.Request) -> web.Response:
        """Serve one request."""
        asked = await self._read(request)
        cors = self._api.cors
        if cors is not None and is_preflight(asked):
            return _as_aiohttp(preflight_response(cors, asked), {})
        response = await self._respond(asked)
        return _as_aiohttp(response, cors_headers(cors, asked) if cors is not None else {})

    async def _read(self, request: web.Request) -> HttpRequest:
        path, _, raw_query = request.raw_path.partition("?")
        added = [("x-forwarded-for", request.remote or ""), ("x-forwarded-proto", request.scheme)]
        return HttpRequest(
            method=request.method,
            path=path.removeprefix(self._config.http_prefix) or "/",
            raw_query=raw_query,
            query=list(request.query.items()),
            headers=[*request.headers.items(), *added],
            body=await request.read(),
            source_ip=request.remote or "",
            domain=request.headers.get("Host", ""),
        )

    async def _respond(self, asked: HttpRequest) -> HttpResponse:
        match = self._router.match(asked.method, asked.path)
        if match is None:
            return error_response(404, "Not Found")
        try:
            event = http_event(self._api, asked, match, new_id(), int(time.time() * 1000))
        except ValueError:
            return error_response(400, "Bad Request")
        wait_s = min(match.route.timeout_s, self._config.integration_timeout_s)
        try:
            return http_response(await self._pools[match.route.function].call(event, wait_s))
        except IntegrationTimedOutError:
            return error_response(503, "Service Unavailable")
        except (InvocationError, ValueError) as exc:
            logger.warning("%s: %s", match.route.key, exc)
            return error_response(500, "Internal Server Error")


def _as_aiohttp(response: HttpResponse, cors: Mapping[str, str]) -> web.Response:
    headers = CIMultiDict({**response.headers, **cors})
    # aiohttp counts the body itself, and a function may have counted it before encoding.
    headers.pop("content-length", None)
    for cookie in response.cookies:
        headers.add("set-cookie", cookie)
    return web.Response(status=response.status, headers=headers, body=response.body)
