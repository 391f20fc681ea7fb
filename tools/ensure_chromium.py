"""Print the path of a Chromium that the browser tests can drive, after installing one if needed.

    python -m tools.ensure_chromium

Looked for in this order: `CHROMIUM`, a Chromium or Chrome on PATH or in its usual place, the one
that Playwright downloaded. Installed, when there is none, from Debian's packages when root there,
else by Playwright. Fails with one line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_INSTALL_TIMEOUT_S = 600


def installed() -> str | None:
    """The path of a Chromium that is there already."""
    named = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in _NAMES)]
    paths = [Path(name) for name in named if name]
    return next((str(path) for path in (*paths, _MAC, _playwrights()) if path.is_file()), None)


def install() -> str | None:
    """Install a Chromium; None when that failed, or left none behind."""
    for command in _ways():
        print(f"[setup] {' '.join(command)}", file=sys.stderr, flush=True)
        try:
            done = subprocess.run(  # noqa: S603 - our own commands
                command,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_INSTALL_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
    return installed()


def _ways() -> list[list[str]]:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
        return [["apt-get", "update", "--quiet"], ["apt-get", *packages]]
    return [[sys.executable, "-m", "playwright", "install", "chromium"]]


def _playwrights() -> Path:
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def main() -> int:
    """Print the path; 1 and one line on stderr when there is none to be had."""
    path = installed() or install()
    if path is None:
        print(
            "The browser tests need Chromium, and it could not be installed: install Chromium or "
            "Chrome, or set CHROMIUM to its path.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
