"""checkov finds nothing but what accepted.tsv gives a reason for."""

import csv
import json
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.template.conftest import ROOT

ACCEPTED = Path(__file__).parent / "accepted.tsv"
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"


def accepted() -> list[dict[str, str]]:
    with ACCEPTED.open() as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


def is_of(finding: tuple[str, str], row: dict[str, str]) -> bool:
    return finding[0] == row["check"] and fnmatch(finding[1], row["resource"])


@pytest.fixture(scope="module")
def reports(rendered_files: list[Path]) -> list[dict[str, Any]]:
    # Here and not by `make setup`: nothing else needs it, and it is the largest of all.
    subprocess.run([sys.executable, str(ROOT / "tools" / "environments.py"), "checkov"], check=True)
    folder = str(rendered_files[0].parent)
    options = ["--framework", "cloudformation", "--output", "json", "--quiet", "--compact"]
    done = subprocess.run(
        [str(CHECKOV), "--directory", folder, *options, "--skip-download", "--soft-fail"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    return told if isinstance(told, list) else [told]


@pytest.fixture(scope="module")
def findings(reports: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The check and the resource of each, in any variant."""
    failed = [check for report in reports for check in report["results"]["failed_checks"]]
    return {(check["check_id"], check["resource"]) for check in failed}


@pytest.mark.slow
def test_checkov_read_every_variant(reports: list[dict[str, Any]]) -> None:
    assert sum(report["summary"]["passed"] for report in reports) > 500
    assert not any(report["summary"]["parsing_errors"] for report in reports)


@pytest.mark.slow
def test_every_finding_is_accepted_for_a_reason(findings: set[tuple[str, str]]) -> None:
    rows = accepted()
    unknown = {found for found in findings if not any(is_of(found, row) for row in rows)}
    assert not unknown
    assert all(len(row["reason"]) > 20 for row in rows)


@pytest.mark.slow
def test_nothing_is_accepted_that_is_not_found(findings: set[tuple[str, str]]) -> None:
    stale = [row for row in accepted() if not any(is_of(found, row) for found in findings)]
    assert not stale
