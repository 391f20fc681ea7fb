"""`POST /dev/token`: tokens for whoever asks, on this machine only and never deployed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import jwt
from aiohttp import web

DEFAULT_EXPIRES_IN_S = 3600
DEFAULT_ROLE = "member"
_MAX_TEXT = 4096
_MAX_EXPIRES_IN_S = 10 * 366 * 24 * 3600
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")


class BadTokenRequestError(Exception):
    """Raised for a body that asks for no token; its text says what is wrong."""


def token_route(secret: str, clock: Callable[[], float] = time.time) -> web.RouteDef:
    """The route.

    Args:
        secret: What to sign with.
        clock: Seconds since the epoch.
    """

    async def issue(request: web.Request) -> web.Response:
        # A page elsewhere whose name was made to lead here (DNS rebinding) could read the answer.
        if (request.host.rpartition(":")[0] or request.host) not in _LOCAL_HOSTS:
            return _refusal(403, "FORBIDDEN", "ask by the name 127.0.0.1 or localhost")
        try:
            claims = claims_of(await request.read(), int(clock()))
        except BadTokenRequestError as error:
            return _refusal(400, "VALIDATION_ERROR", str(error))
        token = jwt.encode(claims, secret, algorithm="HS256")
        return web.json_response({"token": token}, headers={"Cache-Control": "no-store"})

    return web.post("/dev/token", issue)


def claims_of(body: bytes, now_s: int) -> dict[str, object]:
    """The claims that a request asks for.

    What makes a user id or a tenant acceptable is the authorizer's to say, so that tests can have
    tokens that it must refuse: expired, without a tenant, with reserved names.

    Args:
        body: The request's body, a JSON object.
        now_s: Seconds since the epoch.

    Raises:
        BadTokenRequestError: When it is anything else, or has unknown or wrong fields.
    """
    asked = _object(body)
    for name, value in asked.items():
        if name not in _FIELDS:
            raise BadTokenRequestError(f"unknown field {name!r}")
        is_good, wanted = _FIELDS[name]
        if not is_good(value):
            raise BadTokenRequestError(f"{name} must be {wanted}")
    if "sub" not in asked:
        raise BadTokenRequestError("sub is missing")
    expires_in_s = asked.pop("expiresIn", DEFAULT_EXPIRES_IN_S)
    assert isinstance(expires_in_s, int)  # noqa: S101 - checked above, for mypy
    return {"role": DEFAULT_ROLE, **asked, "iat": now_s, "exp": now_s + expires_in_s}


def _object(body: bytes) -> dict[str, object]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadTokenRequestError("the body is not JSON") from error
    if not isinstance(asked, dict):
        raise BadTokenRequestError("the body is not a JSON object")
    return asked


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_TEXT and value.isprintable()


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_duration(value: object) -> bool:
    # bool is an int to Python, and not to those who write JSON.
    return type(value) is int and abs(value) <= _MAX_EXPIRES_IN_S


_TEXT = (_is_text, f"a printable string of 1 to {_MAX_TEXT} characters")
_FIELDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "sub": _TEXT,
    "tenantId": _TEXT,
    "role": _TEXT,
    "name": _TEXT,
    "picture": _TEXT,
    "email": _TEXT,
    "spaces": (_is_list_of_texts, "a list of strings"),
    "expiresIn": (_is_duration, "a whole number of seconds, ten years at most"),
}


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"ok": False, "error": code, "message": message}, status=status)
