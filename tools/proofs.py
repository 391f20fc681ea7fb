"""What tests say that they prove: a marker such as ``@pytest.mark.covers("A-7")`` on them.

Above a test or group of vitest, ``// covers: B-82, C-72`` says the same. Tests are read, not run.
What no test proves has its reason in a file of notes.
"""

import ast
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

REMARK = "remark"
_COMMENT = re.compile(r"^ *// (?P<marker>[a-z]+): (?P<ids>.+)$", re.MULTILINE)
_NAMED = re.compile(r"\n *(?:test|it|describe)\(\s*[\"'`](?P<name>[^\n]+?)[\"'`], ")
_ID = re.compile(r"[A-Z]+-?\d+")


class BadProofs(Exception):
    """Raised when markers, rows and notes do not fit together; says where."""


@dataclass(frozen=True, slots=True)
class Note:
    """What became of something that no test proves.

    ``remark`` says something about what tests do prove, such as what is left to do.
    """

    status: str
    reason: str


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a table of columns separated by tabs."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_notes(path: Path, statuses: Collection[str]) -> dict[str, Note]:
    """Read the reasons, by id.

    Raises:
        BadProofs: A note has no reason, no known status, or a second one for its id.
    """
    found: dict[str, Note] = {}
    for row in read_rows(path):
        if row["status"] not in statuses or not row["reason"] or row["id"] in found:
            raise BadProofs(f"{path.name}: {row['id']} has no good note")
        found[row["id"]] = Note(row["status"], row["reason"])
    return found


def proofs(root: Path, marker: str) -> dict[str, list[str]]:
    """Return the tests that carry a marker with an id, as ``tests/…::name``, by id."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        for test, ids in marked(path.read_text(encoding="utf-8"), name, marker):
            for each in ids:
                found[each].append(f"{name}::{test}")
    for path in sorted((root / "web").glob("*/tests/**/*.test.ts*")):
        name = path.relative_to(root).as_posix()
        for test, ids in remarked(path.read_text(encoding="utf-8"), name, marker):
            for each in ids:
                found[each].append(f"{name}::{test}")
    return dict(found)


def remarked(source: str, name: str, marker: str) -> Iterator[tuple[str, list[str]]]:
    """Give each test or group of a vitest module that has the marker above it, and its ids.

    Raises:
        BadProofs: The comment is somewhere else than above a test, or names no plain ids.
    """
    for comment in _COMMENT.finditer(source):
        if comment["marker"] != marker:
            continue
        ids = [each.strip() for each in comment["ids"].split(",")]
        named = _NAMED.match(source, comment.end())
        if named is None or not all(_ID.fullmatch(each) for each in ids):
            line = source.count("\n", 0, comment.start()) + 1
            raise BadProofs(f"{name}:{line}: {marker} takes ids, above a test")
        yield named["name"], ids


def marked(source: str, name: str, marker: str) -> Iterator[tuple[str, list[str]]]:
    """Give each test of a module that has the marker, and the ids it names.

    Raises:
        BadProofs: The marker is somewhere else than on a test, or names no plain ids.
    """
    tests, markers = _parsed(source, name)
    on_tests = 0
    for test in tests:
        marks = [mark for mark in test.marks if _called(mark) == marker]
        on_tests += len(marks)
        if marks:
            yield test.name, [each for mark in marks for each in _ids(mark, name, marker)]
    if on_tests != markers[marker]:
        raise BadProofs(f"{name}: {marker}() belongs on a test")


def check_standing(
    known: Collection[str],
    must_be_settled: Collection[str],
    notes: Mapping[str, Note],
    tests: Mapping[str, list[str]],
) -> None:
    """Compare markers and notes with the ids that there are.

    Raises:
        BadProofs: A marker or note names nothing that exists, a note contradicts the tests, or
            something that must be settled has neither.
    """
    unknown = sorted((tests.keys() | notes.keys()) - set(known))
    contradicted = sorted(
        each for each, note in notes.items() if (note.status == REMARK) != (each in tests)
    )
    unsettled = [each for each in must_be_settled if each not in tests and each not in notes]
    for ids, problem in (
        (unknown, "there is no such id"),
        (contradicted, "a remark is for what tests prove, other notes for what none does"),
        (unsettled, "neither proved by a test nor explained"),
    ):
        if ids:
            raise BadProofs(f"{problem}: {', '.join(ids)}")


def proof_cell(tests: Collection[str], note: Note | None) -> str:
    """Return the cell of a table that names the tests and the note."""
    parts = [f"`{test.removeprefix('tests/')}`" for test in tests]
    return cell("; ".join(parts + ([note.reason] if note else [])))


def cell(text: str) -> str:
    """Return a text as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    marks: tuple[ast.Call, ...]


# A thousand modules take seconds to parse, and each marker is asked for on its own.
@lru_cache(maxsize=2_000)
def _parsed(source: str, name: str) -> tuple[list[_Test], Counter[str]]:
    """Return the functions of a module with their markers, and all markers anywhere in it."""
    tests: list[_Test] = []
    anywhere: Counter[str] = Counter()
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
            tests.append(_Test(node.name, tuple(call for call in calls if _called(call))))
        if marker := _called(node):
            anywhere[marker] += 1
    return tests, anywhere


def _called(node: ast.AST) -> str | None:
    """Return which marker is called here, if any."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    return node.func.attr if ast.unparse(node.func.value) == "pytest.mark" else None


def _ids(mark: ast.Call, name: str, marker: str) -> list[str]:
    ids = [each.value if isinstance(each, ast.Constant) else None for each in mark.args]
    if not ids or mark.keywords or not all(isinstance(each, str) for each in ids):
        raise BadProofs(f"{name}:{mark.lineno}: {marker}() takes ids, written out")
    return [str(each) for each in ids]
