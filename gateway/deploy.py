"""Deploys the derived template, which resolves every value in it, and reads the answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from gateway.aws import Aws, AwsError
from gateway.config import GatewayError
from gateway.template import Json

_TIMEOUT_S = 300.0
_POLL_S = 0.05
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


async def deploy(
    aws: Aws, stack_name: str, template: Json, parameters: Mapping[str, str]
) -> dict[str, str]:
    """Create the stack or bring it up to date; safe to repeat.

    Args:
        aws: Where to.
        stack_name: Name of the stack.
        template: What `derive.derived_template` gave.
        parameters: Values of template parameters; all others keep their defaults.

    Returns:
        The stack's outputs.

    Raises:
        GatewayError: When it fails, with CloudFormation's reason.
    """
    declared = template.get("Parameters") or {}
    unknown = sorted(set(parameters) - set(declared))
    if unknown:
        raise GatewayError(f"template has no parameter {', '.join(unknown)}")
    request: Json = {
        "StackName": stack_name,
        "TemplateBody": json.dumps(template, separators=(",", ":")),
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        "Capabilities": _CAPABILITIES,
    }
    try:
        return await _deploy(aws, aws.client("cloudformation"), stack_name, request)
    except AwsError as exc:
        if exc.code == "Unreachable":
            raise GatewayError(f"the AWS emulator is not reachable: {exc.message}") from exc
        raise GatewayError(f"stack {stack_name} cannot be deployed: {exc.message}") from exc


async def _deploy(aws: Aws, client: Any, stack_name: str, request: Json) -> dict[str, str]:
    existing = await _describe(aws, client, stack_name)
    status = existing.get("StackStatus") if existing else None
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
        # CloudFormation updates no stack that was never complete.
        await aws.call(client.delete_stack, StackName=stack_name)
        await _settled(aws, client, stack_name)
        status = None
    if status is None or status == "DELETE_COMPLETE":
        await aws.call(client.create_stack, **request)
    else:
        await _update(aws, client, request)
    stack = await _settled(aws, client, stack_name)
    if stack is None or stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise GatewayError(await _failure(aws, client, stack_name))
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


async def _update(aws: Aws, client: Any, request: Json) -> None:
    try:
        await aws.call(client.update_stack, **request)
    except AwsError as exc:
        if "No updates are to be performed" not in exc.message:
            raise


async def _describe(aws: Aws, client: Any, stack_name: str) -> Json | None:
    try:
        answer = await aws.call(client.describe_stacks, StackName=stack_name)
    except AwsError as exc:
        if exc.code == "ValidationError":
            return None
        raise
    stacks: list[Json] = answer["Stacks"]
    return stacks[0] if stacks else None


async def _settled(aws: Aws, client: Any, stack_name: str) -> Json | None:
    deadline_s = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline_s:
        stack = await _describe(aws, client, stack_name)
        if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        await asyncio.sleep(_POLL_S)
    raise GatewayError(f"stack {stack_name} is still busy after {_TIMEOUT_S:.0f} s")


async def _failure(aws: Aws, client: Any, stack_name: str) -> str:
    answer = await aws.call(client.describe_stack_events, StackName=stack_name)
    reasons = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in answer["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
    ]
    return f"stack {stack_name} cannot be deployed: {reasons[-1] if reasons else 'no reason given'}"
