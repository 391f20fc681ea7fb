"""Between API Gateway's events and typed calls: the only place that reads events or answers them.

Every frame gets exactly one reply, but one-way ones, which get none. The broad ``except`` is here
(and its like for REST in `http.api`): whatever happens, no traceback reaches a client and the
connection stays open.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import Any

from parley import observability
from parley.domain.ids import ConnectionId
from parley.domain.people import Caller, Connection
from parley.domain.tokens import caller_of, context_of
from parley.errors import (
    HTTP_STATUS,
    Detail,
    ErrorCode,
    Forbidden,
    InvalidInput,
    ParleyError,
    TokenExpired,
    Unauthorized,
    Unverifiable,
    retry_after_of,
)
from parley.protocol import frames
from parley.protocol.commands import ONE_WAY_ACTION
from parley.protocol.fields import Wire
from parley.services.identity import ConnectRequest, subprotocol_answer

Operation = Callable[[Connection, Any], Wire | None]
DEFAULT_ROUTE = "$default"
# Clocks differ; a token is verified with the same leeway.
EXPIRY_LEEWAY_S = 10
MAX_REASON_CHARS = 300
# What no client can help.
FAILURES = frozenset({ErrorCode.INTERNAL_ERROR, ErrorCode.UNAVAILABLE})
SENDING = frozenset({"message.send", "POST /rooms/{roomId}/messages"})


@dataclass(frozen=True, slots=True)
class FrameRoutes:
    """What a function does with frames.

    Attributes:
        operations: By ``action.op``.
        expired: Ends a connection whose token ran out, with a last reply.
        now: The time.
    """

    operations: Mapping[str, Operation]
    expired: Callable[[Connection, str | None], None]
    now: Callable[[], datetime]


def connection_of(event: Mapping[str, Any]) -> Connection:
    """Return the connection of a WebSocket event, with the identity that the authorizer found.

    Raises:
        Unauthorized: The event carries no identity, so the route is open by mistake.
    """
    context = event["requestContext"]
    return Connection(
        connection_id=ConnectionId(context["connectionId"]),
        caller=caller_of(context.get("authorizer") or {}),
        connected_at=datetime.fromtimestamp(context["connectedAt"] / 1000, UTC),
    )


def connect_request_of(event: Mapping[str, Any]) -> ConnectRequest:
    """Return what a handshake may hold of credentials."""
    return ConnectRequest.of(
        event.get("multiValueHeaders"), event.get("multiValueQueryStringParameters")
    )


def answer_authorizer(
    event: Mapping[str, Any], authenticate: Callable[[ConnectRequest], Caller]
) -> dict[str, Any]:
    """Return an authorizer's policy: Allow with the identity as context, or Deny (403).

    Raises:
        Exception: With exactly the text ``Unauthorized``, which API Gateway answers with 401.
    """
    correlation_id = str(event["requestContext"]["requestId"])
    try:
        caller = authenticate(connect_request_of(event))
    except Forbidden as exc:
        _log_connect_refused(exc, correlation_id)
        return _policy(event, "forbidden", "Deny", {})
    except Unauthorized as exc:
        _log_connect_refused(exc, correlation_id)
        raise Exception("Unauthorized") from exc
    except Exception as exc:
        _count_connect(failed=True)
        observability.error(
            "connect_failed",
            error=code_of(exc).value,
            reason=_reason(exc),
            correlation_id=correlation_id,
        )
        raise
    return _policy(event, caller.user_id, "Allow", context_of(caller))


def _policy(
    event: Mapping[str, Any], principal: str, effect: str, context: Mapping[str, str]
) -> dict[str, Any]:
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": event["methodArn"],
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": dict(context),
    }


def _log_connect_refused(error: ParleyError, correlation_id: str) -> None:
    failed = error.code in FAILURES or isinstance(error, Unverifiable)
    if failed:
        _count_connect(failed=True)
    else:
        observability.count("connects_refused")
    observability.count("rate_limited", error.code is ErrorCode.RATE_LIMITED)
    complain_of_token(error)
    observability.log(
        level_of(error),
        "connect_refused",
        error=error.code.value,
        reason=str(error),
        correlation_id=correlation_id,
    )


def _count_connect(*, failed: bool) -> None:
    # Both in one line: an alarm divides one by the other.
    observability.count("connects")
    observability.count("connects_failed", failed)


def answer_connect(
    event: Mapping[str, Any], connected: Callable[[Connection], None]
) -> dict[str, Any]:
    """Let a connection open; a browser that offered a subprotocol must be given one back.

    API Gateway refuses the handshake with any other status that it is given (AWS.md §A3).
    """
    try:
        connected(connection_of(event))
    except ParleyError as exc:
        _log_connect_refused(exc, str(event["requestContext"]["requestId"]))
        return {"statusCode": HTTP_STATUS[exc.code]}
    except Exception:
        _count_connect(failed=True)
        raise
    _count_connect(failed=False)
    protocol = subprotocol_answer(connect_request_of(event))
    if protocol is None:
        return {"statusCode": 200}
    return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": protocol}}


def answer_frame(event: Mapping[str, Any], routes: FrameRoutes) -> dict[str, Any]:
    """Carry out one frame and return the Lambda response that API Gateway sends back as reply.

    The status is always 200: API Gateway ignores any other on message routes.
    """
    correlation_id = str(event["requestContext"]["requestId"])
    frame_id: str | None = None
    operation: str | None = None
    started = perf_counter()
    one_way = event["requestContext"]["routeKey"] == ONE_WAY_ACTION
    try:
        envelope = frames.read_envelope(event.get("body") or "")
        frame_id = envelope.id
        connection = connection_of(event)
        _check_expiry(connection, routes)
        command = _command(event, envelope)
        operation = command.operation
        data = _operation(routes, operation)(connection, command.data)
        reply = None if data is None else frames.ok_frame(frame_id, data)
        _log_done(operation, connection, started)
    except ParleyError as exc:
        _log_refused(exc, operation, correlation_id, event)
        note_refused(exc, started)
        reply = frames.error_frame(frame_id, error_body_of(exc, correlation_id))
        if isinstance(exc, TokenExpired):
            # Pushed with the goodbye: as the function's response it would come too late.
            routes.expired(connection_of(event), None if one_way else reply)
            return {"statusCode": 200}
    except Exception as exc:
        observability.error("frame_failed", operation=operation, correlation_id=correlation_id)
        note_refused(exc, started)
        reply = frames.error_frame(frame_id, error_body_of(ParleyError(), correlation_id))
    if reply is None or one_way:
        return {"statusCode": 200}
    return {"statusCode": 200, "body": reply}


def error_body_of(error: ParleyError, correlation_id: str) -> dict[str, Any]:
    """Return what a client is told of an error (SPEC §3)."""
    details: tuple[Detail, ...] = error.details if isinstance(error, InvalidInput) else ()
    return frames.error_body(
        error.code, error.people, correlation_id, details, retry_after_of(error)
    )


def code_of(error: Exception) -> ErrorCode:
    """Return what a client is told of an exception; a bug of ours is an internal error."""
    return error.code if isinstance(error, ParleyError) else ErrorCode.INTERNAL_ERROR


def level_of(error: Exception) -> int:
    """Return how loud a refusal is: at INFO, unless somebody sends too much or must look."""
    code = code_of(error)
    if code is ErrorCode.INTERNAL_ERROR:
        return logging.ERROR
    return logging.WARNING if code is ErrorCode.RATE_LIMITED else logging.INFO


def note_refused(error: Exception, started: float) -> None:
    """Measure what was refused, or failed, since an instant of `perf_counter`."""
    code = code_of(error)
    complain_of_token(error)
    observability.observe("command_ms", observability.milliseconds_since(started))
    observability.count("commands_failed", code in FAILURES)
    observability.count("rate_limited", code is ErrorCode.RATE_LIMITED)


def complain_of_token(error: Exception) -> None:
    """Say once for each process what keeps everybody's tokens from being taken."""
    if isinstance(error, Unverifiable):
        _complain(error.event, str(error))


@cache
def _complain(event: str, reason: str) -> None:
    observability.log(logging.ERROR, event, reason=reason)


def note_done(operation: str, started: float) -> float:
    """Measure what was carried out since an instant of `perf_counter`; return the milliseconds."""
    took_ms = observability.milliseconds_since(started)
    observability.observe("command_ms", took_ms)
    if operation in SENDING:
        observability.observe("send_ms", took_ms)
    return took_ms


def _reason(error: Exception) -> str:
    # Of ours it names fields and parts; of others it may hold what somebody sent.
    return str(error) if isinstance(error, ParleyError) else type(error).__name__


def _check_expiry(connection: Connection, routes: FrameRoutes) -> None:
    if routes.now().timestamp() > connection.caller.expires_at + EXPIRY_LEEWAY_S:
        raise TokenExpired("token expired")


def _command(event: Mapping[str, Any], envelope: frames.Envelope) -> frames.Command:
    # API Gateway chose the route with a parser of its own: both must have read the same action.
    route = event["requestContext"]["routeKey"]
    if route == DEFAULT_ROUTE or envelope.action != route:
        raise InvalidInput.at("action", "unknown action")
    return frames.read_command(envelope)


def _operation(routes: FrameRoutes, operation: str) -> Operation:
    found = routes.operations.get(operation)
    if found is None:
        raise InvalidInput.at("op", "unknown operation")
    return found


def _log_done(operation: str, connection: Connection, started: float) -> None:
    level = logging.INFO if operation.startswith(("message.", "room.", "sync.")) else logging.DEBUG
    observability.log(
        level,
        "command_done",
        operation=operation,
        tenant_id=connection.caller.tenant_id,
        connection_id=connection.connection_id,
        duration_ms=note_done(operation, started),
    )


def _log_refused(
    error: ParleyError, operation: str | None, correlation_id: str, event: Mapping[str, Any]
) -> None:
    observability.log(
        level_of(error),
        "command_refused",
        operation=operation,
        error=error.code.value,
        cause=type(error).__name__,
        # Reasons are ours: they name fields and parts, never what somebody sent.
        reason=str(error)[:MAX_REASON_CHARS],
        correlation_id=correlation_id,
        connection_id=event["requestContext"]["connectionId"],
    )
