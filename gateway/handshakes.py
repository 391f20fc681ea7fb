"""Upgrade requests: who asks, what is wrong with them, and how a refusal looks."""

from __future__ import annotations

import json
import time

from aiohttp import web

from gateway.events import Handshake, Session, identity_of
from gateway.ids import new_id, new_trace_id, now_ms
from gateway.model import WebSocketApi

MAX_URL_CHARS = 4096


class RefusedError(Exception):
    """Raised when an upgrade is answered with an HTTP status instead of 101."""

    def __init__(self, status: int, message: str) -> None:
        """Answer `status`, with `message` in the body."""
        super().__init__(message)
        self.status = status
        self.message = message


def introduce(request: web.Request, api: WebSocketApi) -> tuple[Session, Handshake]:
    """The connection that a request asks for, and the request as the functions are told of it."""
    source_ip = request.remote or "127.0.0.1"
    domain = request.headers.get("Host", "")
    added = (
        ("X-Amzn-Trace-Id", new_trace_id(time.time())),
        ("X-Forwarded-For", source_ip),
        ("X-Forwarded-Port", domain.rpartition(":")[2]),
        ("X-Forwarded-Proto", request.scheme),
    )
    handshake = Handshake(
        headers=[*request.headers.items(), *added],
        query=list(request.query.items()),
        domain=domain,
        source_ip=source_ip,
    )
    session = Session(
        api_id=api.api_id,
        stage=api.stage,
        domain=domain,
        connection_id=new_id(),
        connected_at_ms=now_ms(),
        identity=identity_of(handshake),
    )
    return session, handshake


def check_upgrade(request: web.Request) -> None:
    """Refuse what is no upgrade to WebSocket.

    Raises:
        RefusedError: As API Gateway answers it.
    """
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise RefusedError(426, "Upgrade Required")
    # Asked with the answer that is to come, so that aiohttp does not warn of a mismatch.
    offered = offered_subprotocols(request)
    if not web.WebSocketResponse(protocols=offered).can_prepare(request):
        raise RefusedError(400, "Bad Request")
    if len(str(request.raw_path)) > MAX_URL_CHARS:
        raise RefusedError(414, "Request-URI Too Long")


def offered_subprotocols(request: web.Request) -> list[str]:
    """The subprotocols among which the application may choose."""
    header = request.headers.get("Sec-WebSocket-Protocol", "")
    return [part.strip() for part in header.split(",") if part.strip()]


def has_source(handshake: Handshake, source: str) -> bool:
    """Whether a request has what an authorizer's identity source names."""
    _, _, selector = source.partition("route.request.")
    kind, _, name = selector.partition(".")
    if kind == "header":
        return bool(handshake.header(name))
    return kind == "querystring" and bool(handshake.query_value(name))


def refusal(refused: RefusedError, session: Session) -> web.Response:
    """The answer to a request that is refused."""
    body = {
        "message": refused.message,
        "connectionId": session.connection_id,
        "requestId": new_id(),
    }
    return web.Response(
        status=refused.status, text=json.dumps(body), content_type="application/json"
    )
