"""Every scenario is proved harmless by a test, or says why not; the page follows from that."""

from pathlib import Path

import pytest

from tools import scenarios
from tools.proofs import BadProofs

ROWS = "id\ttrigger\trequired\nR1\tRedis | lost\tnothing lost\nS1\tan upload\tnothing swapped\n"
NOTES = "id\tstatus\treason\nS1\tn/a\tthere are no uploads\n"
PROOF = """
import pytest

@pytest.mark.scenario("R1")
def test_it_holds() -> None:
    assert True
"""
PAGE = "# Reliability\n\nWritten by hand.\n\n## Scenarios\n\nwhat was written before\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of two scenarios, one of them proved and one explained."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests").mkdir()
    put(tmp_path, "docs/scenarios.tsv", ROWS)
    put(tmp_path, "docs/scenarios-notes.tsv", NOTES)
    put(tmp_path, "docs/reliability.md", PAGE)
    put(tmp_path, "tests/test_it.py", PROOF)
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)


def test_only_the_last_section_is_written_anew(root: Path) -> None:
    text = scenarios.page(root)
    assert text.startswith("# Reliability\n\nWritten by hand.\n\n## Scenarios\n")
    assert "what was written before" not in text
    put(root, "docs/reliability.md", text)
    assert scenarios.page(root) == text


def test_a_row_shows_its_proof_or_its_reason(root: Path) -> None:
    lines = scenarios.page(root).splitlines()
    assert "| R1 | Redis \\| lost | nothing lost | tested | `test_it.py::test_it_holds` |" in lines
    assert "| S1 | an upload | nothing swapped | n/a | there are no uploads |" in lines
    assert any(line.endswith("1 of 2 are tested.") for line in lines)


def test_a_scenario_without_proof_and_reason_fails(root: Path) -> None:
    put(root, "docs/scenarios-notes.tsv", "id\tstatus\treason\n")
    with pytest.raises(BadProofs, match="neither proved by a test nor explained: S1"):
        scenarios.page(root)


def test_a_reason_beside_a_proof_fails(root: Path) -> None:
    put(root, "docs/scenarios-notes.tsv", NOTES + "R1\tn/a\tno Redis\n")
    with pytest.raises(BadProofs, match="a remark is for what tests prove"):
        scenarios.page(root)


def test_an_unknown_scenario_fails(root: Path) -> None:
    put(root, "tests/test_it.py", PROOF.replace('"R1"', '"R1", "R99"'))
    with pytest.raises(BadProofs, match="there is no such id: R99"):
        scenarios.page(root)
