"""Answers as API Gateway takes them: the data of a reply, or the error of SPEC §3."""

import math
from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response

from parley import edge
from parley.errors import HTTP_STATUS, ErrorCode, ParleyError, retry_after_of
from parley.http.requests import JSON_TYPE
from parley.http.routes import Content, MethodNotAllowed
from parley.protocol import frames
from parley.protocol.fields import Wire

METHOD_NOT_ALLOWED = 405
# API Gateway adds the other CORS headers, to errors too, by the template's one list of origins.
COMMON_HEADERS = {"Vary": "Origin", "X-Content-Type-Options": "nosniff"}
PRIVATE = {"Cache-Control": "no-store"}


def ok(data: Wire | Content) -> Response[str]:
    """Return a positive answer."""
    if isinstance(data, Content):
        return _answer(200, data.content_type, data.text, dict(data.headers))
    return _answer(200, JSON_TYPE, frames.dump(data), PRIVATE)


def failed(error: ParleyError, correlation_id: str) -> Response[str]:
    """Return an error's answer."""
    status = HTTP_STATUS[error.code]
    headers = dict(PRIVATE)
    delay_s = retry_after_of(error)
    if delay_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(delay_s)))
    if error.code is ErrorCode.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        status = METHOD_NOT_ALLOWED
        headers["Allow"] = ", ".join(error.allowed)
    body = frames.encode_json(edge.error_body_of(error, correlation_id))
    return _answer(status, JSON_TYPE, body, headers)


def _answer(status: int, content_type: str, body: str, headers: Mapping[str, str]) -> Response[str]:
    return Response(
        status, content_type=content_type, body=body, headers={**COMMON_HEADERS, **headers}
    )
