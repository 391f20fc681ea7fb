"""JSON Schema becomes TypeScript; what the generator does not know is an error, not a guess."""

import re

import pytest

from parley.errors import ErrorCode
from parley.protocol.commands import OPERATIONS
from parley.protocol.views import EVENTS
from tools import schema, typescript
from tools.shapes import Schema

MODULE = typescript.module(schema.LIMITS)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"type": "string", "maxLength": 5}, "string"),
        ({"type": "integer"}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "null"}, "null"),
        ({"const": True, "type": "boolean"}, "true"),
        ({"enum": ["a", 'b"c'], "type": "string"}, r'"a" | "b\"c"'),
        ({"$ref": "#/$defs/Message"}, "Message"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"$ref": "#/$defs/Room"}}, "Room[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
        (
            {"type": "object", "additionalProperties": {"type": "array", "items": {"const": 1}}},
            "Record<string, 1[]>",
        ),
    ],
)
def test_a_schema_has_its_type(given: Schema, written: str) -> None:
    assert typescript.type_of(given) == written


@pytest.mark.parametrize(
    "unknown", [{}, {"type": "object"}, {"type": "date"}, {"not": {"type": "string"}}]
)
def test_a_schema_that_is_not_known_is_an_error(unknown: Schema) -> None:
    with pytest.raises(ValueError, match="no TypeScript"):
        typescript.type_of(unknown)


def test_an_object_is_an_interface_with_optional_fields_and_comments() -> None:
    written = typescript.declaration(
        "Thing",
        {
            "description": "A thing.",
            "type": "object",
            "properties": {
                "a": {"type": "string", "description": "Its name."},
                "b": {"type": "integer"},
            },
            "required": ["a"],
        },
    )
    assert written == (
        "/** A thing. */\n"
        "export interface Thing {\n"
        "  /** Its name. */\n"
        "  a: string;\n"
        "  b?: number;\n"
        "}\n"
    )


def test_a_long_comment_is_wrapped() -> None:
    written = typescript.declaration(
        "T", {"description": "word " * 30 + "\n\nEnd.", "properties": {}}
    )
    assert written.startswith("/**\n * word word")
    assert "\n *\n * End.\n */\nexport interface T {\n}\n" in written
    assert max(map(len, written.splitlines())) <= 100


def test_a_shape_without_a_description_has_no_comment() -> None:
    assert typescript.declaration("T", {"properties": {}}) == "export interface T {\n}\n"


@pytest.mark.covers("D-14")
def test_every_operation_event_and_error_code_is_in_the_module() -> None:
    for name in [*OPERATIONS, *EVENTS]:
        assert f'  "{name}": ' in MODULE
    for code in ErrorCode:
        assert f'\n  | "{code}"' in MODULE
    assert '"typing.start": { data: Typing; reply: void };' in MODULE
    assert "  maxSyncRooms: 400,\n" in MODULE


def test_every_type_that_is_named_is_declared_once() -> None:
    declared = re.findall(r"^export (?:interface|type) (\w+)", MODULE, re.MULTILINE)
    assert len(declared) == len(set(declared))
    code = re.sub(r"/\*\*.*?\*/|//.*?$|\"[^\"\n]*\"", "", MODULE, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"\b[A-Z][A-Za-z]+\b", code))
    assert named - {"Record", "Name", "LIMITS"} == set(declared)


def test_public_types_go_by_the_names_that_clients_use() -> None:
    assert "export interface Message {" in MODULE
    assert "View" not in MODULE
