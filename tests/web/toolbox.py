"""Node.js and its tools, and what they make of ``web/``, for tests."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools import web
from tools.environments import ROOT

# Upper bound of one command, on a machine that does other things too.
PATIENCE_S = 120


@dataclass(frozen=True)
class Toolbox:
    """Node.js, npm, and what npm installed."""

    node: web.Node

    def run(self, *command: str | Path, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; its name is ``node``, ``npm`` or that of an installed tool."""
        name, *arguments = map(str, command)
        return subprocess.run(
            [*web.command(self.node, name), *arguments],
            cwd=folder,
            env={**self.node.environment(), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )


@dataclass(frozen=True)
class Package:
    """One of the packages, packed as it would be published."""

    name: str
    tarball: Path
    files: frozenset[str]
