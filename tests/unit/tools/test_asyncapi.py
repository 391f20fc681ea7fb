"""The AsyncAPI document is a sound one, and says all of the protocol."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from parley.protocol.commands import OPERATIONS
from parley.protocol.views import EVENTS, REPLIES
from tools import asyncapi
from tools.examples import read_page

PAGE = read_page()
DOCUMENT = asyncapi.document(PAGE)
CHANNEL = DOCUMENT["channels"][asyncapi.CHANNEL]
MESSAGES: dict[str, dict[str, Any]] = CHANNEL["messages"]
BY_TITLE = {operation["title"]: operation for operation in DOCUMENT["operations"].values()}

# What AsyncAPI 3.0 asks of the parts that this document has.
REFERENCE = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
    "additionalProperties": False,
}
REFERENCES = {"type": "array", "minItems": 1, "uniqueItems": True, "items": REFERENCE}
TEXT = {"type": "string", "minLength": 1}
NAMES = {"pattern": r"^[A-Za-z0-9_\-]+$"}
MESSAGE = {
    "type": "object",
    "required": ["name", "title", "payload", "examples"],
    "properties": {
        "name": TEXT,
        "title": TEXT,
        "payload": REFERENCE,
        "correlationId": {
            "type": "object",
            "required": ["location"],
            "properties": {"location": {"pattern": r"^\$message\.(header|payload)#(/.*)*$"}},
        },
        "examples": {"type": "array", "items": {"type": "object", "required": ["payload"]}},
    },
    "additionalProperties": False,
}
OPERATION = {
    "type": "object",
    "required": ["action", "channel", "messages"],
    "properties": {
        "action": {"enum": ["send", "receive"]},
        "channel": REFERENCE,
        "title": TEXT,
        "description": TEXT,
        "messages": REFERENCES,
        "reply": {
            "type": "object",
            "required": ["channel", "messages"],
            "properties": {"channel": REFERENCE, "messages": REFERENCES},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
SERVER = {
    "type": "object",
    "required": ["host", "protocol", "security"],
    "properties": {
        "host": TEXT,
        "pathname": {"pattern": "^/"},
        "protocol": {"enum": ["ws", "wss"]},
        "description": TEXT,
        "variables": {"type": "object", "propertyNames": NAMES},
        "security": REFERENCES,
    },
    "additionalProperties": False,
}
SCHEME = {
    "oneOf": [
        {
            "properties": {
                "type": {"const": "httpApiKey"},
                "in": {"enum": ["query", "header", "cookie"]},
            },
            "required": ["type", "name", "in"],
        },
        {
            "properties": {"type": {"const": "http"}, "scheme": {"const": "bearer"}},
            "required": ["type", "scheme"],
        },
    ]
}
STRUCTURE = {
    "type": "object",
    "required": ["asyncapi", "info", "servers", "channels", "operations", "components"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "properties": {
                "title": TEXT,
                "description": TEXT,
                "version": {"pattern": r"^\d+\.\d+"},
            },
            "additionalProperties": False,
        },
        "defaultContentType": {"const": "application/json"},
        "servers": {"type": "object", "propertyNames": NAMES, "additionalProperties": SERVER},
        "channels": {
            "type": "object",
            "propertyNames": NAMES,
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "address": {"pattern": "^/"},
                    "title": TEXT,
                    "description": TEXT,
                    "messages": {"propertyNames": NAMES, "additionalProperties": MESSAGE},
                    "bindings": {"type": "object", "required": ["ws"]},
                },
                "additionalProperties": False,
            },
        },
        "operations": {"propertyNames": NAMES, "additionalProperties": OPERATION},
        "components": {
            "type": "object",
            "properties": {
                "schemas": {"propertyNames": NAMES, "additionalProperties": {"type": "object"}},
                "securitySchemes": {"propertyNames": NAMES, "additionalProperties": SCHEME},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for key, value in node.items():
            if key != "examples":
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def titled(messages: list[dict[str, str]]) -> list[str]:
    return [str(resolved(each["$ref"])["title"]) for each in messages]


def test_the_document_has_the_structure_of_asyncapi_3() -> None:
    Draft202012Validator(STRUCTURE).validate(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > 80
    for reference in found:
        assert isinstance(resolved(reference), dict)


def test_every_schema_is_one_and_is_used() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    used = {reference.rpartition("/")[2] for reference in references(DOCUMENT)}
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert name in used or name == "ErrorBody"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_received_and_replied_to_with_its_reply_or_an_error(
    operation: str,
) -> None:
    described = BY_TITLE[operation]
    assert described["action"] == "receive"
    assert titled(described["messages"]) == [operation]
    if operation in REPLIES:
        reply, error = titled(described["reply"]["messages"])
        assert operation in reply.removeprefix("Reply to ").split(", ")
        assert error == "Error"
    else:
        assert "reply" not in described


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_sent(event: str) -> None:
    described = BY_TITLE[event]
    assert described["action"] == "send"
    assert titled(described["messages"]) == [event]
    assert "reply" not in described


def test_there_are_no_other_operations() -> None:
    assert len(DOCUMENT["operations"]) == len(OPERATIONS) + len(EVENTS)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_examples_and_its_schema_takes_them(name: str) -> None:
    message = MESSAGES[name]
    assert message["name"] == name
    assert message["examples"]
    schema = {**message["payload"], "components": DOCUMENT["components"]}
    for example in message["examples"]:
        Draft202012Validator(schema).validate(example["payload"])


def test_replies_are_matched_to_commands_by_their_id() -> None:
    with_id = {name for name, message in MESSAGES.items() if "correlationId" in message}
    assert with_id == {name for name in MESSAGES if not name.endswith("Event")}
