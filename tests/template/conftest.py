"""The template, as it is written and as CloudFormation would have it; each made once a run."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.template import load_template
from tests.template.variants import VARIANTS

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv-sam" / "bin"


@dataclass(frozen=True)
class Render:
    """A template after SAM's transform, and what of it is deployed with a variant's parameters."""

    transformed: dict[str, Any]
    rendered: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of the deployed resources of one type, by name."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.rendered["Resources"].items()
            if resource["Type"] == kind
        }


@pytest.fixture(scope="session")
def written() -> dict[str, Any]:
    return load_template(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def renders() -> Mapping[str, Render]:
    command = [str(SAM / "python"), "-m", "tools.render_template", "--variants"]
    done = subprocess.run(
        command, input=json.dumps(VARIANTS), capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name: Render(**made) for name, made in json.loads(done.stdout).items()}


@pytest.fixture(params=VARIANTS)
def render(request: pytest.FixtureRequest, renders: Mapping[str, Render]) -> Render:
    return renders[request.param]


@pytest.fixture(scope="session")
def rendered_files(
    renders: Mapping[str, Render], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Every variant as it is deployed, in a file that tools can read."""
    folder = tmp_path_factory.mktemp("rendered")
    files = []
    for name, render in renders.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(render.rendered, indent=1))
        files.append(path)
    return files
