"""Write docs/requirements.md: each requirement of the source systems, and what became of it.

A test says with ``@pytest.mark.covers("A-7")`` which requirements it proves. Those of docs/
requirements.tsv that no test proves have a reason in docs/requirements-notes.tsv.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.proofs import (
    REMARK,
    Note,
    cell,
    check_standing,
    proof_cell,
    proofs,
    read_notes,
    read_rows,
)

ROOT = Path(__file__).resolve().parent.parent
# Rows of these kinds must be proved by a test, or have a reason why not (yet).
SETTLED_KINDS = frozenset(
    {
        *("scope", "event", "rest", "sec", "schema", "bug", "limit", "ui", "alert", "metric"),
        *("log", "ops", "doc", "todo", "question"),
    }
)
# built: it is there, and no test would say more. measured: by a benchmark.
STATUSES = frozenset({"n/a", "later", "built", "measured", REMARK})
COVERED = "covered"
OPEN = "open"
MARKER = "covers"
SOURCES = {
    "A": "System A: chat in three portals",
    "B": "System B: chat of a property platform",
    "C": "System C: conversations",
    "D": "System D: real-time messaging of a chat service",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of requirements.tsv."""

    id: str
    source: str
    kind: str
    text: str


def requirements(root: Path = ROOT) -> list[Requirement]:
    """Read the rows, in their order."""
    return [
        Requirement(row["id"], row["source"], row["kind"], row["text"])
        for row in read_rows(root / "docs" / "requirements.tsv")
    ]


def page(root: Path = ROOT) -> str:
    """Write the page.

    Raises:
        BadProofs: A marker or note names no requirement, a note contradicts the tests, or a row
            that must be settled is not.
    """
    rows, tests = requirements(root), proofs(root, MARKER)
    reasons = read_notes(root / "docs" / "requirements-notes.tsv", STATUSES)
    settled = [row.id for row in rows if row.kind in SETTLED_KINDS]
    check_standing([row.id for row in rows], settled, reasons, tests)
    standing = {row.id: _status(row, reasons, tests) for row in rows}
    lines = ["# Requirements", "", *_introduction(rows, standing)]
    for source, title in SOURCES.items():
        lines += ["", f"## {title}", "", "| id | kind | requirement | status | proof |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        lines += [
            _line(row, standing[row.id], reasons.get(row.id), tests.get(row.id, []))
            for row in rows
            if row.source == source
        ]
    return "\n".join(lines) + "\n"


def _introduction(rows: Iterable[Requirement], standing: Mapping[str, str]) -> list[str]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.kind][standing[row.id]] += 1
    statuses = sorted(set(standing.values()))
    lines = [
        "Written by `make schema` from [requirements.tsv](requirements.tsv), the tests' `covers`",
        "markers and [requirements-notes.tsv](requirements-notes.tsv). `open` has neither yet.",
        "",
        f"| kind | {' | '.join(statuses)} |",
        f"| --- |{' --- |' * len(statuses)}",
    ]
    for kind, of_kind in sorted(counts.items()):
        lines.append(f"| {kind} | {' | '.join(str(of_kind[status]) for status in statuses)} |")
    return lines


def _line(row: Requirement, status: str, note: Note | None, tests: list[str]) -> str:
    return f"| {row.id} | {row.kind} | {cell(row.text)} | {status} | {proof_cell(tests, note)} |"


def _status(row: Requirement, reasons: Mapping[str, Note], tests: Mapping[str, list[str]]) -> str:
    if row.id in tests:
        return COVERED
    return reasons[row.id].status if row.id in reasons else OPEN
