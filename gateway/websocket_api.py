"""One WebSocket API: the handshake, the frames, the end. Its rules are in pure modules."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import WebSocketError, WSMsgType, web

from gateway import events, routing
from gateway.config import GatewayConfig
from gateway.connections import Connection, MessageTooBigError, Registry, open_socket
from gateway.events import Ending, Handshake, Session
from gateway.faults import Faults
from gateway.handshakes import (
    RefusedError,
    check_upgrade,
    has_source,
    introduce,
    offered_subprotocols,
    refusal,
)
from gateway.ids import new_id, now_ms
from gateway.invocation import HandlerFailedError, IntegrationTimedOutError, InvocationError
from gateway.limits import TokenBucket
from gateway.model import CONNECT_ROUTE, DISCONNECT_ROUTE, Authorizer, Route, WebSocketApi
from gateway.policy import MalformedResultError, authorizer_context, is_allowed
from gateway.pool import FunctionPool
from gateway.results import MalformedResponseError, ProxyResponse, proxy_response
from gateway.tasks import TaskGroup

_ACCOUNT = "000000000000"

logger = logging.getLogger("gateway.websocket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an API needs of the gateway."""

    config: GatewayConfig
    pools: dict[str, FunctionPool]
    registry: Registry
    faults: Faults
    tasks: TaskGroup


class WebSocketServer:
    """Serves one WebSocket API at `/{stage}`."""

    def __init__(self, api: WebSocketApi, around: Surroundings) -> None:
        """Serve `api`."""
        self._api = api
        self._around = around
        self._config = around.config
        self._upgrades = TokenBucket(around.config.connect_rate_per_s, around.config.connect_burst)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one upgrade request, and then its connection until it ends."""
        session, handshake = introduce(request, self._api)
        try:
            self._admit(request)
            session = await self._authorize(session, handshake)
            lag_s = self._around.faults.connections.connect_lag_s()
            if lag_s is not None:
                return await self._vanish(request, session, handshake, lag_s)
            subprotocol = await self._connect(session, handshake)
        except RefusedError as exc:
            return refusal(exc, session)
        connection = await self._open(request, session, subprotocol)
        if connection is None:
            return web.Response(status=400)
        try:
            await self._read(connection)
        finally:
            self._around.registry.remove(connection)
            self._around.tasks.start(self._disconnect(session, connection.ending or events.LOST))
        return connection.socket

    def _admit(self, request: web.Request) -> None:
        check_upgrade(request)
        now_s = time.monotonic()
        if not (self._around.faults.connections.admits(now_s) and self._upgrades.take(now_s)):
            raise RefusedError(429, "Too Many Requests")

    async def _vanish(
        self, request: web.Request, session: Session, handshake: Handshake, lag_s: float
    ) -> web.Response:
        """A fault: the client is gone before `$connect` has ended, and `$disconnect` comes first.

        Raises:
            RefusedError: When `$connect` refuses a client that is not there to hear it.
        """
        if request.transport is not None:
            request.transport.close()
        disconnected = self._around.tasks.start(self._disconnect(session, events.LOST))
        if lag_s:
            await disconnected
            await asyncio.sleep(lag_s)
        await self._connect(session, handshake)
        return web.Response(status=499)

    async def _authorize(self, session: Session, handshake: Handshake) -> Session:
        authorizer = self._api.authorizer
        if authorizer is None:
            return session
        if not all(has_source(handshake, source) for source in authorizer.identity_sources):
            raise RefusedError(401, "Unauthorized")
        arn = events.method_arn(self._config.region, _ACCOUNT, session)
        event = events.authorizer_event(session, handshake, arn, new_id(), now_ms())
        began_s = time.monotonic()
        result = await self._ask_authorizer(authorizer, event)
        latency_ms = int((time.monotonic() - began_s) * 1000)
        try:
            if not is_allowed(result, arn):
                raise RefusedError(403, "Forbidden")
            context: dict[str, Any] = authorizer_context(result)
        except MalformedResultError as exc:
            logger.warning("%s: %s", authorizer.function, exc)
            raise RefusedError(500, "Internal server error") from exc
        return replace(session, authorizer={**context, "integrationLatency": latency_ms})

    async def _ask_authorizer(self, authorizer: Authorizer, event: events.Event) -> Any:
        pool = self._around.pools[authorizer.function]
        try:
            return await pool.call(event, self._config.integration_timeout_s)
        except HandlerFailedError as exc:
            if exc.message == "Unauthorized":
                raise RefusedError(401, "Unauthorized") from exc
            raise RefusedError(500, "Internal server error") from exc
        except InvocationError as exc:
            raise RefusedError(500, "Internal server error") from exc

    async def _connect(self, session: Session, handshake: Handshake) -> str | None:
        """Run the `$connect` integration; gives the subprotocol that it chose."""
        route = self._api.routes.get(CONNECT_ROUTE)
        if route is None:
            return None
        event = events.connect_event(session, handshake, new_id(), now_ms())
        try:
            response = await self._integrate(route, event)
        except IntegrationTimedOutError as exc:
            raise RefusedError(504, routing.TIMED_OUT) from exc
        except (InvocationError, MalformedResponseError) as exc:
            raise RefusedError(502, routing.INTERNAL_ERROR) from exc
        if not response.is_success:
            raise RefusedError(response.status, routing.FORBIDDEN)
        return response.subprotocol

    async def _open(
        self, request: web.Request, session: Session, subprotocol: str | None
    ) -> Connection | None:
        offered = offered_subprotocols(request)
        chosen = subprotocol if subprotocol in offered else None
        try:
            socket = await open_socket(request, chosen)
            transport = request.transport
            if transport is None:
                raise ConnectionResetError
        except ConnectionError:
            # `$connect` has run, so the application believes in this connection.
            self._around.tasks.start(self._disconnect(session, events.LOST))
            return None
        connection = Connection(session, socket, transport, self._config.send_buffer_bytes)
        self._around.registry.add(connection)
        return connection

    async def _read(self, connection: Connection) -> None:
        """Read until the client has closed, or answered our close."""
        while not connection.is_finished:
            message = await connection.socket.receive()
            match message.type:
                case WSMsgType.TEXT if connection.is_open:
                    connection.active_at_s = time.monotonic()
                    self._around.tasks.start(self._serve_frame(connection, message.data))
                case WSMsgType.TEXT:
                    continue
                case WSMsgType.BINARY:
                    connection.close(events.BINARY_REFUSED)
                case WSMsgType.ERROR if isinstance(message.data, MessageTooBigError):
                    connection.close(events.TOO_BIG)
                case WSMsgType.CLOSE:
                    connection.answer_close(_closed_by_client(message.data, message.extra))
                case _:
                    connection.cut(_lost(message.data))

    async def _serve_frame(self, connection: Connection, body: str) -> None:
        delay_s = self._around.faults.frame_delay_s()
        if delay_s:
            await asyncio.sleep(delay_s)
        session, request_id = connection.session, new_id()
        route = routing.select_route(self._api.routes, self._api.selection_expression, body)
        reply: str | None
        if route is None:
            reply = routing.error_frame(routing.FORBIDDEN, session.connection_id, request_id)
        else:
            event = events.message_event(session, route.key, body, request_id, new_id(), now_ms())
            reply = await self._answer(route, event, session.connection_id, request_id)
        if reply and connection.is_open:
            connection.send_text(reply.encode("utf-8", "replace"))

    async def _answer(
        self, route: Route, event: events.Event, connection_id: str, request_id: str
    ) -> str | None:
        """What the client is sent for a frame; None for one-way routes, whatever they return."""
        try:
            response = await self._integrate(route, event)
        except IntegrationTimedOutError:
            return routing.error_frame(routing.TIMED_OUT, connection_id, request_id)
        except (InvocationError, MalformedResponseError):
            return routing.error_frame(routing.INTERNAL_ERROR, connection_id, request_id)
        return response.body if route.two_way else None

    async def _integrate(self, route: Route, event: events.Event) -> ProxyResponse:
        wait_s = min(route.timeout_s, self._config.integration_timeout_s)
        return proxy_response(await self._around.pools[route.function].call(event, wait_s))

    async def _disconnect(self, session: Session, ending: Ending) -> None:
        route = self._api.routes.get(DISCONNECT_ROUTE)
        delay_s = self._around.faults.disconnect_delay_s()
        if route is None or delay_s is None:
            return
        if delay_s:
            await asyncio.sleep(delay_s)
        event = events.disconnect_event(session, ending, new_id(), now_ms())
        try:
            await self._integrate(route, event)
        except (InvocationError, MalformedResponseError) as exc:
            # Best effort on AWS too: nobody hears of it and nobody tries again.
            logger.warning("$disconnect of %s: %s", session.connection_id, exc)


def _closed_by_client(code: int, reason: str | None) -> Ending:
    return Ending(code, reason or "") if code else events.NO_CLOSE_CODE


def _lost(error: object) -> Ending:
    # aiohttp itself closes a connection whose client breaks RFC 6455, and tells how.
    if isinstance(error, WebSocketError):
        return Ending(error.code, str(error))
    return events.LOST
