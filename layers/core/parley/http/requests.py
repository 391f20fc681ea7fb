"""HTTP requests as API Gateway's events of format 2.0 hold them, read as strictly as frames."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from parley.errors import Detail, InvalidInput
from parley.protocol import frames, strict
from parley.protocol.fields import Input
from parley.protocol.queries import INTEGERS, LISTS
from parley.services.identity import ConnectRequest

# A text of 100 KB, each character of which may be escaped as six.
MAX_BODY_BYTES = 640 * 1024
JSON_TYPE = "application/json"
# Where a request has what is wrong with it: how the paths of details begin.
PLACES = frozenset({"path", "query", "body", "content-type"})
# Every route takes it; it says who asks, not what for.
SCOPE = "scope"

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    event: Mapping[str, Any]

    @property
    def method(self) -> str:
        """Return the method, in upper case."""
        return str(self.event["requestContext"]["http"]["method"])

    @property
    def path(self) -> str:
        """Return the path, which API Gateway has decoded, whatever it calls it."""
        return str(self.event["rawPath"])

    @property
    def correlation_id(self) -> str:
        """Return what names this request in the logs."""
        return str(self.event["requestContext"]["requestId"])

    def credentials(self) -> ConnectRequest:
        """Return the parts that may hold a credential."""
        headers = {name: [value] for name, value in self._headers().items()}
        if self.event.get("cookies"):
            headers["cookie"] = list(self.event["cookies"])
        return ConnectRequest.of(headers, self._parameters())

    def query(self, model: type[Input]) -> Input:
        """Return the query parameters; `InvalidInput` names those that are wrong or unknown."""
        given = {name: values for name, values in self._parameters().items() if name != SCOPE}
        return _read(model, {name: _typed(name, given[name]) for name in given}, "query")

    def body(self, model: type[Input]) -> Input:
        """Return the body.

        Raises:
            InvalidInput: It is no JSON of this shape, or is not declared as JSON.
            PayloadTooLarge: It is over 640 KB.
        """
        content_type = self._headers().get("content-type", "").partition(";")[0].strip()
        if content_type.lower() != JSON_TYPE:
            raise InvalidInput.at("content-type", f"must be {JSON_TYPE}")
        try:
            value = strict.loads(self._text(), max_bytes=MAX_BODY_BYTES)
        except InvalidInput as exc:
            raise InvalidInput(*(Detail("body", each.reason) for each in exc.details)) from exc
        if not isinstance(value, dict):
            raise InvalidInput.at("body", "must be an object")
        return _read(model, value, "body")

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    def _parameters(self) -> dict[str, list[str]]:
        # Not `queryStringParameters`, where a comma and a repetition look the same.
        try:
            pairs = parse_qsl(
                self.event.get("rawQueryString") or "", keep_blank_values=True, errors="strict"
            )
        except ValueError as exc:
            raise InvalidInput.at("query", "is not UTF-8") from exc
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return values

    def _text(self) -> str:
        text = str(self.event.get("body") or "")
        if not self.event.get("isBase64Encoded"):
            return text
        try:
            return base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError) as exc:
            raise InvalidInput.at("body", "is not UTF-8") from exc


def _typed(name: str, values: list[str]) -> object:
    if name in LISTS:
        return values
    if len(values) > 1:
        path = f"query.{name[: frames.MAX_PATH_PART]}"
        raise InvalidInput(Detail(path, "is given twice", is_ours=False))
    if name in INTEGERS and _INTEGER.fullmatch(values[0]):
        return int(values[0])
    return values[0]


def _read(model: type[Input], value: object, place: str) -> Input:
    try:
        return frames.read_data(model, value)
    except InvalidInput as exc:
        raise relocated(exc, lambda name: place) from exc


def relocated(error: InvalidInput, place_of: Callable[[str], str]) -> InvalidInput:
    """Return the error with the places of a request instead of those of a frame.

    Args:
        error: As frames and services word it: ``data.name``, ``data``, or ``name``.
        place_of: Tells where a request has a field: in its path, query or body.
    """
    return InvalidInput(*(_relocated(detail, place_of) for detail in error.details))


def _relocated(detail: Detail, place_of: Callable[[str], str]) -> Detail:
    root, _, rest = detail.path.partition(".")
    if root in PLACES:
        return detail
    path = rest if root == "data" else detail.path
    place = place_of(path.partition(".")[0])
    return replace(detail, path=f"{place}.{path}" if path else place)
