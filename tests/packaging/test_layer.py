"""What is in the layer: the right machine's libraries, all that is imported, and little else."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.building import build_layer
from tools import build_layer as tool
from tools import layer_files
from tools.environments import ROOT

AARCH64, X86_64 = 183, 62
SOURCES = ROOT / "layers/core/parley"
# Finished byte code of Python 3.13; then the flags of PEP 552: by hash, never checked.
MAGIC_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = (1).to_bytes(4, "little")
IMPORT_ALL = """
import importlib, json, pkgutil, sys
layer = sys.argv[1]
sys.path.insert(0, layer)
import parley
for module in pkgutil.walk_packages(parley.__path__, "parley."):
    importlib.import_module(module.name)
import boto3
for service in sys.argv[2:]:
    boto3.client(service, region_name="eu-west-1")
files = (getattr(module, "__file__", None) for module in sys.modules.values())
print(json.dumps([sum(name.split(".")[0] == "parley" for name in sys.modules),
                  sorted(file for file in files if file)]))
"""


def libraries(layer: Path) -> list[Path]:
    found = sorted(layer.rglob("*.so*"))
    assert len(found) >= 4
    return found


@pytest.mark.parametrize(("fixture", "machine"), [("arm64_layer", AARCH64), ("x86_layer", X86_64)])
def test_libraries_are_for_the_machine_that_loads_them(
    fixture: str, machine: int, request: pytest.FixtureRequest
) -> None:
    for library in libraries(request.getfixturevalue(fixture)):
        header = library.read_bytes()[:20]
        assert header[:6] == b"\x7fELF\x02\x01", library
        assert int.from_bytes(header[18:20], "little") == machine, library
        assert re.search(r"\.cpython-313-|\.abi3\.", library.name), library


@pytest.mark.parametrize("fixture", ["arm64_layer", "x86_layer"])
def test_libraries_run_with_the_glibc_of_the_runtime(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    for library in libraries(request.getfixturevalue(fixture)):
        content = library.read_bytes()
        assert b"musl" not in content, library
        minors = [int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", content)]
        assert minors, library
        assert max(minors) <= tool.NEWEST_GLIBC, library


def test_it_is_small(arm64_layer: Path) -> None:
    layer = arm64_layer.parent
    functions = layer_files.unzipped_bytes(ROOT / "functions")
    assert layer_files.zipped_bytes(layer) < 25_000_000
    assert layer_files.unzipped_bytes(layer) + functions < 250_000_000


def test_it_holds_the_sources_as_they_are(arm64_layer: Path, checkout: Path) -> None:
    sources = checkout / "layers/core/parley"
    ours = {path.relative_to(sources): path for path in sources.rglob("*") if path.is_file()}
    expected = {name: path for name, path in ours.items() if "__pycache__" not in name.parts}
    shipped = arm64_layer / "parley"
    found = {path.relative_to(shipped) for path in shipped.rglob("*") if path.is_file()}
    assert {name for name in found if "__pycache__" not in name.parts} == set(expected)
    for name, path in expected.items():
        assert (shipped / name).read_bytes() == path.read_bytes()


def test_nothing_is_in_it_that_a_function_never_reads(arm64_layer: Path) -> None:
    names = [path.relative_to(arm64_layer) for path in arm64_layer.rglob("*")]
    assert not [
        name
        for name in names
        if name.suffix in {".pyi", ".h", ".c", ".dist-info"} and not name.name.startswith("redis-")
    ]
    assert not [name for name in names if {"tests", "test", "bin", "examples"} & set(name.parts)]
    data = {path.name for path in (arm64_layer / "botocore/data").iterdir() if path.is_dir()}
    assert data == layer_files.SERVICES


def test_the_data_of_every_client_is_in_it() -> None:
    assert {service for path in SOURCES.rglob("*.py") for service in clients(path)} == (
        layer_files.SERVICES
    )


def clients(path: Path) -> Iterator[str]:
    """The services that a module makes clients of."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"boto3.client", "client"}:
            service = node.args[0]
            assert isinstance(service, ast.Constant), f"{path}: which service?"
            yield str(service.value)


def test_everything_that_is_imported_is_in_it(arm64_layer: Path) -> None:
    modules = {name.name.split(".")[0] for name in arm64_layer.iterdir()}
    sources = [*SOURCES.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    wanted = {name for path in sources for name in imported(path)} - sys.stdlib_module_names
    assert {"boto3", "redis", "pydantic", "awscrt"} <= wanted
    assert wanted <= modules


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_every_module_loads_from_it_alone(host_layer: Path) -> None:
    # -I and -S: no environment, no site-packages, nothing but the standard library.
    command = [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(host_layer)]
    command += sorted(layer_files.SERVICES)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    ours, files = json.loads(done.stdout)
    assert ours >= len(list((host_layer / "parley").rglob("*.py")))
    standard = str(Path(json.__file__).parent.parent)
    others = [file for file in files if not file.startswith((str(host_layer), standard))]
    assert others == []


def test_byte_code_is_the_runtimes_and_never_checked(arm64_layer: Path) -> None:
    if tool.interpreter_named(tool.RUNTIME) is None:
        pytest.skip(f"no Python {tool.RUNTIME} here")
    compiled = sorted(arm64_layer.rglob("*.pyc"))
    assert len(compiled) == len(list(arm64_layer.rglob("*.py")))
    for path in compiled:
        content = path.read_bytes()
        assert path.name.endswith(".cpython-313.pyc")
        assert content[:8] == MAGIC_3_13 + UNCHECKED_HASH, path
        # Where it was built is nobody's business, and would change its hash.
        assert b"/opt/python/" in content, path
        assert tool.SCRATCH.encode() not in content, path


def test_layer_and_template_are_for_the_same_runtime() -> None:
    template = (ROOT / "template.yaml").read_text()
    assert set(re.findall(r"python3\.\d+", template)) == {f"python{tool.RUNTIME}"}
    default = tool.target_from({}).platform
    assert set(re.findall(r"\b(?:arm64|x86_64)\b", template)) == {default}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"LAYER_PLATFORM": "mips"}, "none of arm64, x86_64, host"),
        ({"LAYER_PLATFORM": "arm64", "LAYER_PYTHON": "3.11"}, "goes with LAYER_PLATFORM=host"),
        ({"LAYER_PLATFORM": "host", "LAYER_PYTHON": "/no/python"}, "no Python of this machine"),
    ],
)
def test_a_wrong_setting_is_named(
    settings: dict[str, str], says: str, checkout: Path, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=re.escape(says)):
        build_layer(checkout, tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_what_ships_is_what_is_tested() -> None:
    shipped = pins(ROOT / "layers/core/requirements.txt")
    assert {"boto3", "pydantic-core", "cryptography"} <= shipped.keys()
    tested = pins(ROOT / "requirements/dev.txt")
    assert {name: tested[name] for name in shipped} == shipped


def pins(lock: Path) -> dict[str, str]:
    """Versions in a lock file, by package; of several for different machines, Linux's."""
    found = re.findall(r"^([a-z0-9-]+)==(\S+)(.*)$", lock.read_text(), re.MULTILINE)
    return {name: version for name, version, rest in found if "== 'darwin'" not in rest}
