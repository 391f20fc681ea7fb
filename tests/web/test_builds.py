"""The web parts are built with the Node.js that there is, and only when they are stale."""

from pathlib import Path

import pytest

from tests.web.toolbox import Toolbox
from tools import environments, web


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with an SDK that was built, and a widget that was not."""
    monkeypatch.setattr(web, "ROOT", tmp_path)
    monkeypatch.setattr(web, "STAMPS", tmp_path / "stamps")
    files = {
        "tsconfig.base.json": "{}",
        "web/sources.ts": "",
        "web/sdk/src/index.ts": "export {}",
        "web/sdk/tests/some.test.ts": "",
        "web/sdk/dist/index.js": "export {}",
        "web/widget/src/index.ts": "export {}",
        "stamps/installed": "some lock file",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    web.SDK.stamp.write_text(web.SDK.fingerprint())
    return tmp_path


def fake_program(folder: Path, name: str, says: str) -> None:
    """A program that says something, whatever it is asked."""
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("version", "is_supported"),
    [
        ("v18.20.8", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v23.11.0", False),
        ("v24.0.0", True),
        ("v26.1.0", True),
        ("what?", False),
    ],
)
def test_versions_that_the_tools_run_on(version: str, is_supported: bool) -> None:
    assert web.is_supported(version) == is_supported


def test_node_on_path_is_taken_with_its_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_program(tmp_path, "node", "v24.1.0")
    fake_program(tmp_path, "npm", "11.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NODE", raising=False)
    assert web.find_node() == web.Node(tmp_path / "node", (str(tmp_path / "npm"),), "v24.1.0")


@pytest.mark.parametrize("programs", [{}, {"node": "v24.1.0"}, {"node": "v18.1.0", "npm": "9"}])
def test_machine_without_a_usable_node_gets_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str]
) -> None:
    for name, says in programs.items():
        fake_program(tmp_path, name, says)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NODE", raising=False)
    node = web.find_node()
    assert node.path.is_relative_to(environments.NODE.path)
    assert web.is_supported(node.version)
    assert environments.run([*node.npm, "--version"], node.environment()) != ""


def test_node_that_was_named_must_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_program(tmp_path, "node", "v18.1.0")
    monkeypatch.setenv("NODE", str(tmp_path / "node"))
    with pytest.raises(SystemExit, match=r"NODE=.* is no Node\.js 20\.19"):
        web.find_node()


def test_part_is_stale_when_its_sources_change(checkout: Path) -> None:
    assert web.SDK.is_fresh()
    (checkout / "web/sdk/src/index.ts").write_text("export default 1")
    assert not web.SDK.is_fresh()


@pytest.mark.parametrize("name", ["web/sdk/src/new.ts", "tsconfig.base.json", "stamps/installed"])
def test_part_is_stale_when_what_it_is_built_with_changes(checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed")
    assert not web.SDK.is_fresh()


def test_part_is_stale_when_what_it_uses_changes(checkout: Path) -> None:
    before = web.WIDGET.fingerprint()
    (checkout / "web/sdk/src/index.ts").write_text("export default 1")
    assert web.WIDGET.fingerprint() != before


@pytest.mark.parametrize("name", ["web/sdk/dist/index.js", "web/sdk/tests/some.test.ts"])
def test_part_does_not_depend_on_tests_and_what_was_built(checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed")
    assert web.SDK.is_fresh()


def test_part_that_was_not_built_is_stale(checkout: Path) -> None:
    assert not web.WIDGET.is_fresh()


def test_nothing_is_built_twice(toolbox: Toolbox, capsys: pytest.CaptureFixture[str]) -> None:
    web.build(toolbox.node)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [[], ["--help"], ["run"], ["build", "more"]])
def test_command_that_is_none_is_answered_with_help(arguments: list[str]) -> None:
    assert web.main(arguments) == 2
