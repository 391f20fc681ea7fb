"""The protocol as an AsyncAPI 3.0 document, written from the server's side.

What a client asks is an operation that the server receives and replies to; events are operations
that it sends.
"""

from collections.abc import Iterable
from typing import Any

from parley.protocol import strict
from parley.protocol.commands import OPERATIONS
from parley.protocol.fields import Wire
from parley.protocol.views import EVENTS, REPLIES
from tools.examples import Page
from tools.shapes import (
    Schema,
    command_frame_name,
    definitions,
    event_frame_name,
    is_one_way,
    reply_frame_name,
)

VERSION = "1.0.0"
CHANNEL = "parley"
ERROR_FRAME = "ErrorReplyFrame"
# Sets of frames are for validators; here the operations say what belongs together.
_SETS = frozenset({"CommandFrame", "ReplyFrame", "EventFrame"})


def document(page: Page) -> dict[str, Any]:
    """Return the document, with the examples of docs/protocol.md."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {CHANNEL: _channel(page)},
        "operations": {
            **{_camel(name.split(".")): _received(name) for name in OPERATIONS},
            **{_camel(["on", *name.split(":")]): _sent(name) for name in EVENTS},
        },
        "components": {"schemas": _schemas(), "securitySchemes": _security_schemes()},
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Parley",
        "version": VERSION,
        "description": (
            "Chat and presence over one WebSocket. Frames from clients are read strictly: no "
            "unknown fields, no repeated keys. Clients ignore fields and empty frames that they do "
            "not know. Every frame gets one reply, but for `typing`. See docs/protocol.md."
        ),
    }


def _servers() -> dict[str, Any]:
    names = ("ticket", "subprotocol", "bearer", "token", "cookie")
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in names]
    return {
        "deployed": {
            "host": "{host}",
            "pathname": "/{stage}",
            "protocol": "wss",
            "description": "A stage of API Gateway, as `sam deploy` prints it.",
            "variables": {
                "host": {"description": "The WebSocket API's host."},
                "stage": {"default": "v1", "description": "The stage."},
            },
            "security": security,
        },
        "local": {
            "host": "127.0.0.1:8080",
            "pathname": "/v1",
            "protocol": "ws",
            "description": "What `make run` starts.",
            "security": security,
        },
    }


def _security_schemes() -> dict[str, Any]:
    def key(name: str, place: str, description: str) -> dict[str, str]:
        return {"type": "httpApiKey", "name": name, "in": place, "description": description}

    return {
        "ticket": key("ticket", "query", "From `POST /ticket`; single use, 60 s."),
        "subprotocol": key("Sec-WebSocket-Protocol", "header", "`parley.v1, bearer.<token>`"),
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "token": key("token", "query", "The token itself, where nothing else is possible."),
        "cookie": key("dashboard_access_token", "cookie", "From allowed origins; configurable."),
    }


# --- Messages -----------------------------------------------------------------------------------


def _channel(page: Page) -> dict[str, Any]:
    return {
        "address": "/",
        "title": "One connection",
        "description": f"Client frames of at most {strict.MAX_FRAME_BYTES} bytes of JSON text.",
        "messages": {
            **{command_frame_name(name): _command(name, page) for name in OPERATIONS},
            **_replies(page),
            ERROR_FRAME: _message(ERROR_FRAME, "Error", page.errors(), is_reply=True),
            **{event_frame_name(name): _event(name, page) for name in EVENTS},
        },
        "bindings": {"ws": {"method": "GET", "query": _query(), "bindingVersion": "0.1.0"}},
    }


def _query() -> Schema:
    return {
        "type": "object",
        "properties": {
            "ticket": {"type": "string"},
            "token": {"type": "string"},
            "scope": {"type": "string", "enum": ["tenant", "manage"]},
        },
    }


def _command(operation: str, page: Page) -> dict[str, Any]:
    examples = page.payloads(operation, "command")
    return _message(command_frame_name(operation), operation, examples, is_reply=False)


def _replies(page: Page) -> dict[str, Any]:
    """Return one message for each kind of reply: several operations may share one."""
    messages = {}
    for model in dict.fromkeys(REPLIES.values()):
        operations = [name for name, reply in REPLIES.items() if reply is model]
        examples = [payload for name in operations for payload in page.payloads(name, "ok")]
        title = f"Reply to {', '.join(operations)}"
        name = reply_frame_name(model)
        messages[name] = _message(name, title, examples, is_reply=True)
    return messages


def _event(event: str, page: Page) -> dict[str, Any]:
    return _message(event_frame_name(event), event, page.payloads(event, "event"), is_reply=None)


def _message(
    name: str, title: str, payloads: Iterable[dict[str, Any]], *, is_reply: bool | None
) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": name,
        "title": title,
        "payload": _schema_ref(name),
        "examples": [{"payload": payload} for payload in payloads],
    }
    if is_reply is not None:
        message["correlationId"] = {"location": "$message.payload#/id"}
    return message


# --- Operations ---------------------------------------------------------------------------------


def _received(operation: str) -> dict[str, Any]:
    received = {
        "action": "receive",
        "channel": _channel_ref(),
        "title": operation,
        "messages": [_message_ref(command_frame_name(operation))],
    }
    return received if is_one_way(operation) else received | {"reply": _reply(REPLIES[operation])}


def _reply(model: type[Wire]) -> dict[str, Any]:
    names = (reply_frame_name(model), ERROR_FRAME)
    return {"channel": _channel_ref(), "messages": [_message_ref(name) for name in names]}


def _sent(event: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": _channel_ref(),
        "title": event,
        "messages": [_message_ref(event_frame_name(event))],
    }


# --- References ---------------------------------------------------------------------------------


def _schemas() -> dict[str, Any]:
    return {name: _moved(schema) for name, schema in definitions().items() if name not in _SETS}


def _moved(node: Any) -> Any:
    """Point references to where AsyncAPI keeps schemas."""
    if isinstance(node, list):
        return [_moved(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _schema_ref(node["$ref"].rpartition("/")[2])
    return {key: _moved(value) for key, value in node.items()}


def _schema_ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _channel_ref() -> Schema:
    return {"$ref": f"#/channels/{CHANNEL}"}


def _message_ref(name: str) -> Schema:
    return {"$ref": f"#/channels/{CHANNEL}/messages/{name}"}


def _camel(words: list[str]) -> str:
    first, *rest = words
    return first + "".join(word[0].upper() + word[1:] for word in rest)
