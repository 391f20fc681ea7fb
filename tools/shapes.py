"""Every shape of the protocol as JSON Schema: what models say, under the names that clients use."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from pydantic.json_schema import models_json_schema

from parley.errors import HTTP_STATUS, ErrorCode, ParleyError
from parley.protocol import frames
from parley.protocol.commands import ONE_WAY_ACTION, OPERATIONS
from parley.protocol.fields import Wire
from parley.protocol.views import EVENTS, REPLIES

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
T = TypeVar("T")

_LOCAL = "#/$defs/"


def ref(name: str) -> Schema:
    """Return a reference to another shape."""
    return {"$ref": _LOCAL + name}


def public_name(model: type[Wire]) -> str:
    """Return what clients call a model: what we call a view of a message is their message."""
    return model.__name__.removesuffix("View")


def is_one_way(operation: str) -> bool:
    """Tell whether an operation is not replied to."""
    return operation.startswith(f"{ONE_WAY_ACTION}.")


def commands() -> dict[str, Schema]:
    """Return the data of all operations, by name."""
    return accepted(OPERATIONS.values())


def views() -> dict[str, Schema]:
    """Return what replies and events carry, by name."""
    return shown([*REPLIES.values(), *EVENTS.values()])


def accepted(models: Iterable[type[Wire]]) -> dict[str, Schema]:
    """Return what we read, and what it consists of, by name."""
    return _defined(models, "validation")


def shown(models: Iterable[type[Wire]]) -> dict[str, Schema]:
    """Return what we write, and what it consists of, by name."""
    found = _defined(models, "serialization")
    for model in _descendants(Wire):
        if public_name(model) in found:
            _say_what_is_left_out(model, found[public_name(model)])
    return found


def errors() -> dict[str, Schema]:
    """Return the error codes, and the error as REST sends it."""
    codes: Schema = {
        "description": "The closed set of error codes.",
        "type": "string",
        "enum": [code.value for code in ErrorCode],
        "x-http-status": {code.value: status for code, status in HTTP_STATUS.items()},
        "x-retryable": [code.value for code in ErrorCode if code in retryable_codes()],
    }
    detail = _object("One reason of a `VALIDATION_ERROR`.", path=_text(), reason=_text())
    body = _object(
        "An error, as REST sends it.",
        ok={"type": "boolean", "const": False},
        error=ref("ErrorCode"),
        message=_text("For people."),
        correlationId=_text("Is in the server's logs."),
    )
    body["properties"]["details"] = {"type": "array", "items": ref("ErrorDetail")}
    body["properties"]["retryAfter"] = {
        "description": "Seconds; with `RATE_LIMITED` and `UNAVAILABLE`.",
        "type": "number",
    }
    return {"ErrorCode": codes, "ErrorDetail": detail, "ErrorBody": body}


def retryable_codes() -> set[ErrorCode]:
    """Return the codes after which the same request may succeed later."""
    return {error.code for error in _descendants(ParleyError) if error.retryable}


# --- Frames -------------------------------------------------------------------------------------


def command_frame_name(operation: str) -> str:
    """Return the name of an operation's frame, such as ``MessageSendFrame``."""
    action, op = operation.split(".")
    return f"{_capital(action)}{_capital(op)}Frame"


def reply_frame_name(model: type[Wire]) -> str:
    """Return the name of the frame that carries a reply, such as ``SendReplyFrame``."""
    return f"{public_name(model).removesuffix('Reply')}ReplyFrame"


def event_frame_name(event: str) -> str:
    """Return the name of an event's frame, such as ``MessageNewEvent``."""
    return "".join(_capital(part) for part in event.split(":")) + "Event"


def frame_shapes() -> dict[str, Schema]:
    """Return the frames that clients send, replies, and events; then the three sets of them."""
    sent = {command_frame_name(name): _command_frame(name) for name in OPERATIONS}
    replies = {reply_frame_name(model): _reply_frame(model) for model in REPLIES.values()}
    replies["ErrorReplyFrame"] = _error_frame()
    events = {event_frame_name(name): _event_frame(name) for name in EVENTS}
    sets = {
        "CommandFrame": _one_of("Any frame that a client may send.", sent),
        "ReplyFrame": _any_of("Any reply.", replies),
        "EventFrame": _one_of("Any event.", events),
    }
    return sent | replies | events | sets


def definitions() -> dict[str, Schema]:
    """Return every shape by its name."""
    parts = (commands(), views(), errors(), frame_shapes())
    merged = {name: schema for part in parts for name, schema in part.items()}
    if len(merged) != sum(map(len, parts)):
        raise ValueError("two shapes have the same public name")
    return merged


def _command_frame(operation: str) -> Schema:
    action, op = operation.split(".")
    data = OPERATIONS[operation]
    frame = _object(
        f"`{operation}`.",
        action={"type": "string", "const": action},
        op={"type": "string", "const": op},
        id={"type": "string", "minLength": 1, "maxLength": frames.MAX_ID_CHARS},
        data=ref(public_name(data)),
    )
    if is_one_way(operation):
        frame["required"].remove("id")
    if not any(field.is_required() for field in data.model_fields.values()):
        frame["required"].remove("data")
    return frame | {"additionalProperties": False}


def _reply_frame(model: type[Wire]) -> Schema:
    return _object(
        f"A positive reply with `{public_name(model)}`.",
        id=_text("That of the frame which is answered."),
        ok={"type": "boolean", "const": True},
        data=ref(public_name(model)),
    )


def _error_frame() -> Schema:
    body = errors()["ErrorBody"]
    frame_id: Schema = {
        "description": "Null when it could not be read.",
        "anyOf": [{"type": "string"}, {"type": "null"}],
    }
    return body | {
        "description": "A negative reply.",
        "properties": {"id": frame_id, **body["properties"]},
        "required": ["id", *body["required"]],
    }


def _event_frame(event: str) -> Schema:
    return _object(
        f"`{event}`.",
        event={"type": "string", "const": event},
        data=ref(public_name(EVENTS[event])),
    )


# --- From models --------------------------------------------------------------------------------


def _defined(models: Iterable[type[Wire]], mode: Mode) -> dict[str, Schema]:
    wanted = [(model, mode) for model in dict.fromkeys(models)]
    _, document = models_json_schema(wanted, by_alias=True, ref_template=_LOCAL + "{model}")
    names = {name: name.removesuffix("View") for name in document["$defs"]}
    renamed = {_LOCAL + old: _LOCAL + new for old, new in names.items()}
    shapes = {
        names[name]: {"title": names[name]} | _tidied(schema, renamed)
        for name, schema in document["$defs"].items()
    }
    return dict(sorted(shapes.items()))


def _tidied(node: Any, renamed: Mapping[str, str]) -> Any:
    """Rename references; drop what pydantic adds without saying anything by it."""
    if isinstance(node, list):
        return [_tidied(item, renamed) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: _tidied(value, renamed) for key, value in node.items() if not _is_noise(key, value)
    }
    if "$ref" in tidy:
        tidy["$ref"] = renamed[tidy["$ref"]]
    if "description" in tidy:
        tidy["description"] = tidy["description"].replace("``", "`")
    return tidy


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)


def _say_what_is_left_out(model: type[Wire], schema: Schema) -> None:
    """Require every field but those that are left out instead of being null."""
    required = []
    for field in model.model_fields.values():
        name = str(field.serialization_alias or field.alias)
        if field.exclude_if is None:
            required.append(name)
        else:
            schema["properties"][name] = _without_null(schema["properties"][name])
    schema["required"] = required


def _without_null(schema: Schema) -> Schema:
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    kept = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    return rest | kept[0] if len(kept) == 1 else schema


def _descendants(base: type[T]) -> Iterator[type[T]]:
    for child in base.__subclasses__():
        yield child
        yield from _descendants(child)


# --- Small parts --------------------------------------------------------------------------------


def _text(description: str | None = None) -> Schema:
    return {"type": "string"} | ({"description": description} if description else {})


def _object(description: str, **properties: Schema) -> Schema:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _one_of(description: str, shapes: Iterable[str]) -> Schema:
    return {"description": description, "oneOf": [ref(name) for name in shapes]}


def _any_of(description: str, shapes: Iterable[str]) -> Schema:
    return {"description": description, "anyOf": [ref(name) for name in shapes]}


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]
