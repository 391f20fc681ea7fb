"""Write the last section of docs/configure.md: every parameter of the template, by its groups."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.template import load_template
from tools.proofs import cell

ROOT = Path(__file__).resolve().parent.parent
HEADING = "## Parameters"


def page(root: Path = ROOT) -> str:
    """Return docs/configure.md with its last section written anew.

    Raises:
        ValueError: A parameter is in no group of the template's metadata, or in two.
    """
    text = (root / "docs" / "configure.md").read_text(encoding="utf-8")
    written_by_hand, _, _ = text.partition(HEADING)
    template = load_template(root / "template.yaml")
    return f"{written_by_hand}{HEADING}\n\n{_section(template)}\n"


def _section(template: Mapping[str, Any]) -> str:
    parameters: Mapping[str, Any] = template["Parameters"]
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    if sorted(grouped) != sorted(parameters):
        odd = sorted(set(grouped) ^ set(parameters)) or "one is in two groups"
        raise ValueError(f"parameters and groups of the template differ: {odd}")
    lines = ["Written by `make schema` from [template.yaml](../template.yaml)."]
    for group in groups:
        lines += ["", f"### {group['Label']['default']}", ""]
        lines += ["| parameter | default | allowed | what |", "| --- | --- | --- | --- |"]
        lines += [_row(name, parameters[name]) for name in group["Parameters"]]
    return "\n".join(lines)


def _row(name: str, parameter: Mapping[str, Any]) -> str:
    default = parameter.get("Default")
    what = " ".join(str(parameter.get("Description", "")).split())
    shown = "required" if default is None else f"`{default}`" if str(default) else "empty"
    return f"| `{name}` | {shown} | {cell(', '.join(_allowed(parameter)))} | {cell(what)} |"


def _allowed(parameter: Mapping[str, Any]) -> Iterator[str]:
    values: Sequence[object] = parameter.get("AllowedValues", ())
    yield from (f"`{value}`" for value in values)
    if "MinValue" in parameter or "MaxValue" in parameter:
        yield f"{_number(parameter.get('MinValue'))} to {_number(parameter.get('MaxValue'))}"
    if not values and "ConstraintDescription" in parameter:
        yield str(parameter["ConstraintDescription"]).rstrip(".")


def _number(value: object) -> str:
    return "any" if value is None else f"{int(str(value)):,}"
