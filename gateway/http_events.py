"""Events and answers of an HTTP API, payload format 2.0. Pure."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from gateway.events import Event
from gateway.ids import request_time
from gateway.model import Cors, HttpApi
from gateway.routing import HttpMatch

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to an HTTP API; `path` is still percent-encoded and below the mount point."""

    method: str
    path: str
    raw_query: str
    query: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    domain: str

    def header(self, name: str) -> str:
        """All values of a header, joined as HTTP joins them; empty when it was not sent."""
        return ",".join(value for key, value in self.headers if key.lower() == name)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What goes back to the client."""

    status: int
    headers: Mapping[str, str]
    cookies: Sequence[str]
    body: bytes


def http_event(
    api: HttpApi, request: HttpRequest, match: HttpMatch, request_id: str, now_ms: int
) -> Event:
    """Event in format 2.0; what a request does not have is left out, as API Gateway does."""
    cookies = [value.strip() for value in request.header("cookie").split(";") if value.strip()]
    event: Event = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": decoded_path(request.path),
        "rawQueryString": request.raw_query,
        "headers": _joined(
            [(name.lower(), value) for name, value in request.headers if name.lower() != "cookie"]
        ),
        "requestContext": _context(api, request, match, request_id, now_ms),
        "isBase64Encoded": False,
    }
    optional: Event = {
        "cookies": cookies,
        "queryStringParameters": _joined(request.query),
        "pathParameters": dict(match.path_parameters),
    }
    event.update({key: value for key, value in optional.items() if value})
    if request.body:
        event.update(_body(request))
    return event


def decoded_path(path: str) -> str:
    """Path as events have it, of one that is percent-encoded.

    API Gateway decodes twice and cuts at a `?` that comes out of the first time: seen on AWS.

    Raises:
        ValueError: When there is a `%` that escapes nothing, before or in between.
    """
    once = _unquoted(path).partition("?")[0]
    return _unquoted(once)


def _unquoted(path: str) -> str:
    if _BAD_ESCAPE.search(path):
        raise ValueError("a % that escapes nothing")
    return unquote(path)


def _context(
    api: HttpApi, request: HttpRequest, match: HttpMatch, request_id: str, now_ms: int
) -> Event:
    return {
        "accountId": "000000000000",
        "apiId": api.api_id,
        "domainName": request.domain,
        "domainPrefix": api.api_id,
        "http": {
            "method": request.method,
            "path": decoded_path(request.path),
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": request_id,
        "routeKey": match.route.key,
        "stage": api.stage,
        "time": request_time(now_ms),
        "timeEpoch": now_ms,
    }


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(request: HttpRequest) -> Event:
    if request.header("content-type").lower().startswith(_TEXT_TYPES):
        return {"body": request.body.decode("utf-8", "replace"), "isBase64Encoded": False}
    return {"body": b64encode(request.body).decode(), "isBase64Encoded": True}


def http_response(result: Any) -> HttpResponse:
    """What a function's answer means; one without a status code is JSON with status 200.

    Raises:
        ValueError: When the answer breaks the format; API Gateway answers 500 then.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return HttpResponse(200, {"content-type": "application/json"}, (), text.encode())
    body = result.get("body")
    body = "" if body is None else body
    if not isinstance(body, str):
        raise ValueError("the function's body is no text")
    headers = {
        str(name).lower(): str(value) for name, value in (result.get("headers") or {}).items()
    }
    headers.setdefault("content-type", "text/plain;charset=UTF-8")
    payload = b64decode(body) if result.get("isBase64Encoded") else body.encode()
    cookies = [str(cookie) for cookie in result.get("cookies") or ()]
    return HttpResponse(int(result["statusCode"]), headers, cookies, payload)


def error_response(status: int, message: str) -> HttpResponse:
    """An answer of API Gateway's own, as `{"message":"Not Found"}`."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpResponse(status, {"content-type": "application/json"}, (), body)


def is_preflight(request: HttpRequest) -> bool:
    """Whether a request is a CORS preflight, which no function sees if the API has CORS rules."""
    asks = request.header("origin") and request.header("access-control-request-method")
    return request.method == "OPTIONS" and bool(asks)


def cors_headers(cors: Cors, request: HttpRequest) -> dict[str, str]:
    """CORS headers of an answer: those of an API's rules replace what the function said."""
    origin = request.header("origin")
    allowed = "*" in cors.allow_origins or any(
        _origin_fits(pattern, origin) for pattern in cors.allow_origins
    )
    if not origin or not allowed:
        return {}
    any_origin = "*" in cors.allow_origins and not cors.allow_credentials
    headers = {"access-control-allow-origin": "*" if any_origin else origin}
    if cors.allow_credentials:
        headers["access-control-allow-credentials"] = "true"
    if cors.expose_headers and not is_preflight(request):
        headers["access-control-expose-headers"] = ",".join(cors.expose_headers)
    return headers


def preflight_response(cors: Cors, request: HttpRequest) -> HttpResponse:
    """The answer to a preflight: always 204; without CORS headers if the origin is not allowed."""
    headers = cors_headers(cors, request)
    if headers:
        headers["access-control-allow-methods"] = ",".join(cors.allow_methods)
        headers["access-control-allow-headers"] = ",".join(cors.allow_headers)
        if cors.max_age_s is not None:
            headers["access-control-max-age"] = str(cors.max_age_s)
    return HttpResponse(204, headers, (), b"")


def _origin_fits(pattern: str, origin: str) -> bool:
    if pattern.endswith("://*"):
        return origin.startswith(pattern[:-1])
    return origin == pattern
