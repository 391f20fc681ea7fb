"""Routes of the REST API, on Powertools' resolver for HTTP APIs."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from parley import edge, observability
from parley.bootstrap import app
from parley.domain.ids import RoomId, TenantId
from parley.errors import HTTP_STATUS, CacheUnavailable, ErrorCode, NotFound, ParleyError
from parley.protocol import frames
from parley.protocol.fields import Wire
from parley.protocol.views import Health, TicketReply
from parley.services.identity import ConnectRequest

resolver = APIGatewayHttpResolver()
# Nobody can have this id: it is longer than 128 characters.
HEALTH_TENANT = TenantId("?" * 129)
HEALTH_ROOM = RoomId("?")


@resolver.post("/ticket")
def issue_ticket() -> Response[str]:
    """Give a signed-in person a ticket to connect with: single use, 60 s."""
    ticket, expires_in = app().identity.issue_ticket(_credentials())
    # Tickets end on whole seconds.
    now = app().adapters.clock.now().replace(microsecond=0)
    expires_at = now + timedelta(seconds=expires_in)
    return _ok(TicketReply(ticket=ticket, expires_at=expires_at))


@resolver.get("/healthz")
def health() -> Response[str]:
    """Say whether the parts answer: 503 without DynamoDB, ``degraded`` without Redis."""
    app().adapters.users.tenant_exists(HEALTH_TENANT)
    try:
        app().adapters.cache.progress(HEALTH_TENANT, HEALTH_ROOM)
    except CacheUnavailable as exc:
        observability.warning("cache_unavailable", cause=str(exc))
        return _ok(Health(status="degraded"))
    return _ok(Health(status="ok"))


@resolver.exception_handler(ParleyError)  # type: ignore[untyped-decorator]
def _refused(error: ParleyError) -> Response[str]:
    correlation_id = _correlation_id()
    level = logging.ERROR if error.code is ErrorCode.INTERNAL_ERROR else logging.INFO
    observability.log(
        level,
        "request_refused",
        error=error.code.value,
        reason=str(error),
        correlation_id=correlation_id,
    )
    return _failed(error, correlation_id)


@resolver.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _crashed(error: Exception) -> Response[str]:
    correlation_id = _correlation_id()
    observability.error("request_failed", correlation_id=correlation_id)
    return _failed(ParleyError(), correlation_id)


@resolver.not_found
def _no_route(error: NotFoundError) -> Response[str]:
    return _failed(NotFound("route"), _correlation_id())


def _credentials() -> ConnectRequest:
    event: Mapping[str, Any] = resolver.current_event.raw_event
    headers = {name: [value] for name, value in (event.get("headers") or {}).items()}
    if event.get("cookies"):
        headers["cookie"] = list(event["cookies"])
    query = event.get("queryStringParameters") or {}
    return ConnectRequest.of(headers, {name: value.split(",") for name, value in query.items()})


def _correlation_id() -> str:
    return str(resolver.current_event.raw_event["requestContext"]["requestId"])


def _ok(data: Wire) -> Response[str]:
    return Response(200, content_type="application/json", body=frames.dump(data))


def _failed(error: ParleyError, correlation_id: str) -> Response[str]:
    body = edge.error_body_of(error, correlation_id)
    status = HTTP_STATUS[error.code]
    return Response(status, content_type="application/json", body=frames.encode_json(body))
