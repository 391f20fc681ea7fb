"""Replaces references to resources that only the gateway has, so that the rest can be deployed.

Pure. A template's data resources (tables, queues, buckets, secrets) are deployed to the emulator;
functions, APIs and what belongs to them are not, so that `!Ref Api` or `!GetAtt Function.Arn` has
to become text before CloudFormation sees it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.template import Json, intrinsic_of

DEPLOYED_TYPES = (
    "AWS::DynamoDB::",
    "AWS::Events::EventBus",
    "AWS::KMS::",
    "AWS::Kinesis::Stream",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
    "AWS::Serverless::SimpleTable",
)
"""Prefixes of the types that exist in the emulator; the rest is the gateway's, or nobody's."""

FUNCTION_TYPE = "AWS::Serverless::Function"
_FUNCTION_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:%s"
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


def is_deployed(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is data that the emulator holds; policies of it are not needed there."""
    kind = str(resource.get("Type", ""))
    return kind.startswith(DEPLOYED_TYPES) and not kind.endswith("Policy")


class Locals:
    """Tells names that the deployed stack lacks, and what stands for them."""

    def __init__(self, template: Json, stack_name: str) -> None:
        """Remember what `template` declares; `stack_name` begins the functions' names."""
        self._resources: Json = template["Resources"]
        self._parameters: Json = template.get("Parameters") or {}
        self._stack_name = stack_name

    def is_local(self, name: str) -> bool:
        """Whether `name`, with or without an attribute, is unknown to the deployed stack."""
        base = name.partition(".")[0]
        if base.startswith("AWS::") or base in self._parameters:
            return False
        return not is_deployed(self._resources.get(base, {}))

    def reference(self, name: str) -> str:
        """What `!Ref name` becomes: text that may contain pseudo parameters as `${AWS::Region}`."""
        base, _, generated = name.partition(".")
        kind = self._kind(base)
        if kind == FUNCTION_TYPE:
            return self._function_arn(base) if generated else self.function_name(base)
        if kind.endswith("::Stage") or generated == "Stage":
            stage = self._resources[base].get("Properties", {}).get("StageName", "default")
            return stage if isinstance(stage, str) else "default"
        return base

    def attribute(self, name: str, attribute: str) -> str:
        """What `!GetAtt name.attribute` becomes."""
        kind = self._kind(name)
        if kind == FUNCTION_TYPE and attribute == "Arn":
            return self._function_arn(name)
        if attribute == "ApiEndpoint":
            scheme = "wss" if self._is_websocket(name) else "https"
            return f"{scheme}://{name}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}"
        return name if attribute == "ApiId" else "local"

    def function_name(self, logical_id: str) -> str:
        """Physical name of a function."""
        return f"{self._stack_name}-{logical_id}"

    def _function_arn(self, logical_id: str) -> str:
        return _FUNCTION_ARN % self.function_name(logical_id)

    def _kind(self, logical_id: str) -> str:
        return str(self._resources.get(logical_id, {}).get("Type", ""))

    def _is_websocket(self, logical_id: str) -> bool:
        resource = self._resources.get(logical_id, {})
        protocol = resource.get("Properties", {}).get("ProtocolType")
        return protocol == "WEBSOCKET" or self._kind(logical_id).endswith("WebSocketApi")


def localized(node: Any, names: Locals) -> Any:
    """Copy of a part of a template in which nothing refers to what is not deployed."""
    match intrinsic_of(node):
        case "Ref" if names.is_local(str(node["Ref"])):
            return _text(names.reference(str(node["Ref"])))
        case "Fn::GetAtt":
            return _localized_attribute(node, names)
        case "Fn::Sub":
            return {"Fn::Sub": _localized_sub(node["Fn::Sub"], names)}
    if isinstance(node, Mapping):
        return {key: localized(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [localized(value, names) for value in node]
    return node


def _localized_attribute(node: Json, names: Locals) -> Any:
    target = node["Fn::GetAtt"]
    base, _, attribute = (
        target.partition(".")
        if isinstance(target, str)
        else (target[0], ".", ".".join(map(str, target[1:])))
    )
    return _text(names.attribute(base, attribute)) if names.is_local(base) else node


def _localized_sub(argument: Any, names: Locals) -> Any:
    if isinstance(argument, str):
        return _localized_placeholders(argument, names, frozenset())
    text, variables = argument
    replaced = _localized_placeholders(text, names, frozenset(variables))
    return [replaced, localized(variables, names)]


def _localized_placeholders(text: str, names: Locals, shadowing: frozenset[str]) -> str:
    def replace(found: re.Match[str]) -> str:
        name = found[2].strip()
        if found[1] or name in shadowing or not names.is_local(name):
            return found[0]
        base, dot, attribute = name.partition(".")
        return names.attribute(base, attribute) if dot else names.reference(name)

    return _PLACEHOLDER.sub(replace, text)


def _text(value: str) -> Any:
    return {"Fn::Sub": value} if "${" in value else value
