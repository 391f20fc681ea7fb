"""TypeScript types from the part of JSON Schema that the protocol uses; no Node is needed."""

import json
import textwrap
from collections.abc import Iterable, Mapping

from parley.protocol.commands import OPERATIONS
from parley.protocol.views import EVENTS, REPLIES
from tools.shapes import Schema, commands, errors, public_name, views

_HEADER = """\
// Written by `make schema` from parley.protocol: do not edit.
"""
_FRAMES = """\
export type Operation = keyof Operations;
export type EventName = keyof Events;

/** What a client sends; `id` is optional for `typing`, which is not replied to. */
export type CommandFrame<O extends Operation = Operation> = O extends `${infer A}.${infer P}`
  ? { action: A; op: P; data: Operations[O]["data"] } & (A extends "typing"
      ? { id?: string }
      : { id: string })
  : never;

/** A positive reply. */
export interface OkReply<O extends Operation = Operation> {
  id: string;
  ok: true;
  data: Operations[O]["reply"];
}

/** A negative reply; `id` is null when it could not be read. */
export interface ErrorReply extends ErrorBody {
  id: string | null;
}

export type Reply<O extends Operation = Operation> = OkReply<O> | ErrorReply;

/** What the server says first. */
export type EventFrame<E extends EventName = EventName> = {
  [Name in E]: { event: Name; data: Events[Name] };
}[E];
"""
_PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def module(limits: Mapping[str, int]) -> str:
    """Return the whole module: shapes, maps of operations and events, frames, limits."""
    shapes = commands() | views() | errors()
    return "\n".join(
        [
            _HEADER,
            *(declaration(name, schema) for name, schema in shapes.items()),
            _operations(),
            _events(),
            _FRAMES,
            _limits(limits),
        ]
    )


def declaration(name: str, schema: Schema) -> str:
    """Declare a shape: an interface for an object, a union for an enumeration."""
    comment = _comment(schema.get("description"), "")
    if "enum" in schema:
        values = "".join(f"\n  | {json.dumps(value)}" for value in schema["enum"])
        return f"{comment}export type {name} ={values};\n"
    required = schema.get("required", ())
    lines = [
        _comment(part.get("description"), "  ")
        + f"  {field}{'' if field in required else '?'}: {type_of(part)};\n"
        for field, part in schema["properties"].items()
    ]
    return f"{comment}export interface {name} {{\n{''.join(lines)}}}\n"


def type_of(schema: Schema) -> str:
    """Return the TypeScript type of a schema.

    Raises:
        ValueError: It says something that this generator does not know.
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"])
    return _type_by_name(schema)


def _type_by_name(schema: Schema) -> str:
    name = schema.get("type")
    if name == "array":
        item = type_of(schema["items"])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if name == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"Record<string, {type_of(schema['additionalProperties'])}>"
    if name not in _PRIMITIVES:
        raise ValueError(f"no TypeScript for {json.dumps(schema)}")
    return _PRIMITIVES[name]


def _comment(description: str | None, indent: str) -> str:
    if not description:
        return ""
    lines = [
        wrapped
        for line in description.splitlines()
        for wrapped in textwrap.wrap(line, 96 - len(indent)) or [""]
    ]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def _operations() -> str:
    return _map(
        "Operations",
        "Each operation's data and reply; `void` where there is none.",
        (
            f'"{name}": {{ data: {public_name(data)}; reply: {_reply(name)} }}'
            for name, data in OPERATIONS.items()
        ),
    )


def _reply(operation: str) -> str:
    return public_name(REPLIES[operation]) if operation in REPLIES else "void"


def _events() -> str:
    return _map(
        "Events",
        "The data of each event.",
        (f'"{name}": {public_name(model)}' for name, model in EVENTS.items()),
    )


def _map(name: str, description: str, lines: Iterable[str]) -> str:
    body = "".join(f"  {line};\n" for line in lines)
    return f"/** {description} */\nexport interface {name} {{\n{body}}}\n"


def _limits(limits: Mapping[str, int]) -> str:
    body = "".join(f"  {name}: {value},\n" for name, value in limits.items())
    comment = "/** Bounds that do not depend on settings. */\n"
    return f"{comment}export const LIMITS = {{\n{body}}} as const;\n"
