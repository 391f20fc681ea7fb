"""`python -m cli` is `parley`; `bin/parley` sets up what it needs first."""

from __future__ import annotations

from cli.app import app

if __name__ == "__main__":
    app(prog_name="parley")
