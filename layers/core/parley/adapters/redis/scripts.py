"""Loads the Lua scripts: one file for each transition, after the functions that they share."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "scripts"
_PRESENCE = "presence_"


@dataclass(frozen=True, slots=True)
class Script:
    """A script as the server gets it.

    Attributes:
        name: Its file's name, without the ending.
        sha: What EVALSHA names it by.
    """

    name: str
    source: str
    sha: str


@cache
def load(name: str) -> Script:
    """Return a script with the shared functions before it; read once for each process."""
    libraries = ("lib", "lib_presence") if name.startswith(_PRESENCE) else ("lib",)
    source = "\n".join(_text(part) for part in (*libraries, name))
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def names() -> list[str]:
    """Return the names of all scripts."""
    return sorted(path.stem for path in _FOLDER.glob("*.lua") if not path.stem.startswith("lib"))


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
