"""Build the Lambda layer from the checkout, with any Python from 3.11 on and without Docker.

Run by layers/core/Makefile, before anything is installed, so: standard library only. Wheels are
chosen for the machine that runs the layer, never for the one that builds it:

    python3 -m tools.build_layer FOLDER

The environment may say for what: ``LAYER_PLATFORM`` is ``arm64`` (the default), ``x86_64`` or
``host``; with ``host``, ``LAYER_PYTHON`` names the interpreter that will load it (a path, or a
version).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import environments, layer_files
from tools.environments import ROOT

SOURCE = ROOT / "layers/core"
# The runtime of template.yaml. It runs on Amazon Linux 2023, whose glibc is 2.34.
RUNTIME = "3.13"
NEWEST_GLIBC = 34
OLDEST_GLIBC = 17
HOST = "host"
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Where Lambda unpacks it: what tracebacks and byte code name.
MOUNTED_AT = "/opt/python"
SCRATCH = "parley-layer-"
MEGABYTE = 1_000_000
MAX_ZIPPED_MB = 25


@dataclass(frozen=True)
class Target:
    """For what a layer is built.

    Attributes:
        platform: ``arm64``, ``x86_64`` or ``host``.
        version: The Python that loads it, such as ``3.13``.
        interpreter: The one that loads it, if it is on this machine; it compiles the byte code.
    """

    platform: str
    version: str
    interpreter: Path | None

    @property
    def requirements(self) -> list[str]:
        """What is installed, as options of uv and pip alike."""
        if self.platform == HOST:
            # The same pins, but for this machine: the layer's lock knows Lambda's only.
            pins = ROOT / "requirements/run.txt"
            return ["-r", str(ROOT / "requirements/layer.in"), "-c", str(pins)]
        return ["--no-deps", "--require-hashes", "-r", str(SOURCE / "requirements.txt")]


def target_from(settings: dict[str, str]) -> Target:
    """Read from the environment for what to build."""
    platform = settings.get("LAYER_PLATFORM") or "arm64"
    wanted = settings.get("LAYER_PYTHON") or ""
    if platform == HOST:
        found = interpreter_named(wanted or sys.executable)
        if found is None:
            sys.exit(f"[layer] LAYER_PYTHON={wanted} is no Python of this machine")
        return Target(platform, version_of(found) or "", found)
    if platform not in MACHINES:
        sys.exit(f"[layer] LAYER_PLATFORM={platform} is none of {', '.join(MACHINES)}, {HOST}")
    if wanted:
        sys.exit(f"[layer] LAYER_PYTHON goes with LAYER_PLATFORM=host; Lambda runs {RUNTIME}")
    return Target(platform, RUNTIME, interpreter_named(RUNTIME))


def interpreter_named(wanted: str) -> Path | None:
    """The interpreter at a path, or any of a version that is on this machine already."""
    if "/" in wanted:
        return Path(wanted) if version_of(Path(wanted)) else None
    return next((path for path in interpreters(wanted) if version_of(path) == wanted), None)


def interpreters(version: str) -> Iterator[Path]:
    """Where a Python of a version may be, most likely first.

    Some paths do not exist, or are of another version.
    """
    yield Path(sys.executable)
    for folder in os.get_exec_path():
        yield Path(folder) / f"python{version}"
    # pyenv's commands on the PATH refuse versions that are not switched on here.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)
    uv = environments.UV / "bin/uv"
    if uv.is_file():
        options = ["--no-python-downloads", "--no-project", "--managed-python"]
        found = _output([uv, "python", "find", *options, version])
        if found:
            yield Path(found)


def version_of(interpreter: Path) -> str | None:
    """Major and minor version of a finished CPython; None if it does not run, or is none."""
    tell = (
        "import sys; v = sys.version_info; "
        "print(f'{sys.implementation.name} {v.releaselevel} {v.major}.{v.minor}')"
    )
    answer = (_output([interpreter, "-I", "-c", tell]) or "").split()
    return answer[2] if answer[:2] == ["cpython", "final"] else None


def _output(command: list[str | Path]) -> str | None:
    """What a command prints; None if it fails or is not there."""
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            [str(part) for part in command], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def install(target: Target, folder: Path) -> str:
    """Put the locked wheels into a folder; returns the name of the installer that did."""
    with environments.exclusive():
        uv = environments.install_uv()
    to: list[str | Path] = ["--target", folder, *target.requirements]
    if uv is not None:
        try:
            environments.run([*uv_command(target), *to], uv)
            return "uv"
        except environments.BuildFailed as error:
            say(f"uv could not, so pip does it ({str(error).splitlines()[-1]})")
            shutil.rmtree(folder, ignore_errors=True)
    environments.run([*pip_command(target), *to])
    return "pip"


def uv_command(target: Target) -> list[str | Path]:
    """Begin of uv's command. Copies, since links would let us change its cache."""
    command: list[str | Path] = [environments.UV / "bin/uv", "pip", "install", "--quiet"]
    command += ["--link-mode", "copy", "--only-binary", ":all:"]
    if target.interpreter is not None and target.platform == HOST:
        return [*command, "--python", target.interpreter]
    platform = f"{MACHINES[target.platform]}-manylinux_2_{NEWEST_GLIBC}"
    command += ["--python", sys.executable, "--python-version", target.version]
    return [*command, "--python-platform", platform]


def pip_command(target: Target) -> list[str | Path]:
    """Begin of pip's command: the pip of an environment of our own, whatever else is installed."""
    pip: list[str | Path] = [environments.UV / "bin/python", "-I", "-m", "pip"]
    command = ["install", "--quiet", "--no-compile", "--only-binary=:all:"]
    if target.interpreter is not None and target.platform == HOST:
        return [*pip, "--python", target.interpreter, *command]
    machine = MACHINES[target.platform]
    # pip does not know that a newer glibc runs what was built for older ones.
    glibcs = [f"manylinux_2_{n}_{machine}" for n in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)]
    for tag in [*glibcs, f"manylinux2014_{machine}"]:
        command += ["--platform", tag]
    return [*pip, *command, "--implementation", "cp", "--python-version", target.version]


def compile_all(interpreter: Path, folder: Path) -> None:
    """Compile every module for the interpreter's version.

    Unchecked: Lambda's and zip's file times never match, and a check would compile anew at each
    cold start. One process, since what it compiled before shows in the byte code.
    """
    command: list[str | Path] = [interpreter, "-I", "-m", "compileall", "-q"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", folder, "-p", MOUNTED_AT]
    environments.run([*command, folder])


def build(target: Target, folder: Path) -> None:
    """Build the layer's ``python`` folder, which may not exist yet.

    Raises:
        environments.BuildFailed: A wheel could not be had, a module not compiled, or the layer is
            larger than it may be.
    """
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as scratch:
        # Named as in the layer, for its size and hash.
        built = Path(scratch) / "layer/python"
        installer = install(target, built)
        layer_files.trim(built)
        layer_files.copy_sources(SOURCE / "parley", built / "parley")
        if target.interpreter is not None:
            compile_all(target.interpreter, built)
        layer_files.normalize(built)
        report(target, installer, built.parent)
        shutil.copytree(built, folder)


def report(target: Target, installer: str, layer: Path) -> None:
    """Say what was built, and refuse what is too large to upload."""
    say(f"{target.platform}, Python {target.version}, wheels by {installer}")
    if target.interpreter is None:
        say(f"warning: no Python {target.version} here to compile with: cold starts take longer")
    else:
        say(f"compiled by {target.interpreter}")
    say(f"sha256 {layer_files.digest(layer)}")
    if target.platform != HOST:
        unzipped = layer_files.unzipped_bytes(layer) / MEGABYTE
        zipped = layer_files.zipped_bytes(layer) / MEGABYTE
        say(f"{zipped:.1f} MB zipped, {unzipped:.1f} MB unzipped")
        if zipped > MAX_ZIPPED_MB:
            raise environments.BuildFailed(f"larger than {MAX_ZIPPED_MB} MB zipped")


def say(line: str) -> None:
    """Tell the user. On stdout: sam swallows what a Makefile's stderr says."""
    print(f"[layer] {line}", flush=True)


def main(arguments: list[str]) -> None:
    """Build into the folder that is named."""
    environments.check_python()
    if len(arguments) != 1:
        sys.exit("usage: python3 -m tools.build_layer FOLDER")
    folder = Path(arguments[0])
    if folder.exists():
        sys.exit(f"[layer] {folder} exists already")
    target = target_from(dict(os.environ))
    try:
        build(target, folder)
    except environments.BuildFailed as error:
        sys.exit(f"[layer] failed: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
