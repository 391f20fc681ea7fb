"""Write docs/requirements.md: each requirement of the source systems, and what became of it.

A test says with ``@pytest.mark.covers("A-7")`` which requirements it proves. Those of docs/
requirements.tsv that no test proves have a reason in docs/requirements-notes.tsv. Tests are read,
not run.
"""

import ast
import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Rows of these kinds must be proved by a test, or have a reason why not (yet).
SETTLED_KINDS = frozenset({"scope", "event", "rest", "sec", "schema", "bug", "limit"})
REMARK = "remark"
STATUSES = frozenset({"n/a", "part 3", "part 4", "part 5", REMARK})
COVERED = "covered"
OPEN = "open"
SOURCES = {
    "A": "System A: chat in three portals",
    "B": "System B: chat of a property platform",
    "C": "System C: conversations",
    "D": "System D: real-time messaging of a chat service",
}


class BadRequirements(Exception):
    """Raised when markers, rows and notes do not fit together; says where."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of requirements.tsv."""

    id: str
    source: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A row of requirements-notes.tsv: what became of a requirement that no test proves.

    ``remark`` says something about one that tests do prove, such as what is left to do.
    """

    status: str
    reason: str


def requirements(root: Path = ROOT) -> list[Requirement]:
    """Read the rows, in their order."""
    return [
        Requirement(row["id"], row["source"], row["kind"], row["text"])
        for row in _rows(root / "docs" / "requirements.tsv")
    ]


def notes(root: Path = ROOT) -> dict[str, Note]:
    """Read the reasons, by id."""
    found: dict[str, Note] = {}
    for row in _rows(root / "docs" / "requirements-notes.tsv"):
        if row["status"] not in STATUSES or not row["reason"] or row["id"] in found:
            raise BadRequirements(f"requirements-notes.tsv: {row['id']} has no good note")
        found[row["id"]] = Note(row["status"], row["reason"])
    return found


def proofs(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the tests that say that they prove a requirement, by id."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        for test, ids in covered_by(path.read_text(encoding="utf-8"), name):
            for requirement_id in ids:
                found[requirement_id].append(f"{name}::{test}")
    return dict(found)


def covered_by(source: str, name: str) -> Iterator[tuple[str, list[str]]]:
    """Give each test of a module that has the marker, and the ids it names.

    Raises:
        BadRequirements: The marker is somewhere else than on a test, or names no plain ids.
    """
    tree = ast.parse(source, name)
    on_tests = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [mark for each in node.decorator_list for mark in _markers(each)]
            on_tests += len(marks)
            if marks:
                yield node.name, [each for mark in marks for each in _ids(mark, name)]
    if on_tests != sum(len(list(_markers(node))) for node in ast.walk(tree)):
        raise BadRequirements(f"{name}: covers() belongs on a test")


def page(root: Path = ROOT) -> str:
    """Write the page.

    Raises:
        BadRequirements: A marker or note names no requirement, a note contradicts the tests, or a
            row that must be settled is not.
    """
    rows, reasons, tests = requirements(root), notes(root), proofs(root)
    _check(rows, reasons, tests)
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


def _line(row: Requirement, status: str, note: Note | None, tests: Iterable[str]) -> str:
    parts = [f"`{test.removeprefix('tests/')}`" for test in tests]
    parts += [note.reason] if note else []
    return f"| {row.id} | {row.kind} | {_cell(row.text)} | {status} | {_cell('; '.join(parts))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _status(row: Requirement, reasons: Mapping[str, Note], tests: Mapping[str, list[str]]) -> str:
    if row.id in tests:
        return COVERED
    return reasons[row.id].status if row.id in reasons else OPEN


def _check(
    rows: Iterable[Requirement], reasons: Mapping[str, Note], tests: Mapping[str, list[str]]
) -> None:
    known = {row.id for row in rows}
    unknown = sorted((tests.keys() | reasons.keys()) - known)
    contradicted = sorted(
        each for each, note in reasons.items() if (note.status == REMARK) != (each in tests)
    )
    unsettled = [
        row.id
        for row in rows
        if row.kind in SETTLED_KINDS and row.id not in tests and row.id not in reasons
    ]
    for ids, problem in (
        (unknown, "no such requirement"),
        (contradicted, "a remark is for what tests prove, other notes for what none does"),
        (unsettled, "neither proved by a test nor explained"),
    ):
        if ids:
            raise BadRequirements(f"{problem}: {', '.join(ids)}")


def _markers(node: ast.AST) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
        yield node


def _ids(mark: ast.Call, name: str) -> list[str]:
    ids = [each.value if isinstance(each, ast.Constant) else None for each in mark.args]
    if not ids or mark.keywords or not all(isinstance(each, str) for each in ids):
        raise BadRequirements(f"{name}:{mark.lineno}: covers() takes ids, written out")
    return [str(each) for each in ids]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
