"""What npm would publish: complete, nothing besides, and harmless to import on a server."""

import re
from pathlib import Path

import pytest

from tests.web.toolbox import Package, Toolbox
from tools.environments import ROOT

NAMES = ("@parley/client", "@parley/widget", "@parley/react")
BELONGS = re.compile(r"(dist|cdn)/.+|package\.json|README\.md|LICENSE")
REFERENCE = re.compile(r"""\b(?:src|href)=["']([^"'#?]+)""")
# Where the gateway serves what is built.
SERVED = {"/widget/": ROOT / "web/widget/cdn", "/sdk/": ROOT / "web/sdk/dist"}
IMPORT = """
const found = Object.keys(await import(process.argv[1]));
if (found.length === 0) throw new Error("nothing is exported");
"""


def test_packages_are_what_publint_asks_for(toolbox: Toolbox, packages: list[Package]) -> None:
    for package in packages:
        done = toolbox.run("publint", "run", "--strict", package.tarball)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "All good" in done.stdout, done.stdout


def test_packages_hold_what_is_built_and_nothing_besides(packages: list[Package]) -> None:
    assert [package.name for package in packages] == list(NAMES)
    for package in packages:
        assert [file for file in package.files if not BELONGS.fullmatch(file)] == []
        assert {"package.json", "dist/index.js", "dist/index.d.ts"} <= package.files


def test_widget_brings_what_a_script_tag_needs(packages: list[Package]) -> None:
    (widget,) = (package for package in packages if package.name == "@parley/widget")
    assert {"cdn/parley-chat.js", "cdn/app.js"} <= widget.files
    assert any(file.startswith("cdn/emoji-en-") for file in widget.files)


@pytest.mark.parametrize("name", NAMES)
def test_import_on_a_server_does_nothing(toolbox: Toolbox, consumer: Path, name: str) -> None:
    # A timer or connection that it left behind would keep the process from ending.
    done = toolbox.run("node", "--input-type=module", "--eval", IMPORT, name, folder=consumer)
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""


def test_types_are_found_by_whoever_imports_the_packages(toolbox: Toolbox, consumer: Path) -> None:
    lines = [f'import * as p{index} from "{name}";' for index, name in enumerate(NAMES)]
    (consumer / "page.ts").write_text("\n".join([*lines, "export default [p0, p1, p2];", ""]))
    # `nodenext` is the strictest about what a package says of itself.
    options = "--strict --noEmit --module nodenext --target es2022 --lib es2022,dom,dom.iterable"
    done = toolbox.run("tsc", *options.split(), "--types", "", "page.ts", folder=consumer)
    assert done.returncode == 0, done.stdout


def test_example_with_react_is_built(toolbox: Toolbox, tmp_path: Path) -> None:
    example = ROOT / "examples/react-vite"
    done = toolbox.run("vite", "build", "--outDir", tmp_path, "--emptyOutDir", folder=example)
    assert done.returncode == 0, done.stdout + done.stderr
    assert references(tmp_path) != []
    assert missing(tmp_path) == []


def test_example_with_a_script_tag_refers_to_files_that_exist(toolbox: Toolbox) -> None:
    example = ROOT / "examples/script-tag"
    assert any(name.endswith("/parley-chat.js") for name in references(example))
    assert missing(example) == []


def references(folder: Path) -> list[str]:
    """The addresses of scripts, styles and links in a folder's pages, without their host."""
    pages = [path.read_text() for path in folder.rglob("*.html")]
    found = [address for page in pages for address in REFERENCE.findall(page)]
    return [re.sub(r"^https?://(127\.0\.0\.1|localhost)(:\d+)?", "", name) for name in found]


def missing(folder: Path) -> list[str]:
    """Those references that lead nowhere."""
    return [name for name in references(folder) if not target(folder, name).exists()]


def target(folder: Path, address: str) -> Path:
    """The file that an address stands for."""
    for prefix, served in SERVED.items():
        if address.startswith(prefix):
            return served / address.removeprefix(prefix)
    return folder / address.lstrip("/")
