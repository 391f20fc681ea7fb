"""Which route a frame or a request takes, by API Gateway's rules. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from gateway.model import DEFAULT_ROUTE, HttpRoute, Route

_BODY_EXPRESSION = re.compile(r"\$\{?request\.body\.([A-Za-z0-9_.\-]+)\}?")
_SEGMENT = re.compile(r"\{([A-Za-z0-9._\-]+)(\+?)\}")
_MISSING: Final = object()

FORBIDDEN = "Forbidden"
INTERNAL_ERROR = "Internal server error"
TIMED_OUT = "Endpoint request timed out"


def select_route(routes: Mapping[str, Route], expression: str, body: str) -> Route | None:
    """Choose the route of a frame.

    Args:
        routes: Routes by key.
        expression: The API's route selection expression, as `$request.body.action`.
        body: The frame's text.

    Returns:
        The route whose key is the expression's value; otherwise `$default`; otherwise None, for
        which API Gateway sends `Forbidden`.
    """
    key = _route_key(expression, body)
    # The three keys with a dollar sign cannot be asked for by a client.
    chosen = routes.get(key) if key is not None and not key.startswith("$") else None
    return chosen or routes.get(DEFAULT_ROUTE)


def _route_key(expression: str, body: str) -> str | None:
    found = _BODY_EXPRESSION.fullmatch(expression)
    if found is None:
        return None
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in found[1].split("."):
        value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
    return None if value is _MISSING or value is None else _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_as_text(item) for item in value) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def error_frame(message: str, connection_id: str, request_id: str) -> str:
    """The frame that API Gateway sends for a failed message, byte for byte as seen on AWS."""
    return (
        f'{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'
    )


@dataclass(frozen=True, slots=True)
class HttpMatch:
    """A route of an HTTP API, and what the path said for its parameters."""

    route: HttpRoute
    path_parameters: Mapping[str, str]


class HttpRouter:
    """Finds the most specific route: exact paths, then `{parameter}`, then `{greedy+}`."""

    def __init__(self, routes: Sequence[HttpRoute]) -> None:
        """Compile all routes once, in the order in which they are to be tried."""
        patterns = [_HttpPattern.of(route) for route in routes if route.key != DEFAULT_ROUTE]
        self._patterns = sorted(patterns, key=lambda pattern: pattern.rank)
        self._default = next((r for r in routes if r.key == DEFAULT_ROUTE), None)

    def match(self, method: str, path: str) -> HttpMatch | None:
        """Route for a method and a path that is still percent-encoded; None answers 404."""
        for pattern in self._patterns:
            if pattern.method not in (method, "ANY"):
                continue
            found = pattern.path.fullmatch(path)
            if found is not None:
                values = (unquote(value) for value in found.groups())
                return HttpMatch(pattern.route, dict(zip(pattern.names, values, strict=True)))
        return HttpMatch(self._default, {}) if self._default else None


@dataclass(frozen=True, slots=True)
class _HttpPattern:
    route: HttpRoute
    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]
    rank: tuple[tuple[int, ...], bool]

    @classmethod
    def of(cls, route: HttpRoute) -> _HttpPattern:
        method, _, path = route.key.partition(" ")
        segments = [_SEGMENT.fullmatch(segment) or segment for segment in path.split("/")]
        regex = "/".join(
            re.escape(segment) if isinstance(segment, str) else "(.+)" if segment[2] else "([^/]+)"
            for segment in segments
        )
        kinds = tuple(
            0 if isinstance(segment, str) else 2 if segment[2] else 1 for segment in segments
        )
        names = tuple(segment[1] for segment in segments if not isinstance(segment, str))
        return cls(route, method, re.compile(regex), names, (kinds, method == "ANY"))
