"""What functions import comes from the layer: nothing of the emulator's own, or of the checkout."""

import ast
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.stack import ROOT

PROBE = Path(__file__).with_name("probe.py")
PACKAGE = ROOT / "layers/core/parley"
ROLE = "arn:aws:iam::000000000000:role/probe"


def third_party() -> set[str]:
    """Every package that the layer's own code imports, and Parley itself."""
    trees = [ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")]
    trees += [ast.parse(path.read_text()) for path in (ROOT / "functions").rglob("*.py")]
    names = {
        name.partition(".")[0]
        for tree in trees
        for node in ast.walk(tree)
        for name in imported(node)
    }
    return names - sys.stdlib_module_names


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    return []


def zipped(path: Path) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.write(path, path.name)
    return held.getvalue()


@pytest.fixture(scope="module")
def probe(deployment: Deployment) -> Any:
    """A client of Lambda, where the probe runs with the layer that Parley's functions have."""
    client = deployment.cloud.client("lambda")
    name = deployment.stack.resources("AWS::Lambda::Function")["MessageFunction"]
    function = client.get_function_configuration(FunctionName=name)
    client.create_function(
        FunctionName="probe",
        Runtime=function["Runtime"],
        Role=ROLE,
        Handler="probe.handler",
        Code={"ZipFile": zipped(PROBE)},
        Layers=[layer["Arn"] for layer in function["Layers"]],
        Timeout=60,
    )
    client.get_waiter("function_active_v2").wait(FunctionName="probe")
    return client


def test_every_module_that_is_not_pythons_own_loads_from_the_layer(probe: Any) -> None:
    modules = sorted(third_party())
    assert {"parley", "boto3", "redis", "pydantic", "jwt", "awscrt"} <= set(modules)
    answered = probe.invoke(FunctionName="probe", Payload=json.dumps({"modules": modules}))
    answer = json.loads(answered["Payload"].read())
    assert "FunctionError" not in answered, answer
    # Where the emulator unpacks layers; on Lambda it is /opt.
    folders = {name: layer_folder(Path(file)) for name, file in answer["files"].items()}
    assert set(folders) == set(modules)
    assert len(set(folders.values())) == 1, folders
    (folder,) = set(folders.values())
    assert folder is not None
    for own in (ROOT, Path(sys.prefix), Path(sys.base_prefix), ROOT / ".venv-emulator"):
        assert not folder.is_relative_to(own.resolve()), folder


def layer_folder(file: Path) -> Path | None:
    """The folder `python` that a module is below, as in every layer; None if it is below none."""
    parents = [parent for parent in file.resolve().parents if parent.name == "python"]
    return parents[-1] if parents else None
