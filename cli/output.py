"""What the command says: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cli.errors import CliError

Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Output:
    """One result, as text or as one JSON object, and progress meanwhile.

    Attributes:
        is_quiet: Shows no progress: for parts of work whose progress is shown as a whole.
    """

    as_json: bool = False
    is_quiet: bool = False

    def result(self, data: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Write the result: the data for programs, or the lines for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        else:
            sys.stdout.writelines(f"{shown(line)}\n" for line in lines)

    def failed(self, error: CliError) -> None:
        """Say in one sentence why there is no result."""
        if self.as_json:
            failure = {"error": str(error), "exitCode": error.exit_code}
            sys.stdout.write(json.dumps(failure, ensure_ascii=False) + "\n")
        self.note(f"parley: {error}")

    def note(self, line: str) -> None:
        """Tell a person something that is not the result."""
        sys.stderr.write(f"{shown(line)}\n")

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Step]:
        """Show how far long work has come, where a person looks on.

        Args:
            what: What is done, for people.
            total: How many steps there are; None if nobody knows.

        Yields:
            What to call with the number of steps done since the last call.
        """
        if self.is_quiet or not sys.stderr.isatty():
            yield lambda _steps: None
            return
        # A tenth of a second that commands without long work need not wait for.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Elapsed())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task(what, total=total)
            yield lambda steps: bars.advance(task, steps)


def shown(text: str) -> str:
    """Escape what could move, hide or turn around text in a terminal: ids may hold nearly all."""
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)
