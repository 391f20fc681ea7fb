"""The envelope: reading a client's frame, writing replies and events (SPEC §3)."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from parley.errors import Detail, ErrorCode, InvalidInput
from parley.protocol import strict
from parley.protocol.commands import ONE_WAY_ACTION, OPERATIONS
from parley.protocol.fields import Input, Wire

MAX_SENT_BYTES = 30 * 1024
MAX_ID_CHARS = 64
MAX_DETAILS = 10
MAX_PATH_PART = 64
MAX_REASON = 200

_FIELDS = frozenset({"action", "op", "id", "data"})


@dataclass(frozen=True, slots=True)
class Command:
    """A frame whose shape is right: ``operation`` is ``action.op``."""

    id: str | None
    operation: str
    data: Input


@dataclass(frozen=True, slots=True)
class Envelope:
    """What could be read of a frame; its data is not judged yet.

    Attributes:
        id: None if there is none, or none that can be answered to.
        unknown: Names of fields that no frame has.
        id_given: Whether the frame names an id at all, good or bad.
    """

    id: str | None
    action: object
    op: object
    data: object
    unknown: tuple[str, ...]
    id_given: bool


def read_envelope(text: str) -> Envelope:
    """Read a frame's envelope.

    Raises:
        InvalidInput: It is no JSON object; such a frame has no ``id`` to answer to.
        PayloadTooLarge: It is over 32 KB.
    """
    frame = strict.loads(text)
    if not isinstance(frame, dict):
        raise InvalidInput.at("$", "must be an object")
    frame_id = frame.get("id")
    readable = isinstance(frame_id, str) and 0 < len(frame_id) <= MAX_ID_CHARS
    return Envelope(
        id=frame_id if readable else None,
        action=frame.get("action"),
        op=frame.get("op"),
        data=frame.get("data", {}),
        unknown=tuple(sorted(frame.keys() - _FIELDS)),
        id_given=frame_id is not None,
    )


def read_command(envelope: Envelope) -> Command:
    """Check an envelope and its data against the operation that it names; `InvalidInput` if not."""
    if envelope.unknown:
        named = envelope.unknown[:MAX_DETAILS]
        raise InvalidInput(*(_unknown(name) for name in named))
    if envelope.id is None and (envelope.id_given or envelope.action != ONE_WAY_ACTION):
        raise InvalidInput.at("id", f"must be a string of 1 to {MAX_ID_CHARS} characters")
    operation = f"{envelope.action}.{envelope.op}"
    model = OPERATIONS.get(operation)
    if model is None or not isinstance(envelope.op, str):
        raise InvalidInput.at("op", "unknown operation")
    return Command(envelope.id, operation, read_data(model, envelope.data))


def read_data(model: type[Input], data: object) -> Input:
    """Validate an operation's data; `InvalidInput` names each field that is wrong, up to ten."""
    try:
        # By public names only: a field must not have a second spelling.
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False, include_input=False)
        ours = _names(model)
        raise InvalidInput(
            *(_detail(e["loc"], e["msg"], ours) for e in errors[:MAX_DETAILS])
        ) from exc


def _unknown(name: str) -> Detail:
    return Detail(name[:MAX_PATH_PART], "unknown field", is_ours=False)


def _detail(location: tuple[int | str, ...], reason: str, ours: frozenset[str]) -> Detail:
    path = ".".join(["data", *(str(part)[:MAX_PATH_PART] for part in location)])
    is_ours = all(isinstance(part, int) or part in ours for part in location)
    return Detail(path, reason.removeprefix("Value error, ")[:MAX_REASON], is_ours)


@cache
def _names(model: type[Input]) -> frozenset[str]:
    """Return the names of a shape's fields, also of the shapes inside it."""
    schema = model.model_json_schema()
    shapes = (schema, *schema.get("$defs", {}).values())
    return frozenset(name for shape in shapes for name in shape.get("properties", ()))


def ok_frame(frame_id: str | None, data: Wire) -> str:
    """Write a positive reply."""
    return f'{{"id":{json.dumps(frame_id, ensure_ascii=False)},"ok":true,"data":{dump(data)}}}'


def error_body(
    code: ErrorCode,
    message: str,
    correlation_id: str,
    details: tuple[Detail, ...] = (),
    retry_after_s: float | None = None,
) -> dict[str, Any]:
    """Return the error of SPEC §3, as REST sends it; a reply frame adds its ``id``."""
    body: dict[str, Any] = {
        "ok": False,
        "error": code.value,
        "message": message,
        "correlationId": correlation_id,
    }
    if details:
        body["details"] = [{"path": d.path, "reason": d.reason} for d in details]
    if retry_after_s is not None:
        body["retryAfter"] = max(0.001, round(retry_after_s, 3))
    return body


def error_frame(frame_id: str | None, body: dict[str, Any]) -> str:
    """Write a negative reply."""
    return encode_json({"id": frame_id, **body})


def encode_json(value: object) -> str:
    """Write JSON as it travels: no blanks, people's letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event_frame(name: str, data: Wire) -> bytes:
    """Write an event; the same bytes go to every recipient."""
    return f'{{"event":"{name}","data":{dump(data)}}}'.encode()


def dump(data: Wire) -> str:
    """Write a shape as JSON with its public names."""
    return data.model_dump_json(by_alias=True)


def size_bytes(data: Wire) -> int:
    """Return the encoded size of a shape."""
    return len(dump(data).encode())
