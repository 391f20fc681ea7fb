"""The REST API: a request becomes the call of one service, and what it says the answer.

Powertools' resolver chooses the route. As in `edge`, the broad handler of exceptions sees to it
that every request is answered in one shape.
"""

import logging
import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext
from typing_extensions import override

from parley import observability
from parley.bootstrap import app
from parley.domain.people import Connection
from parley.edge import MAX_REASON_CHARS, level_of, note_done, note_refused
from parley.errors import InvalidInput, NotFound, ParleyError
from parley.http import replies
from parley.http.requests import Request, relocated
from parley.http.routes import Call, Content, Route, chosen, pattern
from parley.http.table import ROUTES
from parley.protocol.fields import Wire
from parley.services.reach import NO_CONNECTION


class Resolver(APIGatewayHttpResolver):
    """Powertools' resolver, with the table's patterns.

    Its own take few characters; ids of users may hold nearly all (SPEC §1).
    """

    @staticmethod
    @override
    def _compile_regex(rule: str, base_regex: str = "") -> re.Pattern[str]:
        return pattern(rule)


resolver = Resolver()


def answer(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out one request and return the answer that API Gateway sends."""
    resolver.context["started"] = perf_counter()
    return dict(resolver.resolve(event, context))


def _offer(route: Route) -> None:
    def carry_out(**parameters: str) -> Response[str]:
        resolver.context["operation"] = _name(route)
        request = _request()
        # Powertools would go on to any later path of this method.
        chosen(ROUTES, request.method, request.path)
        data = _carried_out(route, parameters, request)
        _log_done(route, request)
        return replies.ok(data)

    register: Callable[[Callable[..., Response[str]]], object]
    register = resolver.route(route.path, method=route.method)
    register(carry_out)


for _route in ROUTES:
    _offer(_route)


def _carried_out(route: Route, parameters: Mapping[str, str], request: Request) -> Wire | Content:
    if route.is_open:
        return route.operation(request)
    connection = _connection(request)
    query = request.query(route.query)
    body = request.body(route.body) if route.body else None
    try:
        return route.operation(Call(connection, parameters, query, body))
    except InvalidInput as exc:
        raise relocated(exc, lambda name: _place(route, name)) from exc


def _request() -> Request:
    return Request(resolver.current_event.raw_event)


def _connection(request: Request) -> Connection:
    caller = app().identity.authenticate_rest(request.credentials())
    # Its events go to every connection of the caller: none of them has the answer.
    return Connection(NO_CONNECTION, caller, app().adapters.clock.now())


def _place(route: Route, name: str) -> str:
    """Tell where a request has what services know as a field of a command's data."""
    if name in route.parameters:
        return "path"
    in_query = {field.alias for field in route.query.model_fields.values()}
    return "query" if route.body is None or name in in_query else "body"


# --- What cannot be carried out -----------------------------------------------------------------


@resolver.exception_handler(ParleyError)  # type: ignore[untyped-decorator]
def _refused(error: ParleyError) -> Response[str]:
    request = _request()
    observability.log(
        level_of(error),
        "request_refused",
        operation=resolver.context.get("operation"),
        error=error.code.value,
        cause=type(error).__name__,
        reason=str(error)[:MAX_REASON_CHARS],
        correlation_id=request.correlation_id,
    )
    note_refused(error, resolver.context["started"])
    return replies.failed(error, request.correlation_id)


@resolver.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _crashed(error: Exception) -> Response[str]:
    request = _request()
    observability.error(
        "request_failed",
        operation=resolver.context.get("operation"),
        correlation_id=request.correlation_id,
    )
    note_refused(error, resolver.context["started"])
    return replies.failed(ParleyError(), request.correlation_id)


@resolver.not_found
def _no_route(error: NotFoundError) -> Response[str]:
    request = _request()
    # Says why: there is no such path, or only for other methods.
    chosen(ROUTES, request.method, request.path)
    raise NotFound("route") from error


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


def _log_done(route: Route, request: Request) -> None:
    observability.log(
        logging.DEBUG if route.is_open else logging.INFO,
        "request_done",
        operation=_name(route),
        correlation_id=request.correlation_id,
        duration_ms=note_done(_name(route), resolver.context["started"]),
    )
