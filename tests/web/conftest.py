"""What is published of ``web/``, as it is built now."""

import json
import tarfile
from pathlib import Path

import pytest

from tests.web.toolbox import Package, Toolbox
from tools import web
from tools.environments import ROOT, exclusive

PACKAGES = ("sdk", "widget", "react")


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    """The tools, after they built what is stale."""
    node = web.find_node()
    with exclusive(web.LOCK):
        web.build(node)
    return Toolbox(node)


@pytest.fixture(scope="session")
def packages(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> list[Package]:
    """The packages, by `npm pack`."""
    folder = tmp_path_factory.mktemp("packed")
    found = []
    for name in PACKAGES:
        done = toolbox.run(
            "npm", "pack", "--json", "--pack-destination", folder, folder=ROOT / "web" / name
        )
        assert done.returncode == 0, done.stderr
        (packed,) = json.loads(done.stdout)
        files = frozenset(file["path"] for file in packed["files"])
        found.append(Package(packed["name"], folder / packed["filename"], files))
    return found


@pytest.fixture(scope="session")
def consumer(packages: list[Package], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has installed the packages, and what they need of others."""
    project = tmp_path_factory.mktemp("consumer")
    modules = project / "node_modules"
    modules.mkdir()
    (project / "package.json").write_text('{"type": "module"}\n')
    for theirs in (ROOT / "node_modules").iterdir():
        if theirs.name != "@parley" and not theirs.name.startswith("."):
            (modules / theirs.name).symlink_to(theirs)
    for package in packages:
        with tarfile.open(package.tarball) as archive:
            archive.extractall(project / "unpacked", filter="data")
        (modules / package.name).parent.mkdir(exist_ok=True)
        (project / "unpacked" / "package").rename(modules / package.name)
    return project
