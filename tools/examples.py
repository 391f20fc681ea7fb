"""The JSON examples of docs/protocol.md, by the operation or event under whose heading they are."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROTOCOL_PAGE = Path(__file__).resolve().parent.parent / "docs" / "protocol.md"

_PART = re.compile(
    r"^#{2,4} (?:`(?P<subject>[^`]+)`$|[^\n]*$)"
    r"|^```json\n(?P<json>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One JSON block.

    Attributes:
        subject: The operation or event whose heading it is under; None under other headings.
    """

    subject: str | None
    payload: dict[str, Any]

    @property
    def kind(self) -> str:
        """Return what it is: a command, an ok or error reply, or an event."""
        if "action" in self.payload:
            return "command"
        if "event" in self.payload:
            return "event"
        return "ok" if self.payload["ok"] else "error"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page documents.

    Attributes:
        subjects: Operations and events that have a heading, in order.
    """

    subjects: tuple[str, ...]
    examples: tuple[Example, ...]

    def payloads(self, subject: str, kind: str) -> list[dict[str, Any]]:
        """Return the examples of one kind for an operation or event."""
        return [e.payload for e in self.examples if e.subject == subject and e.kind == kind]

    def errors(self) -> list[dict[str, Any]]:
        """Return the examples of negative replies, wherever they are."""
        return [e.payload for e in self.examples if e.kind == "error"]


def read_page(text: str | None = None) -> Page:
    """Read a page of documentation; without a text, docs/protocol.md."""
    parts = list(_PART.finditer(PROTOCOL_PAGE.read_text() if text is None else text))
    return Page(
        subjects=tuple(part["subject"] for part in parts if part["subject"]),
        examples=tuple(_examples(parts)),
    )


def _examples(parts: list[re.Match[str]]) -> Iterator[Example]:
    subject: str | None = None
    for part in parts:
        if part["json"] is None:
            subject = part["subject"]
        else:
            yield Example(subject, json.loads(part["json"]))
