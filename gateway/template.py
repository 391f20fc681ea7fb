"""Reads a SAM template: YAML with CloudFormation's tags, and SAM's `Globals` merged in."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from gateway.config import GatewayError

Json: TypeAlias = dict[str, Any]

GLOBAL_SECTIONS = {
    "Function": "AWS::Serverless::Function",
    "WebSocketApi": "AWS::Serverless::WebSocketApi",
    "HttpApi": "AWS::Serverless::HttpApi",
}


class _Loader(yaml.SafeLoader):
    """SafeLoader that knows CloudFormation's short forms, as `!Ref` for `{"Ref": …}`."""


def _construct_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Json:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise GatewayError(f"template: unreadable !{suffix}")
    return {name: value}


def _plain_timestamp(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _construct_tag)
# A template's `2012-10-17` is a policy version, never a date.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _plain_timestamp)


def load_template(path: Path) -> Json:
    """Read a template from a file.

    Raises:
        GatewayError: When there is no such file, or it is no template.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise GatewayError(f"template {path} cannot be read: {exc.strerror}") from exc
    return parse_template(text)


def parse_template(text: str) -> Json:
    """Turn the text of a template into plain data, all short forms as long ones.

    Raises:
        GatewayError: When the text is no template.
    """
    try:
        # _Loader derives from SafeLoader, which S506 cannot see.
        template = yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.YAMLError as exc:
        first = str(exc).replace("\n", " ")
        raise GatewayError(f"template is not valid YAML: {first}") from exc
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise GatewayError("template has no Resources")
    return _with_globals(template)


def _with_globals(template: Json) -> Json:
    sections = template.get("Globals") or {}
    defaults = {
        kind: sections[section]
        for section, kind in GLOBAL_SECTIONS.items()
        if isinstance(sections.get(section), dict)
    }
    merged = deepcopy(template)
    for resource in merged["Resources"].values():
        shared = defaults.get(resource.get("Type", ""))
        if shared is not None:
            resource["Properties"] = _merge(shared, resource.get("Properties") or {})
    return merged


def _merge(shared: Any, own: Any) -> Any:
    """SAM's rule: maps are merged, lists are joined (global part first), the rest is replaced."""
    if _is_plain_map(shared) and _is_plain_map(own):
        joined = {key: deepcopy(value) for key, value in shared.items()}
        for key, value in own.items():
            joined[key] = _merge(joined[key], value) if key in joined else value
        return joined
    if isinstance(shared, list) and isinstance(own, list):
        return [*deepcopy(shared), *own]
    return own


def _is_plain_map(value: object) -> bool:
    return isinstance(value, Mapping) and intrinsic_of(value) is None


def intrinsic_of(value: object) -> str | None:
    """Name of the CloudFormation function that `value` calls, or None for plain data."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    name = next(iter(value))
    is_call = isinstance(name, str) and (name == "Ref" or name.startswith("Fn::"))
    return name if is_call else None
