"""The REST API as OpenAPI 3.1: the table of routes, and the models that read and answer them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from parley.errors import HTTP_STATUS, ErrorCode
from parley.http.requests import JSON_TYPE
from parley.http.routes import Route
from parley.http.table import OPEN, PEOPLE, ROOMS, ROUTES
from parley.protocol.fields import ExternalId, Input
from parley.services.identity import TENANT_COOKIES
from tools import shapes

Schema = dict[str, Any]

VERSION = "1"
_SCHEMAS = "#/components/schemas/"
_EVERYWHERE = (
    ErrorCode.VALIDATION_ERROR,
    ErrorCode.UNAUTHORIZED,
    ErrorCode.FORBIDDEN,
    ErrorCode.RATE_LIMITED,
    ErrorCode.INTERNAL_ERROR,
    ErrorCode.UNAVAILABLE,
)
# Of open routes: what a ticket, and what health may answer.
_OPEN_REFUSALS = {
    "/ticket": (
        ErrorCode.VALIDATION_ERROR,
        ErrorCode.UNAUTHORIZED,
        ErrorCode.FORBIDDEN,
        ErrorCode.INTERNAL_ERROR,
        ErrorCode.UNAVAILABLE,
    ),
    "/healthz": (ErrorCode.INTERNAL_ERROR, ErrorCode.UNAVAILABLE),
}
_MEANINGS = {
    ErrorCode.VALIDATION_ERROR: "Not what this page asks for; `details` say where.",
    ErrorCode.UNAUTHORIZED: "No token, or one that is not good any more.",
    ErrorCode.FORBIDDEN: "Known, but not allowed: the scope, the role, the rules of the room.",
    ErrorCode.NOT_FOUND: "Not there, or nothing that the caller may know of.",
    ErrorCode.CONFLICT: "Contradicts what is there, or a limit of it is reached.",
    ErrorCode.PAYLOAD_TOO_LARGE: "Over a limit.",
    ErrorCode.RATE_LIMITED: "Too often. Nothing was stored.",
    ErrorCode.INTERNAL_ERROR: "Our fault.",
    ErrorCode.UNAVAILABLE: "A part that is needed does not answer. Nothing was stored.",
}
_PATH_PARAMETERS: dict[str, Schema] = {
    "roomId": {
        "description": "A room's id.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    },
    "userId": {
        "description": (
            "A user's id. API Gateway decodes paths twice, and cuts them at a `?` that it finds "
            "in between: an id that holds `%` or `?` must be percent-encoded twice, and any other "
            "one may be. One that ends in `/revoke` cannot be named here."
        ),
        "schema": TypeAdapter(ExternalId).json_schema(),
    },
}
_SCOPE: Schema = {
    "name": "scope",
    "in": "query",
    "description": "`manage` sees every tenant; for role `super_admin` only.",
    "schema": {"type": "string", "enum": ["tenant", "manage"], "default": "tenant"},
}
_INTRODUCTION = """\
The same operations as on WebSockets, for pages that load and for servers. Success is the `data` of
the operation's reply, without an envelope; an error is `Error`, as in a negative reply. A change
made here reaches every connection as the same events."""


def document() -> Schema:
    """Return the description of every route."""
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parley", "version": VERSION, "description": _INTRODUCTION},
        "servers": [{"url": "."}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in ("rooms", "people", "access")],
        "paths": paths,
        "components": {
            "securitySchemes": _security_schemes(),
            "schemas": _schemas(),
            "responses": {code.value: _refusal(code) for code in ErrorCode},
        },
    }


def operation(route: Route) -> Schema:
    """Return the description of one route."""
    described: Schema = {
        "operationId": operation_id(route),
        "summary": _summary(route),
        "tags": [_tag(route)],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {"200": _success(route), **_refusals(route)},
    }
    if route.body is not None:
        content = {JSON_TYPE: {"schema": _ref(shapes.public_name(route.body))}}
        described["requestBody"] = {"required": True, "content": content}
    if route.is_open:
        cookies: list[Schema] = [{name: []} for name in TENANT_COOKIES]
        described["security"] = [{"token": []}, *cookies] if route.path == "/ticket" else []
    return described


def operation_id(route: Route) -> str:
    """Return what a client that is generated calls a route, such as ``createRoom``."""
    first, *others = route.operation.__name__.split("_")
    return first + "".join(other.capitalize() for other in others)


def _summary(route: Route) -> str:
    text = " ".join((route.operation.__doc__ or "").split())
    return text.replace("``", "`")


def _tag(route: Route) -> str:
    if route in ROOMS:
        return "rooms"
    return "people" if route in PEOPLE else "access"


# --- Parameters ---------------------------------------------------------------------------------


def _path_parameters(route: Route) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, **_PATH_PARAMETERS[name]}
        for name in route.parameters
    ]


def _query_parameters(route: Route) -> list[Schema]:
    if route in OPEN and route.path != "/ticket":
        return []
    return [*(_query_parameter(*each) for each in _properties(route.query).items()), _SCOPE]


def _properties(model: type[Input]) -> dict[str, Schema]:
    schema = shapes.accepted([model])[shapes.public_name(model)]
    properties: dict[str, Schema] = schema.get("properties", {})
    return properties


def _query_parameter(name: str, schema: Schema) -> Schema:
    # A query cannot say null: what is not given is not there.
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    kept = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    return {"name": name, "in": "query", "schema": {**rest, **(kept[0] if kept else {})}}


# --- Answers ------------------------------------------------------------------------------------


def _success(route: Route) -> Schema:
    if route.reply is not None:
        name = shapes.public_name(route.reply)
        answer: Schema = {
            "description": f"`{name}`.",
            "content": {JSON_TYPE: {"schema": _ref(name)}},
        }
        links = _links(route)
        return answer | ({"links": links} if links else {})
    return {"description": "As it is.", "content": _contents(route)}


def _contents(route: Route) -> Schema:
    suffixes = {".json": JSON_TYPE, ".js": "text/javascript", ".css": "text/css"}
    kind = next((t for suffix, t in suffixes.items() if route.path.endswith(suffix)), "text/html")
    schema: Schema = {"type": "object"} if kind == JSON_TYPE else {"type": "string"}
    return {kind: {"schema": schema}}


def _refusals(route: Route) -> Schema:
    codes: Iterable[ErrorCode]
    if route.is_open:
        codes = _OPEN_REFUSALS.get(route.path, (ErrorCode.INTERNAL_ERROR,))
    else:
        too_large = (ErrorCode.PAYLOAD_TOO_LARGE,) if route.body else ()
        codes = {*_EVERYWHERE, *route.refusals, *too_large}
    ordered = sorted(codes, key=lambda code: HTTP_STATUS[code])
    return {
        str(HTTP_STATUS[code]): {"$ref": f"#/components/responses/{code.value}"} for code in ordered
    }


def _refusal(code: ErrorCode) -> Schema:
    answer: Schema = {
        "description": _MEANINGS[code],
        "content": {JSON_TYPE: {"schema": {"allOf": [_ref("Error"), _says(code)]}}},
    }
    if code in shapes.retryable_codes() and code is not ErrorCode.INTERNAL_ERROR:
        answer["headers"] = {
            "Retry-After": {
                "description": "Seconds, rounded up.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return answer


def _says(code: ErrorCode) -> Schema:
    return {"properties": {"error": {"const": code.value}}}


# What leads on from an answer: a room's id to everything in that room.
_ROOM = "$response.body#/roomId"
_LINKS: Mapping[str, Mapping[str, Schema]] = {
    "createRoom": {
        name: {"operationId": name, "parameters": {"roomId": _ROOM}}
        for name in ("getRoom", "patchRoom", "sendMessage", "getMessages", "listMembers")
    },
    "sendMessage": {
        "markRead": {
            "operationId": "markRead",
            "parameters": {"roomId": "$request.path.roomId"},
            "requestBody": {"seq": "$response.body#/message/seq"},
        },
        "getMessages": {
            "operationId": "getMessages",
            "parameters": {"roomId": "$request.path.roomId"},
        },
    },
}


def _links(route: Route) -> Schema:
    return dict(_LINKS.get(operation_id(route), {}))


# --- Components ---------------------------------------------------------------------------------


def _security_schemes() -> Schema:
    cookies = {
        name: {"type": "apiKey", "in": "cookie", "name": name, "description": "For tickets only."}
        for name in TENANT_COOKIES
    }
    return {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}, **cookies}


def _schemas() -> dict[str, Schema]:
    bodies = shapes.accepted([route.body for route in ROUTES if route.body])
    replies = shapes.shown([route.reply for route in ROUTES if route.reply])
    errors = {name.replace("ErrorBody", "Error"): each for name, each in shapes.errors().items()}
    merged = {**bodies, **replies, **errors}
    if len(merged) != len(bodies) + len(replies) + len(errors):
        raise ValueError("two shapes have the same public name")
    text = json.dumps(merged).replace("#/$defs/", _SCHEMAS)
    schemas: dict[str, Schema] = json.loads(text)
    return schemas


def _ref(name: str) -> Schema:
    return {"$ref": _SCHEMAS + name}
