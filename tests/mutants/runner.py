"""Runs tests against a copy of the layer with one bug planted in it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "core"
# Tests were collected, and some failed.
FAILED = 1


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug that could be made.

    Attributes:
        name: What is wrong, in a few words.
        file: Where, below ``layers/core/parley``.
        good: The text that is there, once.
        bad: What takes its place.
        tests: The tests that must fail, as pytest is given them.
    """

    name: str
    file: str
    good: str
    bad: str
    tests: tuple[str, ...]


class NotPlanted(Exception):
    """Raised when the text that a mutant changes is not there, or more than once."""


def survivors(mutant: Mutant) -> list[str]:
    """Plant the bug in a copy, run its tests, and return those that passed all the same.

    Raises:
        NotPlanted: The code is not what the mutant was written for.
    """
    with _copied_layer() as layer:
        _plant(mutant, layer / "parley" / mutant.file)
        report = layer / "report.xml"
        done = _run(mutant.tests, layer, report)
        if done.returncode != FAILED:
            return [*mutant.tests, done.stdout[-2_000:]]
        return _passed(report)


def failures_without_a_bug(mutants: Iterable[Mutant]) -> str:
    """Run the tests of all these against a copy as it is; return what pytest says of failures."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    with _copied_layer() as layer:
        done = _run(tests, layer, layer / "report.xml")
        return "" if done.returncode == 0 else done.stdout[-2_000:]


@contextmanager
def _copied_layer() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="parley-mutant-") as folder:
        layer = Path(folder)
        # What is compiled comes along: it is up to date for every file but a changed one.
        shutil.copytree(LAYER / "parley", layer / "parley")
        yield layer


def _plant(mutant: Mutant, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.good) != 1:
        found = text.count(mutant.good)
        raise NotPlanted(f"{mutant.name}: found {found} times in {mutant.file}, not once")
    path.write_text(text.replace(mutant.good, mutant.bad), encoding="utf-8")


def _run(tests: Sequence[str], layer: Path, report: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command += ["-o", f"pythonpath=. {layer}", f"--junitxml={report}", *tests]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _passed(report: Path) -> list[str]:
    """Return the tests without a failure; one that could not even begin does not count as one."""
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - written by pytest just now
    return [f"{case.get('classname')}::{case.get('name')}" for case in cases if not _failed(case)]


def _failed(case: ElementTree.Element) -> bool:
    return case.find("failure") is not None
