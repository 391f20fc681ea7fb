"""Lets the emulator resolve a template: what to deploy there, and how to read the answer.

Pure. CloudFormation's functions and conditions are evaluated by the emulator, never here: each
expression that the gateway needs becomes an output of a derived template, and its value replaces
the expression afterwards. Only `Fn::If` is taken apart, because its branches may be lists or
`AWS::NoValue`; which branch holds is an output too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from gateway.references import FUNCTION_TYPE, Locals, is_deployed, localized
from gateway.template import Json, intrinsic_of

Guards: TypeAlias = tuple[tuple[str, bool], ...]

_ABSENT: Any = object()
_PLACEHOLDER_RESOURCE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}

RUNNABLE: Mapping[str, tuple[str, ...]] = {
    FUNCTION_TYPE: (
        "CodeUri",
        "Handler",
        "Layers",
        "Environment",
        "Timeout",
        "MemorySize",
        "Events",
    ),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::WebSocketApi": ("Routes", "RouteSelectionExpression", "Auth", "StageName"),
    "AWS::Serverless::HttpApi": ("StageName", "CorsConfiguration"),
    "AWS::ApiGatewayV2::RouteResponse": ("ApiId", "RouteId", "RouteResponseKey"),
    "AWS::ApiGatewayV2::Api": ("ProtocolType", "CorsConfiguration"),
    "AWS::ApiGatewayV2::Integration": ("ApiId", "IntegrationUri", "TimeoutInMillis"),
    "AWS::ApiGatewayV2::Route": ("ApiId", "RouteKey", "Target"),
    "AWS::ApiGatewayV2::Stage": ("ApiId", "StageName"),
}
"""The resource types that the gateway itself runs, and the properties that it reads of them."""


def runnable_resources(template: Json, stack_name: str) -> Json:
    """The resources that the gateway runs, cut to what it reads and free of local references."""
    names = Locals(template, stack_name)
    lists = _list_parameters(template)
    chosen: Json = {}
    for logical_id, resource in template["Resources"].items():
        wanted = RUNNABLE.get(resource.get("Type", ""))
        if wanted is None:
            continue
        properties = resource.get("Properties") or {}
        kept = {key: properties[key] for key in wanted if key in properties}
        chosen[logical_id] = {
            "Type": resource["Type"],
            "Condition": resource.get("Condition"),
            "Properties": _with_joined_lists(localized(kept, names), lists),
        }
    return chosen


def _list_parameters(template: Json) -> frozenset[str]:
    declared = template.get("Parameters") or {}
    kinds = {name: str(parameter.get("Type", "")) for name, parameter in declared.items()}
    return frozenset(
        name for name, kind in kinds.items() if "List<" in kind or kind == "CommaDelimitedList"
    )


def _with_joined_lists(node: Any, lists: frozenset[str]) -> Any:
    """Make a reference to a list parameter one text with commas: outputs cannot be lists."""
    name = intrinsic_of(node)
    if name == "Ref":
        return {"Fn::Join": [",", node]} if node["Ref"] in lists else node
    if name == "Fn::If":
        condition, *branches = node["Fn::If"]
        return {"Fn::If": [condition, *(_with_joined_lists(b, lists) for b in branches)]}
    if name is not None:
        return node
    if isinstance(node, Mapping):
        return {key: _with_joined_lists(value, lists) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_joined_lists(value, lists) for value in node]
    return node


def derived_template(template: Json, runnable: Json, stack_name: str) -> Json | None:
    """The template to deploy, or None when there is no data and nothing to resolve."""
    names = Locals(template, stack_name)
    data = {
        logical_id: _deployable(resource, names)
        for logical_id, resource in template["Resources"].items()
        if is_deployed(resource)
    }
    outputs = {
        output_name(expression): {"Value": _as_output(expression)}
        for resource in runnable.values()
        for expression in _resource_expressions(resource)
    }
    if not data and not outputs:
        return None
    derived: Json = {"AWSTemplateFormatVersion": "2010-09-09"}
    for section in ("Parameters", "Mappings", "Conditions"):
        if template.get(section):
            derived[section] = template[section]
    if any(resource["Type"].startswith("AWS::Serverless::") for resource in data.values()):
        derived["Transform"] = template.get("Transform")
    derived["Resources"] = data or {"Placeholder": _PLACEHOLDER_RESOURCE}
    derived["Outputs"] = outputs
    return derived


def resolved_resources(runnable: Json, outputs: Mapping[str, str]) -> Json:
    """The resources that the gateway runs, every value known, those of false conditions gone."""
    resolved: Json = {}
    for logical_id, resource in runnable.items():
        condition = resource["Condition"]
        if condition and not _holds(condition, (), outputs):
            continue
        guards: Guards = ((condition, True),) if condition else ()
        properties = _resolved(resource["Properties"], guards, outputs)
        resolved[logical_id] = {"Type": resource["Type"], "Properties": properties}
    return resolved


def output_name(expression: Any) -> str:
    """Name of the output that carries an expression; equal expressions share one."""
    canonical = json.dumps(expression, sort_keys=True)
    return "V" + hashlib.sha256(canonical.encode()).hexdigest()[:24]


def _deployable(resource: Json, names: Locals) -> Json:
    kept: Json = localized({k: v for k, v in resource.items() if k != "DependsOn"}, names)
    depends = resource.get("DependsOn") or []
    present = [
        d for d in ([depends] if isinstance(depends, str) else depends) if not names.is_local(d)
    ]
    return {**kept, "DependsOn": present} if present else kept


def _as_output(expression: Any) -> Any:
    # CloudFormation refuses empty outputs, which the mark in front prevents.
    return {"Fn::Join": ["", ["=", expression]]}


def _resource_expressions(resource: Json) -> Iterator[Any]:
    condition = resource["Condition"]
    if condition:
        yield _truth(condition)
    yield from _expressions(resource["Properties"], ((condition, True),) if condition else ())


def _expressions(node: Any, guards: Guards) -> Iterator[Any]:
    name = intrinsic_of(node)
    if name == "Fn::If":
        condition, then, otherwise = node["Fn::If"]
        yield _guarded(_truth(condition), guards)
        yield from _expressions(then, (*guards, (condition, True)))
        yield from _expressions(otherwise, (*guards, (condition, False)))
    elif name is not None:
        if node != {"Ref": "AWS::NoValue"}:
            yield _guarded(node, guards)
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _expressions(value, guards)
    elif isinstance(node, list):
        for value in node:
            yield from _expressions(value, guards)


def _truth(condition: str) -> Json:
    return {"Fn::If": [condition, "true", "false"]}


def _guarded(expression: Any, guards: Guards) -> Any:
    # The branch that is not taken may name a resource that was never created.
    for condition, wanted in reversed(guards):
        branches = [expression, "-"] if wanted else ["-", expression]
        expression = {"Fn::If": [condition, *branches]}
    return expression


def _holds(condition: str, guards: Guards, outputs: Mapping[str, str]) -> bool:
    return _answer(_guarded(_truth(condition), guards), outputs) == "true"


def _answer(expression: Any, outputs: Mapping[str, str]) -> str:
    return outputs[output_name(expression)].removeprefix("=")


def _resolved(node: Any, guards: Guards, outputs: Mapping[str, str]) -> Any:
    name = intrinsic_of(node)
    if name == "Fn::If":
        condition, then, otherwise = node["Fn::If"]
        taken = _holds(condition, guards, outputs)
        return _resolved(then if taken else otherwise, (*guards, (condition, taken)), outputs)
    if name is not None:
        if node == {"Ref": "AWS::NoValue"}:
            return _ABSENT
        return _answer(_guarded(node, guards), outputs)
    if isinstance(node, Mapping):
        items = ((key, _resolved(value, guards, outputs)) for key, value in node.items())
        return {key: value for key, value in items if value is not _ABSENT}
    if isinstance(node, list):
        values = (_resolved(value, guards, outputs) for value in node)
        return [value for value in values if value is not _ABSENT]
    return node
