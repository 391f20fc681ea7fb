"""A deployed stack: its parameters, outputs and resources, as CloudFormation tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.aws import Aws
from cli.errors import AwsRefused, CliError


class NoStack(CliError):
    """Raised when there is no stack of that name."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What CloudFormation knows of a deployment.

    Attributes:
        resources: Physical ids by logical id.
        types: Types of resource, by logical id.
    """

    name: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)

    def of_type(self, kind: str) -> list[str]:
        """Return the physical ids of all resources of a type."""
        return [self.resources[name] for name, type_ in self.types.items() if type_ == kind]

    def resource(self, logical_id: str) -> str:
        """Return a resource's physical id; raises `CliError` where the stack has none."""
        if logical_id not in self.resources:
            raise CliError(
                f"stack {self.name} has no resource {logical_id}: it is no Parley, or an older one"
            )
        return self.resources[logical_id]


def find_stack(aws: Aws, name: str) -> Stack:
    """Look a stack up.

    Raises:
        NoStack: There is none.
        CliError: CloudFormation cannot be asked.
    """
    try:
        described = aws.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except AwsRefused as exc:
        if exc.code == "ValidationError" and "not exist" in exc.message:
            raise _no_stack(aws, name) from exc
        raise
    if not described:
        raise _no_stack(aws, name)
    stack, rows = described[0], _resources(aws, name)
    return Stack(
        name=name,
        status=str(stack["StackStatus"]),
        parameters=_pairs(stack.get("Parameters"), "ParameterKey", "ParameterValue"),
        outputs=_pairs(stack.get("Outputs"), "OutputKey", "OutputValue"),
        resources={row["LogicalResourceId"]: row.get("PhysicalResourceId", "") for row in rows},
        types={row["LogicalResourceId"]: row["ResourceType"] for row in rows},
    )


def _no_stack(aws: Aws, name: str) -> NoStack:
    return NoStack(
        f"there is no stack {name} in {aws.region_name()}: say --stack and --region, "
        "or deploy one with `make deploy`"
    )


def _resources(aws: Aws, name: str) -> list[dict[str, Any]]:
    # Page by page: with aliases and alarms there are more than the 100 that are described at once.
    pages = aws.pages("cloudformation", "list_stack_resources", StackName=name)
    return [row for page in pages for row in page["StackResourceSummaries"]]


def _pairs(rows: list[dict[str, Any]] | None, key: str, value: str) -> dict[str, str]:
    return {str(row[key]): str(row.get(value, "")) for row in rows or []}
