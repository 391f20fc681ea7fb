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
    # With its conditions, all of which cfn-lint tries; so what `everything` holds need not be read
    # again in `vpc`, nor what `external` holds in `least`.
    whole = tmp_path / "transformed.json"
    whole.write_text(json.dumps(renders["vpc"].transformed, indent=1))
    files = [whole, *(path for path in rendered_files if path.stem not in ("vpc", "least"))]
    command = [str(SAM / "cfn-lint"), "--ignore-checks", *NOT_OF_THE_TEMPLATE, "--"]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
