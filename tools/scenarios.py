"""Write the last section of docs/reliability.md: each failure and attack, and its proof.

A test says with ``@pytest.mark.scenario("R1")`` which scenarios it proves harmless. Those of
docs/scenarios.tsv that no test proves have a reason in docs/scenarios-notes.tsv.
"""

from collections.abc import Mapping
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
STATUSES = frozenset({"n/a", REMARK})
MARKER = "scenario"
TESTED = "tested"
HEADING = "## Scenarios"
GROUPS = {
    "R": "Redis",
    "D": "DynamoDB",
    "L": "Lambda and queues",
    "C": "Connections",
    "P": "Presence and receipts",
    "M": "Messages and input",
    "A": "Access",
    "S": "Files, logs, secrets, the widget",
}


def page(root: Path = ROOT) -> str:
    """Return docs/reliability.md with its last section written anew.

    Raises:
        BadProofs: A marker or note names no scenario, a note contradicts the tests, or a scenario
            has neither.
    """
    text = (root / "docs" / "reliability.md").read_text(encoding="utf-8")
    written_by_hand, _, _ = text.partition(HEADING)
    return f"{written_by_hand}{HEADING}\n\n{_section(root)}\n"


def _section(root: Path) -> str:
    rows, tests = read_rows(root / "docs" / "scenarios.tsv"), proofs(root, MARKER)
    reasons = read_notes(root / "docs" / "scenarios-notes.tsv", STATUSES)
    ids = [row["id"] for row in rows]
    check_standing(ids, ids, reasons, tests)
    tested = sum(each in tests for each in ids)
    lines = [
        "Written by `make schema` from [scenarios.tsv](scenarios.tsv), the tests' `scenario`",
        "markers and [scenarios-notes.tsv](scenarios-notes.tsv).",
        f"{tested} of {len(ids)} are tested.",
    ]
    for letter, title in GROUPS.items():
        lines += ["", f"### {title}", "", "| id | what happens | what must hold | status | proof |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        lines += [_line(row, tests, reasons) for row in rows if row["id"][0] == letter]
    return "\n".join(lines)


def _line(
    row: Mapping[str, str], tests: Mapping[str, list[str]], reasons: Mapping[str, Note]
) -> str:
    proved_by, note = tests.get(row["id"], []), reasons.get(row["id"])
    status = TESTED if proved_by or note is None else note.status
    cells = (row["id"], cell(row["trigger"]), cell(row["required"]), status)
    return f"| {' | '.join(cells)} | {proof_cell(proved_by, note)} |"
