"""What schemathesis cannot learn of the REST API from its document; `bench.rest` has it loaded.

Requests that ought to be accepted are made so where the document has no words for a rule: what
goes with what, what only another answer can tell. Those that ought to be refused stay as they are.
"""

import os
import unicodedata
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import schemathesis
from hypothesis import strategies as st
from requests import PreparedRequest

KNOWN_ROOM = os.environ.get("PARLEY_ROOM", "")
# Only manage scope has tenants to name; a cursor is good where it came from.
UNTOLD_QUERY = ("tenantId", "cursor", "scope")

_CONTROLS = st.characters(exclude_categories=("Cc", "Cs"))
_VISIBLE = st.characters(categories=("L", "N", "P", "S"))


def _is_id(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not text.startswith("@")


schemathesis.openapi.format(
    "external-id", st.text(_CONTROLS, min_size=1, max_size=64).filter(_is_id)
)
schemathesis.openapi.format("display-name", st.text(_VISIBLE, min_size=1, max_size=64))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Mend a request before it is sent."""
    del context
    kwargs["auth"] = _encoded_twice
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    _mend_place(case.path_parameters or {}, case.query or {})
    if isinstance(case.body, dict):
        _mend_body(f"{case.method} {case.path}", case.body)


def _encoded_twice(request: PreparedRequest) -> PreparedRequest:
    """Encode the path once more, as clients do: API Gateway decodes it twice.

    Here and not in the case, which schemathesis would take for another one then.
    """
    parts = urlsplit(str(request.url))
    request.url = urlunsplit(parts._replace(path=parts.path.replace("%", "%25")))
    return request


def _mend_place(path: dict[str, Any], query: dict[str, Any]) -> None:
    for name in UNTOLD_QUERY:
        query.pop(name, None)
    if "after" in query:
        query.pop("before", None)
    if KNOWN_ROOM and "roomId" in path:
        path["roomId"] = KNOWN_ROOM


def _mend_body(operation: str, body: dict[str, Any]) -> None:
    # JSON Schema takes 7.0 for an integer; whoever has one writes 7.
    body.update({k: int(v) for k, v in body.items() if isinstance(v, float) and v.is_integer()})
    mend = MENDED.get(operation)
    if mend is not None:
        mend(body)


def _mend_room(body: dict[str, Any]) -> None:
    kind = body["type"]
    body.pop("tenantId", None)
    if kind != "channel":
        body.pop("spaceId", None)
    if kind == "channel":
        body["spaceId"] = body.get("spaceId") or "house-1"
    if kind in {"channel", "organization"}:
        body.pop("memberIds", None)
    if kind == "direct":
        body.pop("name", None)
        body["memberIds"] = (body.get("memberIds") or ["bob"])[:1]


def _mend_message(body: dict[str, Any]) -> None:
    body["body"] = body["body"].strip() or "hello"
    body.pop("type", None)
    for name in ("attachments", "mentions", "replyTo"):
        body.pop(name, None)


MENDED = {"POST /rooms": _mend_room, "POST /rooms/{roomId}/messages": _mend_message}
