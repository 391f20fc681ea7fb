"""The stack: did its last deployment end well, and is it that of this checkout?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cli.doctor.findings import Check, Finding, Patient, fail, ok, warn
from gateway import GatewayError
from gateway.template import load_template, parse_template

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
OUTPUTS = ("WebSocketUrl", "RestUrl", "TableName", "FunctionLogGroup")
MOST_NAMED = 5

_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_ROLLED_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
# What `sam package` replaces by addresses of what it uploads, or adds.
_PACKAGED = frozenset({"CodeUri", "ContentUri", "DefinitionUri", "Metadata"})


def look_at_stack(patient: Patient) -> Iterator[Finding]:
    """Judge the stack's status and outputs."""
    stack = patient.target.stack
    if stack.status in _DONE:
        yield ok("stack", f"stack {stack.name} is {stack.status}")
    elif stack.status in _ROLLED_BACK:
        yield warn(
            "stack",
            f"the last deployment of stack {stack.name} failed and was rolled back",
            "see its events in CloudFormation, mend the cause, and deploy again",
        )
    elif stack.status.endswith("_IN_PROGRESS"):
        yield warn("stack", f"stack {stack.name} is {stack.status}", "ask again when it is done")
    else:
        yield fail(
            "stack",
            f"stack {stack.name} is {stack.status}",
            "see its events in CloudFormation; one that was never created must be deleted first",
        )
    missing = [name for name in OUTPUTS if patient.is_deployed and name not in stack.outputs]
    if missing:
        yield fail(
            "outputs",
            f"stack {stack.name} has no output {', '.join(missing)}",
            "deploy this version, or name the stack of a Parley with --stack",
        )


def look_at_template(patient: Patient) -> Iterator[Finding]:
    """Compare the deployed template with the checkout's, but for where code was uploaded to."""
    if not patient.is_deployed:
        return
    stack = patient.target.stack
    answer = patient.target.aws.call(
        "cloudformation", "get_template", StackName=stack.name, TemplateStage="Original"
    )
    body = answer["TemplateBody"]
    try:
        deployed = parse_template(body if isinstance(body, str) else json.dumps(body))
        names = differences(deployed, load_template(TEMPLATE))
    except GatewayError as exc:
        yield warn("template", f"templates cannot be compared: {exc}", "deploy this checkout")
        return
    if not names:
        yield ok("template", "the deployed template is that of this checkout")
        return
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    yield warn(
        "template",
        f"the deployed template is another than this checkout's: {', '.join(names[:MOST_NAMED])}"
        f"{more} differ",
        "deploy this checkout, or run doctor from the one that was deployed",
    )


def differences(deployed: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return the names of resources and parameters that are not the same in both."""
    found: list[str] = []
    for section in ("Parameters", "Resources"):
        theirs, own = deployed.get(section) or {}, ours.get(section) or {}
        found += [
            name
            for name in sorted(theirs.keys() | own.keys())
            if _compared(theirs.get(name)) != _compared(own.get(name))
        ]
    return found


def _compared(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _compared(value) for key, value in node.items() if key not in _PACKAGED}
    if isinstance(node, list):
        return [_compared(each) for each in node]
    # CloudFormation hands numbers and booleans back as it likes.
    return str(node).lower() if isinstance(node, bool | int | float) else node


CHECKS = (
    Check("stack", look_at_stack, "name the stack with --stack"),
    Check("template", look_at_template, "allow cloudformation:GetTemplate"),
)
