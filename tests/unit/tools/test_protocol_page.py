"""docs/protocol.md says what the code does: every operation, event, code and limit."""

import json
import re
from typing import Any

import pytest

from parley.errors import HTTP_STATUS, ErrorCode
from parley.protocol import frames
from parley.protocol.commands import OPERATIONS
from parley.protocol.views import EVENTS, REPLIES
from parley.services import delivery
from parley.settings import Settings
from tests.support.memory import memory_app
from tools.examples import PROTOCOL_PAGE, Example, read_page
from tools.shapes import retryable_codes

TEXT = PROTOCOL_PAGE.read_text(encoding="utf-8")
PAGE = read_page()


def examples(kind: str) -> list[Any]:
    return [
        pytest.param(example, id=str(example.subject))
        for example in PAGE.examples
        if example.kind == kind
    ]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its own two lines."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    table = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in table if not set(row[0]) <= {"-", " "}]


def test_every_operation_and_event_has_its_heading_once() -> None:
    assert list(PAGE.subjects) == [*OPERATIONS, *EVENTS]


def test_the_server_offers_every_operation() -> None:
    app = memory_app()
    offered = {*app.message_routes.operations, *app.presence_routes.operations}
    assert offered == OPERATIONS.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_a_frame_and_a_reply_to_it(operation: str) -> None:
    (command,) = PAGE.payloads(operation, "command")
    assert f"{command['action']}.{command['op']}" == operation
    replies = PAGE.payloads(operation, "ok")
    assert [reply["id"] for reply in replies] == ([command["id"]] if operation in REPLIES else [])


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_an_example(event: str) -> None:
    (example,) = PAGE.payloads(event, "event")
    assert example["event"] == event


@pytest.mark.parametrize("example", examples("command"))
def test_a_frame_of_the_page_is_read(example: Example) -> None:
    text = json.dumps(example.payload, ensure_ascii=False)
    command = frames.read_command(frames.read_envelope(text))
    assert command.operation == example.subject


@pytest.mark.parametrize("example", examples("ok"))
def test_a_reply_of_the_page_is_written_exactly_so(example: Example) -> None:
    data = REPLIES[str(example.subject)].model_validate(example.payload["data"])
    assert json.loads(frames.ok_frame(example.payload["id"], data)) == example.payload


@pytest.mark.parametrize("example", examples("event"))
def test_an_event_of_the_page_is_written_exactly_so(example: Example) -> None:
    data = EVENTS[str(example.subject)].model_validate(example.payload["data"])
    written = frames.event_frame(str(example.subject), data)
    assert json.loads(written) == example.payload
    assert len(written) <= frames.MAX_SENT_BYTES


def test_errors_of_the_page_have_codes_and_fields_of_the_contract() -> None:
    allowed = {"id", "ok", "error", "message", "correlationId", "details", "retryAfter"}
    assert len(PAGE.errors()) == 2
    for error in PAGE.errors():
        assert error.keys() <= allowed
        assert error["error"] in set(ErrorCode)


def test_the_ids_of_the_page_are_different() -> None:
    ids = [e.payload["id"] for e in PAGE.examples if e.kind == "command" and "id" in e.payload]
    assert len(ids) == len(set(ids))


def test_the_error_codes_are_those_of_the_code_with_status_and_retry() -> None:
    head, *table = rows("Errors")
    assert head == ["Code", "HTTP status", "Retry", "When"]
    assert {code: (int(status), retry) for code, status, retry, _ in table} == {
        code.value: (HTTP_STATUS[code], "yes" if code in retryable_codes() else "no")
        for code in ErrorCode
    }


def test_the_codes_of_bye_are_those_of_the_code() -> None:
    codes = [row for row in rows("Connecting") if row[0].isdigit()]
    described = {(int(code), reason, again[:2]) for code, reason, again in codes}
    known = (delivery.TOKEN_EXPIRED, delivery.GOING_AWAY, delivery.REVOKED, delivery.REPLACED)
    assert described == {(b.code, b.reason, "ye" if b.reconnect else "no") for b in known}


def test_limits_that_have_a_setting_are_its_default() -> None:
    settings = Settings()
    with_setting = [row for row in rows("Limits") if row[2].isupper()]
    assert len(with_setting) > 10
    for _, limit, name in with_setting:
        numbers = re.findall(r"[\d,]+", limit)
        assert numbers[0].replace(",", "") == str(getattr(settings, name.lower()))


def test_links_within_the_page_lead_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]+)\)", TEXT)
    assert links
    assert set(links) <= anchors


def test_a_block_under_another_heading_belongs_to_no_operation() -> None:
    page = read_page(
        '### `a.b`\n```json\n{"ok": true}\n```\n## Other\n```json\n{"ok": false}\n```\n'
    )
    assert [(e.subject, e.kind) for e in page.examples] == [("a.b", "ok"), (None, "error")]
