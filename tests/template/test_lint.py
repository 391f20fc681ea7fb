"""SAM and cfn-lint find nothing, as the template is written and as it would be deployed."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.template.conftest import ROOT, SAM, Render

# W2001: SAM has put some parameters' values in, which so are not used any more.
# W3010: a variant names zones, as people may.
NOT_OF_THE_TEMPLATE = ["W2001", "W3010"]


@pytest.mark.slow
def test_sam_finds_nothing() -> None:
    done = subprocess.run(
        [str(SAM / "sam"), "validate", "--lint", "--template-file", "template.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"SAM_CLI_TELEMETRY": "0", "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_cfn_lint_finds_nothing_in_what_would_be_deployed(
    renders: Mapping[str, Render], rendered_files: list[Path], tmp_path: Path
) -> None:
    # With its conditions, for cfn-lint tries all of them; SAM makes two, by GradualDeployments.
    for name in ("vpc", "least"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(renders[name].transformed, indent=1))
        rendered_files = [*rendered_files, path]
    command = [str(SAM / "cfn-lint"), "--ignore-checks", *NOT_OF_THE_TEMPLATE, "--"]
    done = subprocess.run(
        [*command, *map(str, rendered_files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
