"""Build the virtual environments that the Makefile uses, where they are missing or stale.

Run by whatever Python the user has, before anything is installed, so: standard library only. An
environment is built again when its lock file, the interpreter or its place on disk has changed.

    python3 tools/environments.py run emulator

Names: ``run`` (``.venv``, what ``make run`` needs), ``dev`` (``.venv``, with the tests' needs too),
``emulator`` and ``sam`` (environments of their own, because they pin what the others pin too),
``checkov`` (another, which tests/template builds when it is run), ``node`` (Node.js, for machines
that have none: see tools/web.py).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

if os.name == "posix":
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
UV_VERSION = "0.13.8"
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the lock file that says what is in it."""

    name: str
    folder: str
    lock: str

    @property
    def path(self) -> Path:
        """Where it is built."""
        return ROOT / self.folder

    @property
    def stamp(self) -> Path:
        """The file whose text says from what it was built."""
        return self.path / f".built-{self.name}"

    @property
    def origin(self) -> Path:
        """The file whose text says for which interpreter and place it was made."""
        return self.path / ".made-for"

    def interpreter_and_place(self) -> str:
        """What an environment must be made anew for: its scripts name both."""
        return f"{sys.version}\n{sys.executable}\n{self.path}\n"

    def fingerprint(self) -> str:
        """Everything that makes an environment stale."""
        text = self.interpreter_and_place() + (ROOT / self.lock).read_text()
        return hashlib.sha256(text.encode()).hexdigest()

    def is_fresh(self) -> bool:
        """True if it was built from today's lock, interpreter and place."""
        return self.stamp.is_file() and self.stamp.read_text() == self.fingerprint()


RUN = Environment("run", ".venv", "requirements/run.txt")
DEV = Environment("dev", ".venv", "requirements/dev.txt")
EMULATOR = Environment("emulator", ".venv-emulator", "requirements/emulator.txt")
SAM = Environment("sam", ".venv-sam", "requirements/sam.txt")
CHECKOV = Environment("checkov", ".venv-checkov", "requirements/checkov.txt")
NODE = Environment("node", ".venv-node", "requirements/node.txt")
UV = ROOT / ".venv-uv"
BY_NAME = {env.name: env for env in (RUN, DEV, EMULATOR, SAM, CHECKOV, NODE)}


class BuildFailed(Exception):
    """Raised when an installer fails; its output is the message."""


def stale(names: list[str]) -> list[Environment]:
    """The environments to build, each folder once: ``dev`` holds all of ``run``."""
    wanted = [BY_NAME[name] for name in names]
    if DEV in wanted or (RUN in wanted and not RUN.is_fresh() and DEV.stamp.is_file()):
        wanted = [DEV, *(env for env in wanted if env.folder != DEV.folder)]
    return [env for env in dict.fromkeys(wanted) if not env.is_fresh()]


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> str:
    """Run a command quietly.

    Raises:
        BuildFailed: It failed; what it printed is the message.
    """
    done = subprocess.run(  # noqa: S603 - our own commands
        [str(part) for part in command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(map(str, command))}\n{done.stdout.strip()}")
    return done.stdout


def uv_settings(pip: Path) -> dict[str, str]:
    """The environment for uv, which does not read pip's settings: index and certificates."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    found: dict[str, str] = {}
    for line in run([pip, "config", "list"]).splitlines():
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        value = value.strip("'\"")
        # pip also takes folders, which uv knows by another option; such packages are pip's to find.
        if name and not value.startswith("file:"):
            found[name] = value
    return {**found, **os.environ}


def install_uv() -> dict[str, str] | None:
    """Have uv, ten times as fast as pip, in ``.venv-uv``; None where it cannot be had."""
    python = UV / "bin" / "python"
    try:
        if not (UV / f".built-{UV_VERSION}").is_file():
            shutil.rmtree(UV, ignore_errors=True)
            run([sys.executable, "-m", "venv", UV])
            run([python, "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}"])
            run([UV / "bin" / "uv", "--version"])
            (UV / f".built-{UV_VERSION}").touch()
        return uv_settings(UV / "bin" / "pip")
    except BuildFailed as error:
        say(f"no uv here, so pip does it, more slowly ({str(error).splitlines()[-1]})")
        return None


def build(env: Environment, uv: dict[str, str] | None) -> None:
    """Create or update one environment; with uv where that works, else with pip."""
    for stamp in env.path.glob(".built-*"):
        stamp.unlink()
    if uv is None or not install_with_uv(env, uv):
        make(env, with_pip=True)
        run([env.path / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", ROOT / env.lock])
    env.stamp.write_text(env.fingerprint())
    if env is DEV:
        RUN.stamp.write_text(RUN.fingerprint())


def make(env: Environment, *, with_pip: bool) -> None:
    """Make an empty environment, or keep the one that is there if it can be built upon.

    Kept where possible: a Parley that runs from it must not lose the ground under its feet when
    `make test` adds the tests' needs.
    """
    is_ours = env.origin.is_file() and env.origin.read_text() == env.interpreter_and_place()
    options = ([] if is_ours else ["--clear"]) + ([] if with_pip else ["--without-pip"])
    run([sys.executable, "-m", "venv", *options, env.path])
    env.origin.write_text(env.interpreter_and_place())


def install_with_uv(env: Environment, uv: dict[str, str]) -> bool:
    """Make the environment hold exactly what its lock says; False if uv could not."""
    make(env, with_pip=False)
    # Byte code now, on all cores, or every process that starts first would write it.
    sync: list[str | Path] = [UV / "bin" / "uv", "pip", "sync", "--quiet", "--compile-bytecode"]
    try:
        run([*sync, "--python", env.path / "bin" / "python", ROOT / env.lock], uv)
    except BuildFailed as error:
        say(f"uv could not build {env.folder}, so pip does it ({str(error).splitlines()[-1]})")
        return False
    return True


def say(line: str) -> None:
    """Tell the user what takes the time."""
    print(f"[setup] {line}", file=sys.stderr, flush=True)


def exclusive(name: str = ".environments.lock") -> IO[str]:
    """Wait until no other ``make`` here builds the same; the lock goes with the file."""
    lock = (ROOT / name).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def check_python() -> None:
    """Refuse what cannot work, with a line that says what to do."""
    if sys.version_info < OLDEST_PYTHON:
        have = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"Parley needs Python 3.11 or newer, and {sys.executable} is {have}: name a newer "
            "one with `make PYTHON=/path/to/python3.12 ...`."
        )


def main(names: list[str]) -> None:
    """Build the named environments that are stale, in parallel."""
    check_python()
    if not stale(names):
        return
    with exclusive():
        due = stale(names)
        if due:
            say(f"installing into {', '.join(env.folder for env in due)} ...")
            uv = install_uv()
            try:
                with ThreadPoolExecutor() as pool:
                    list(pool.map(lambda env: build(env, uv), due))
            except BuildFailed as error:
                sys.exit(f"[setup] failed: {error}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("[setup] interrupted")
