"""What is in the layer and what is not, and that it looks the same wherever it was built."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

# The services of AWS that the layer has clients of; a test compares.
SERVICES = frozenset({"dynamodb", "secretsmanager", "sqs"})
# redis-py tells the server its version, and asks importlib.metadata for it.
ASKED_FOR_THEIR_VERSION = ("redis",)
# Nothing that runs reads these: types, C headers, commands, resources of boto3, documents.
UNUSED = (
    "**/*.pyi",
    "**/py.typed",
    "**/*.h",
    "**/tests",
    "**/__pycache__",
    "bin",
    ".lock",
    "boto3/data",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
)
NEVER_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "*~")
# The first day that zip can tell in every time zone.
MTIME_S = 315_619_200


def trim(folder: Path) -> None:
    """Remove what a function never reads."""
    found = (path for pattern in UNUSED for path in folder.glob(pattern))
    services = (path for path in (folder / "botocore/data").iterdir() if path.is_dir())
    unused = [*found, *(path for path in services if path.name not in SERVICES)]
    for path in [*unused, *_unasked_metadata(folder)]:
        _remove(path)


def _unasked_metadata(folder: Path) -> Iterator[Path]:
    for path in folder.glob("*.dist-info"):
        if path.name.split("-")[0] in ASKED_FOR_THEIR_VERSION:
            yield from (entry for entry in path.iterdir() if entry.name != "METADATA")
        else:
            yield path


def _remove(path: Path) -> None:
    # What was in a removed folder is gone already.
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copy_sources(source: Path, folder: Path) -> None:
    """Copy a package without what runs of this checkout left in it."""
    shutil.copytree(source, folder, ignore=NEVER_COPIED)


def normalize(folder: Path) -> None:
    """Give every file and folder the same mode and time."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (MTIME_S, MTIME_S))


def digest(folder: Path) -> str:
    """SHA-256 of the names and contents of all files: what sam names an upload by, too."""
    total = hashlib.sha256()
    for path in _files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content}  {path.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()


def unzipped_bytes(folder: Path) -> int:
    """What Lambda counts against its 250 MB."""
    return sum(path.stat().st_size for path in _files(folder))


def zipped_bytes(folder: Path) -> int:
    """How large sam's upload becomes."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder):
                archive.write(path, path.relative_to(folder))
        return file.tell()


def _files(folder: Path) -> list[Path]:
    """Every file, in an order that does not depend on the disk."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
