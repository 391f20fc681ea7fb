"""What a function behind a WebSocket route answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class MalformedResponseError(Exception):
    """Raised when an answer is none of Lambda proxy integration's; counts as a failure."""


@dataclass(frozen=True, slots=True)
class ProxyResponse:
    """An answer of a Lambda proxy integration."""

    status: int
    body: str | None
    subprotocol: str | None

    @property
    def is_success(self) -> bool:
        """Whether `$connect` let the client in."""
        return 200 <= self.status < 300


def proxy_response(result: Any) -> ProxyResponse:
    """Read a function's answer.

    Raises:
        MalformedResponseError: Without a status code, or with a body that is not text.
    """
    status = result.get("statusCode") if isinstance(result, dict) else None
    if not isinstance(status, int | str) or not str(status).isdigit():
        raise MalformedResponseError("the function's result has no statusCode")
    body = result.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedResponseError("the function's body is no text")
    headers = result.get("headers") or {}
    lowered = {str(name).lower(): str(value) for name, value in headers.items()}
    return ProxyResponse(int(status), body, lowered.get("sec-websocket-protocol"))
