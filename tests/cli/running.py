"""Runs the command in this process: as quick as a call, and measured like one."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner
from typing_extensions import override

from cli.app import app


@dataclass(frozen=True, slots=True)
class Ran:
    """How the command ended, and what it said."""

    code: int
    out: str
    err: str

    def json(self, code: int = 0) -> Any:
        """Return the result; fails unless the command ended so."""
        assert self.code == code, self
        return json.loads(self.out)


def run(
    *arguments: str, environment: Mapping[str, str] | None = None, stdin: str | None = None
) -> Ran:
    """Run `parley` with these arguments."""
    # A terminal's width must not decide what the texts are.
    env = {"COLUMNS": "100", "NO_COLOR": "1", **(environment or {})}
    result = CliRunner().invoke(app, list(arguments), input=stdin, env=env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


class Terminal(io.StringIO):
    """A standard error that a person looks at."""

    @override
    def isatty(self) -> bool:
        return True
