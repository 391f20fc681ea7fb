"""The tools find a compiler where people have one, and refuse what Lambda would."""

from pathlib import Path

import pytest

from tools import artifacts, build_layer, environments

# No release has this number, so that only what a test makes is found.
VERSION = "3.99"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH folder and an empty pyenv."""
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def python_that(says: str, path: Path) -> Path:
    """A program in an interpreter's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


def test_interpreter_on_the_path_is_found(machine: Path) -> None:
    python_that(f"echo cpython final {VERSION}", machine / f"pyenv/versions/{VERSION}.1/bin/python")
    found = python_that(f"echo cpython final {VERSION}", machine / f"path/python{VERSION}")
    assert build_layer.interpreter_named(VERSION) == found


def test_interpreter_of_pyenv_is_found_behind_its_command_that_refuses(machine: Path) -> None:
    python_that("echo 'pyenv: command not found' >&2; exit 127", machine / f"path/python{VERSION}")
    found = python_that(
        f"echo cpython final {VERSION}", machine / f"pyenv/versions/{VERSION}.1/bin/python"
    )
    assert build_layer.interpreter_named(VERSION) == found


@pytest.mark.parametrize("says", ["pypy final 3.99", "cpython candidate 3.99", "cpython final 3.9"])
def test_interpreter_with_other_byte_code_is_passed_over(machine: Path, says: str) -> None:
    python_that(f"echo {says}", machine / f"path/python{VERSION}")
    assert build_layer.interpreter_named(VERSION) is None


def test_layer_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module.py").write_text("x = 1\n")
    target = build_layer.Target("arm64", VERSION, None)
    build_layer.report(target, "uv", tmp_path)
    monkeypatch.setattr(build_layer, "MAX_ZIPPED_MB", 0)
    with pytest.raises(environments.BuildFailed, match="larger than 0 MB zipped"):
        build_layer.report(target, "uv", tmp_path)


@pytest.mark.parametrize("excess", [0, 1])
def test_layer_and_largest_function_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, excess: int
) -> None:
    for name, size in {"CoreLayer": 30, "SmallFunction": 5, "LargeFunction": 10 + excess}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_bytes(b"#" * size)
    monkeypatch.setattr(artifacts, "MAX_UNZIPPED_BYTES", 40)
    if excess:
        with pytest.raises(SystemExit, match="41 bytes with the layer"):
            artifacts.main([str(tmp_path)])
    else:
        artifacts.main([str(tmp_path)])
