"""A function that says where its modules are from; deployed with the layer of Parley's own."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any


def handler(event: dict[str, Sequence[str]], _context: object) -> dict[str, Any]:
    """Import modules, and return the file of each, and the Python that runs here."""
    files = {name: importlib.import_module(name).__file__ for name in event["modules"]}
    return {"files": files, "python": list(sys.version_info[:2])}
