"""What a route of the REST API is, and which paths it takes. Pure.

One table of them (`http.table`) is the source of routing, of the answers to wrong methods, and of
the OpenAPI document.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from parley.domain.ids import UserId, is_external_id
from parley.domain.people import Connection
from parley.errors import ErrorCode, InvalidInput, NotFound
from parley.protocol.fields import Input, Wire
from parley.protocol.queries import NoQuery

Q = TypeVar("Q", bound=Input)
B = TypeVar("B", bound=Input | None)

_PARAMETER = re.compile(r"\{(\w+)\}")
# API Gateway decodes the path before anybody sees it, so that an id's %2F is a slash here. Only
# user ids may hold one; they stand last, or before a fixed word, so that nothing is ambiguous.
_PATTERNS = {"userId": "(?P<userId>.+)"}


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request whose shape is right, by somebody who is who they say.

    Attributes:
        connection: Of the caller; it has no id, since no connection is open.
        path: What the path says for the route's parameters, decoded.
    """

    connection: Connection
    path: Mapping[str, str]
    query: Q
    body: B

    @property
    def room_id(self) -> str:
        """Return the room that the path names; perhaps none of ours."""
        return self.path["roomId"]

    @property
    def user_id(self) -> UserId:
        """Return the user that the path names."""
        user_id = self.path["userId"]
        if not is_external_id(user_id):
            raise InvalidInput.at("path.userId", "is no user id")
        return UserId(user_id)


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is no JSON of ours, such as a page."""

    content_type: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    Attributes:
        operation: Carries it out: takes the `Call`, or the `Request` of an open route.
        reply: The shape of its answer; None for `Content`.
        query: Its parameters, beside ``scope``.
        body: None if it takes none.
        refusals: Codes that it may answer beside those of every route.
        is_open: Whether it identifies the caller itself, or answers everybody.
    """

    method: str
    path: str
    operation: Callable[[Any], Wire | Content]
    reply: type[Wire] | None
    query: type[Input] = NoQuery
    body: type[Input] | None = None
    refusals: tuple[ErrorCode, ...] = ()
    is_open: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names in braces."""
        return tuple(_PARAMETER.findall(self.path))


class MethodNotAllowed(InvalidInput):
    """Raised when a path is there, but not with this method; names those that are."""

    def __init__(self, allowed: Sequence[str]) -> None:
        """Keep the methods that the path has."""
        known = InvalidInput.at("method", f"must be {' or '.join(allowed)}")
        super().__init__(*known.details)
        self.allowed = tuple(allowed)


def chosen(routes: Sequence[Route], method: str, path: str) -> Route:
    """Return the route of a request.

    The first path of the table that fits decides, whatever the method: of ``/users/a/revoke`` the
    user is ``a``.

    Raises:
        NotFound: No path fits.
        MethodNotAllowed: The path is there for other methods.
    """
    fitting = next((r.path for r in routes if pattern(r.path).fullmatch(path)), None)
    if fitting is None:
        raise NotFound("route")
    there = {route.method: route for route in routes if route.path == fitting}
    if method not in there:
        raise MethodNotAllowed(list(there))
    return there[method]


@cache
def pattern(path: str) -> re.Pattern[str]:
    """Return what matches a route's path, with a group for each of its parameters."""
    parts = _PARAMETER.split(path)
    # Every other part is a parameter's name.
    pieces = [
        _PATTERNS.get(part, f"(?P<{part}>[^/]+)") if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(pieces) + r"\Z", re.DOTALL)
