"""How long functions run, as it was measured (docs/cost-durations.tsv), and as Lambda bills it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "cost-durations.tsv"
COLUMNS = ("operation", "function", "wall_ms", "cpu_ms")
# A process that starts: it imports a function and makes what it needs.
START = ("(start of a process)", "message")
# Lambda gives a whole core to a function of so much memory, and less in proportion.
CORE_MB = 1_769

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Duration:
    """How long one run took, and how long it had a core for itself."""

    wall_ms: float
    cpu_ms: float

    @property
    def waiting_ms(self) -> float:
        """Return for how long it did nothing."""
        return max(0.0, self.wall_ms - self.cpu_ms)

    def computing_ms(self, memory_mb: int) -> float:
        """Return about how long it computes in a function of so much memory."""
        return self.cpu_ms * max(1.0, CORE_MB / memory_mb)


def written(durations: Mapping[Key, Duration], where: str) -> str:
    """Return the file, with a first line that says where and when it was measured."""
    out = io.StringIO(f"# {where}\n")
    out.seek(0, io.SEEK_END)
    table = csv.writer(out, delimiter="\t", lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows((*key, each.wall_ms, each.cpu_ms) for key, each in durations.items())
    return out.getvalue()


def read(text: str | None = None) -> tuple[str, dict[Key, Duration]]:
    """Return where it was measured, and the durations by operation and function."""
    first, *lines = (FILE.read_text(encoding="utf-8") if text is None else text).splitlines()
    rows = csv.DictReader(lines, delimiter="\t")
    found = {
        (row["operation"], row["function"]): Duration(float(row["wall_ms"]), float(row["cpu_ms"]))
        for row in rows
    }
    return first.removeprefix("# "), found
