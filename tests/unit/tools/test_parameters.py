"""docs/configure.md tells of every parameter of the template."""

import re
from pathlib import Path

import pytest

from gateway.template import load_template
from tools import parameters

TEMPLATE = """
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - Label: {default: First}
        Parameters: [Mode, Days]
Parameters:
  Mode: {Type: String, Default: a, AllowedValues: [a, b], Description: "What | how"}
  Days: {Type: Number, Default: 0, MinValue: 0, MaxValue: 3650}
  %s
Resources: {}
"""
OTHER = "Name: {Type: String, Default: '', ConstraintDescription: Name must be short.}"


def project(folder: Path, third: str = "") -> Path:
    (folder / "docs").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE % third)
    (folder / "docs/configure.md").write_text("By hand.\n\n## Parameters\n\nold\n")
    return folder


def test_a_row_tells_default_allowed_values_and_what_it_is(tmp_path: Path) -> None:
    text = parameters.page(project(tmp_path))
    assert text.startswith("By hand.\n\n## Parameters\n\nWritten by")
    assert "### First" in text
    assert "| `Mode` | `a` | `a`, `b` | What \\| how |" in text
    assert "| `Days` | `0` | 0 to 3,650 |  |" in text
    assert "old" not in text


def test_a_parameter_in_no_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="differ: \\['Name'\\]"):
        parameters.page(project(tmp_path, OTHER))


def test_the_page_has_every_parameter_of_the_template_once() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", parameters.page(), re.MULTILINE)
    declared = load_template(parameters.ROOT / "template.yaml")["Parameters"]
    assert sorted(rows) == sorted(declared)
    assert len(rows) > 20
