"""The events that a WebSocket API gives to functions, in the shapes captured on AWS. Pure.

The shapes are those of Powertools' recorded `apiGatewayWebSocketApi{Connect,Message,Disconnect}`
events of November 2024.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.ids import request_time

Event: TypeAlias = dict[str, Any]

# Hop-by-hop headers, which only the authorizer is shown.
_NOT_FOR_INTEGRATIONS = frozenset({"connection", "upgrade", "content-length"})
_CANONICAL = {
    name.lower(): name
    for name in (
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Authorization",
        "Cache-Control",
        "Cookie",
        "Host",
        "Origin",
        "Pragma",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Version",
        "User-Agent",
        "X-Forwarded-For",
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The request that asked for a WebSocket connection.

    Attributes:
        headers: In the order and with the names that the client sent, the gateway's own added.
        query: Decoded, in order.
        domain: The `Host` that was asked for.
    """

    headers: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]]
    domain: str
    source_ip: str

    def header(self, name: str) -> str | None:
        """Last value of a header, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None

    def query_value(self, name: str) -> str | None:
        """Last value of a query parameter, or None."""
        return dict(self.query).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What all events of one connection have in common."""

    api_id: str
    stage: str
    domain: str
    connection_id: str
    connected_at_ms: int
    identity: Mapping[str, str]
    authorizer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ended: the close code that `$disconnect` is told, and its reason."""

    code: int
    reason: str


NO_CLOSE_CODE = Ending(1005, "Client-side close frame status not set")
LOST = Ending(1006, "Connection closed abnormally")
GOING_AWAY = Ending(1001, "Going away")
DELETED = Ending(1000, "Connection Closed Normally")
BINARY_REFUSED = Ending(1003, "Binary frames are not supported")
TOO_BIG = Ending(1009, "Message too big")


def identity_of(handshake: Handshake) -> dict[str, str]:
    """The `identity` of a connection; `userAgent` is there only if the client sent one."""
    identity = {"sourceIp": handshake.source_ip}
    user_agent = handshake.header("User-Agent")
    return {"userAgent": user_agent, **identity} if user_agent is not None else identity


def method_arn(region: str, account: str, session: Session) -> str:
    """What an authorizer's policy is judged against."""
    return f"arn:aws:execute-api:{region}:{account}:{session.api_id}/{session.stage}/$connect"


def authorizer_event(
    session: Session, handshake: Handshake, arn: str, request_id: str, now_ms: int
) -> Event:
    """Event of a REQUEST authorizer, the one event that keeps the hop-by-hop headers."""
    headers = [*handshake.headers]
    if handshake.header("content-length") is None:
        headers.append(("content-length", "0"))
    return {
        "type": "REQUEST",
        "methodArn": arn,
        **_headers(headers),
        "queryStringParameters": _last(handshake.query),
        "multiValueQueryStringParameters": _all(handshake.query),
        "stageVariables": {},
        "requestContext": _context(session, "$connect", "CONNECT", request_id, now_ms),
    }


def connect_event(session: Session, handshake: Handshake, request_id: str, now_ms: int) -> Event:
    """Event of `$connect`: no body, and a query string only if one was sent."""
    headers = [
        (name, value)
        for name, value in handshake.headers
        if name.lower() not in _NOT_FOR_INTEGRATIONS
    ]
    event: Event = _headers(headers)
    if handshake.query:
        event["queryStringParameters"] = _last(handshake.query)
        event["multiValueQueryStringParameters"] = _all(handshake.query)
    event["requestContext"] = _context(session, "$connect", "CONNECT", request_id, now_ms)
    event["isBase64Encoded"] = False
    return event


def message_event(
    session: Session, route_key: str, body: str, request_id: str, message_id: str, now_ms: int
) -> Event:
    """Event of a frame: no headers, no query string."""
    context = _context(session, route_key, "MESSAGE", request_id, now_ms)
    context["messageId"] = message_id
    return {"requestContext": context, "body": body, "isBase64Encoded": False}


def disconnect_event(session: Session, ending: Ending, request_id: str, now_ms: int) -> Event:
    """Event of `$disconnect`: stub headers, no body."""
    stub = {"Host": session.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    context = _context(session, "$disconnect", "DISCONNECT", request_id, now_ms)
    context["disconnectStatusCode"] = ending.code
    context["disconnectReason"] = ending.reason
    return {
        **_headers(list(stub.items())),
        "requestContext": context,
        "isBase64Encoded": False,
    }


def _context(
    session: Session, route_key: str, event_type: str, request_id: str, now_ms: int
) -> Event:
    context: Event = {
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": request_id,
        "requestTime": request_time(now_ms),
        "messageDirection": "IN",
        "stage": session.stage,
        "connectedAt": session.connected_at_ms,
        "requestTimeEpoch": now_ms,
        "identity": dict(session.identity),
        "requestId": request_id,
        "domainName": session.domain,
        "connectionId": session.connection_id,
        "apiId": session.api_id,
    }
    if session.authorizer is not None:
        context["authorizer"] = dict(session.authorizer)
    return context


def _headers(headers: Sequence[tuple[str, str]]) -> Event:
    named = [(_CANONICAL.get(name.lower(), name), value) for name, value in headers]
    return {"headers": _last(named), "multiValueHeaders": _all(named)}


def _last(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(pairs)


def _all(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
