"""A deployed stack: its parameters, outputs and resources, as CloudFormation tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """

    name: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    resources: Mapping[str, str]

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
    stack = described[0]
    return Stack(
        name=name,
        status=str(stack["StackStatus"]),
        parameters=_pairs(stack.get("Parameters"), "ParameterKey", "ParameterValue"),
        outputs=_pairs(stack.get("Outputs"), "OutputKey", "OutputValue"),
        resources=_resources(aws, name),
    )


def _no_stack(aws: Aws, name: str) -> NoStack:
    return NoStack(
        f"there is no stack {name} in {aws.region_name()}: say --stack and --region, "
        "or deploy one with `make deploy`"
    )


def _resources(aws: Aws, name: str) -> dict[str, str]:
    # Page by page: with aliases and alarms there are more than the 100 that are described at once.
    pages = aws.pages("cloudformation", "list_stack_resources", StackName=name)
    return {
        str(each["LogicalResourceId"]): str(each.get("PhysicalResourceId", ""))
        for page in pages
        for each in page["StackResourceSummaries"]
    }


def _pairs(rows: list[dict[str, Any]] | None, key: str, value: str) -> dict[str, str]:
    return {str(row[key]): str(row.get(value, "")) for row in rows or []}
