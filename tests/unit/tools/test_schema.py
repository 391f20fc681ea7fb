"""What is written from the protocol is up to date, complete, and what the code does."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from parley.errors import Detail, ErrorCode
from parley.protocol import frames
from parley.protocol.commands import OPERATIONS
from parley.protocol.views import EVENTS, REPLIES
from tests.unit.protocol.samples import FULL, REQUIRED
from tools import schema, shapes
from tools.examples import read_page

DOCUMENT = schema.schema_document()
EXAMPLES = read_page().examples


def validator(name: str | None = None) -> Draft202012Validator:
    root = DOCUMENT if name is None else {"$ref": f"#/$defs/{name}", "$defs": DOCUMENT["$defs"]}
    return Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER)


def frame_of(operation: str, data: dict[str, Any]) -> dict[str, Any]:
    action, op = operation.split(".")
    return {"action": action, "op": op, "id": "1", "data": data}


def test_no_written_file_is_stale() -> None:
    assert list(schema.stale_files()) == [], "run make schema"


def test_a_file_that_was_changed_or_is_missing_is_stale_until_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert schema.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{name} is stale: run make schema" for name in schema.GENERATED
    ]
    assert schema.main([], tmp_path) == 0
    assert schema.main(["--check"], tmp_path) == 0
    (tmp_path / "docs" / "schema.json").write_text("{}\n")
    capsys.readouterr()
    assert schema.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out == "docs/schema.json is stale: run make schema\n"
    assert schema.main([], tmp_path) == 0
    assert capsys.readouterr().out == "wrote docs/schema.json\n"


def test_the_schema_is_one_and_all_its_references_lead_somewhere() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    references = list(references_in(DOCUMENT))
    assert len(references) > 100
    assert {ref.removeprefix("#/$defs/") for ref in references} <= DOCUMENT["$defs"].keys()


def references_in(node: Any) -> Any:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from references_in(item)


def test_every_operation_reply_and_event_has_its_frame() -> None:
    names = set(DOCUMENT["$defs"])
    assert {shapes.command_frame_name(name) for name in OPERATIONS} <= names
    assert {shapes.reply_frame_name(model) for model in REPLIES.values()} <= names
    assert {shapes.event_frame_name(name) for name in EVENTS} <= names
    assert {"ErrorReplyFrame", "ErrorBody", "ErrorCode"} <= names


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_schema_of_a_frame_agrees_with_the_code(operation: str) -> None:
    valid = validator(shapes.command_frame_name(operation)).is_valid
    good = frame_of(operation, FULL[operation])
    assert valid(good)
    assert not valid({**good, "tenantId": "other"})
    assert not valid({**good, "op": "nonsense"})
    assert not valid({**good, "data": {**FULL[operation], "extra": 1}})
    for name in FULL[operation]:
        less = {key: value for key, value in FULL[operation].items() if key != name}
        assert valid({**good, "data": less}) == (name not in REQUIRED[operation])
    without_id = {key: value for key, value in good.items() if key != "id"}
    assert valid(without_id) == operation.startswith("typing.")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.subject}-{e.kind}")
def test_the_schema_takes_every_example_of_the_protocol_page(example: Any) -> None:
    validator().validate(example.payload)
    whole = {"command": "CommandFrame", "event": "EventFrame"}.get(example.kind, "ReplyFrame")
    validator(whole).validate(example.payload)


def test_the_schema_requires_what_is_always_there_and_nothing_else() -> None:
    for example in EXAMPLES:
        if example.kind == "ok":
            assert example.subject is not None
            model = REPLIES[example.subject]
        elif example.kind == "event":
            assert example.subject is not None
            model = EVENTS[example.subject]
        else:
            continue
        name = shapes.public_name(model)
        required = DOCUMENT["$defs"][name]["required"]
        assert set(required) == {alias_of(model, f) for f in model.model_fields if always(model, f)}
        for field in required:
            less = {key: value for key, value in example.payload["data"].items() if key != field}
            assert not validator(name).is_valid(less)


def always(model: type[BaseModel], field: str) -> bool:
    return model.model_fields[field].exclude_if is None


def alias_of(model: type[BaseModel], field: str) -> str:
    return str(model.model_fields[field].alias)


@pytest.mark.parametrize("code", ErrorCode)
def test_the_schema_takes_every_error_that_is_written(code: ErrorCode) -> None:
    details = (Detail("data.x", "is missing"),)
    for body in (
        frames.error_body(code, "No.", "req-1"),
        frames.error_body(code, "No.", "req-1", details, 1.5),
    ):
        validator("ErrorBody").validate(body)
        validator("ErrorReplyFrame").validate(json.loads(frames.error_frame(None, body)))
        validator("ErrorReplyFrame").validate(json.loads(frames.error_frame("1", body)))
    assert not validator("ErrorBody").is_valid({**body, "error": "TEAPOT"})


def test_a_public_name_that_two_shapes_would_share_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = shapes.errors()
    monkeypatch.setattr(shapes, "errors", lambda: {**errors, "Message": {}})
    with pytest.raises(ValueError, match="same public name"):
        shapes.definitions()
