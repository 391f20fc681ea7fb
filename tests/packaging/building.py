"""Builds what is deployed, as `make` and sam do, in folders of the test's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.environments import ROOT

SAM = ROOT / ".venv-sam/bin/sam"
# All that a build reads.
SOURCES = (
    "Makefile",
    "template.yaml",
    "samconfig.toml",
    "functions",
    "layers",
    "requirements",
    "tools",
)
INSTALLER = ".venv-uv"
TIMEOUT_S = 300


def run(command: list[str | Path], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command in a folder; returns what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def own_environment(**changes: str) -> dict[str, str]:
    """This process's environment without what would build another layer."""
    foreign = ("LAYER_", "AWS_", "COVERAGE_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**own, "SAM_CLI_TELEMETRY": "0", **changes}


def build_layer(checkout: Path, folder: Path, settings: Mapping[str, str]) -> str:
    """Build the layer alone into a folder's ``python``; returns what was said."""
    command: list[str | Path] = [sys.executable, "-m", "tools.build_layer", folder / "python"]
    return run(command, checkout, {**own_environment(), **settings})


def copy_checkout(source: Path, folder: Path) -> Path:
    """Copy what a build reads; the installer that is at hand is shared."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name)
        else:
            shutil.copy2(source / name, folder / name)
    (folder / INSTALLER).symlink_to(ROOT / INSTALLER)
    return folder


def sam_build(checkout: Path, environment: Mapping[str, str]) -> str:
    """Run `sam build` in a checkout; returns what it said."""
    return run([SAM, "build"], checkout, environment)
