"""Works out what CloudFormation would: what it refuses, which conditions hold, what is left.

Pure, and plain data in and out. What only a deployment knows, the ARN of a table say, stays the
expression that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

# What CloudFormation itself would put in.
PSEUDO: Mapping[str, str] = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackId": (
        "arn:aws:cloudformation:eu-west-1:111122223333:stack/parley/"
        "51af3dc0-da77-11e4-872e-1234567db123"
    ),
    "AWS::StackName": "parley",
    "AWS::URLSuffix": "amazonaws.com",
}
_ABSENT: Any = object()
_NO_VALUE = {"Ref": "AWS::NoValue"}
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


class UnknownExpression(Exception):
    """Raised for an expression whose value nobody but CloudFormation knows."""


def refusals(template: Json, parameters: Mapping[str, str]) -> list[str]:
    """Say why CloudFormation would not even make a change set; empty where it would.

    Args:
        template: As it is written, all short forms as long ones.
        parameters: Values of some of the parameters; the rest have their defaults.
    """
    found = [f"no parameter {name}" for name in parameters if name not in template["Parameters"]]
    values = with_defaults(template, parameters)
    for name, declared in template["Parameters"].items():
        if name in values and not _is_allowed(declared, values[name]):
            found.append(str(declared.get("ConstraintDescription", f"{name}: {values[name]}")))
    return [*found, *_broken_rules(template, Evaluator(template, parameters))]


def with_defaults(template: Json, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the values of all parameters that have one."""
    declared: Json = template.get("Parameters") or {}
    defaults = {name: str(p["Default"]) for name, p in declared.items() if "Default" in p}
    return {**defaults, **parameters}


def _is_allowed(declared: Json, value: str) -> bool:
    kind = declared["Type"]
    if "AllowedValues" in declared and value not in map(str, declared["AllowedValues"]):
        return False
    if kind == "Number":
        low, high = declared.get("MinValue"), declared.get("MaxValue")
        return (low is None or float(value) >= low) and (high is None or float(value) <= high)
    members = [m.strip() for m in value.split(",")] if kind == "CommaDelimitedList" else [value]
    pattern = re.compile(declared.get("AllowedPattern", "(?s:.*)"))
    longest = declared.get("MaxLength", len(value))
    return len(value) <= longest and all(pattern.fullmatch(member) for member in members)


def _broken_rules(template: Json, evaluator: Evaluator) -> Iterator[str]:
    for rule in (template.get("Rules") or {}).values():
        applies = rule.get("RuleCondition", {"Fn::Equals": ["", ""]})
        if not evaluator.holds(applies):
            continue
        for assertion in rule["Assertions"]:
            if not evaluator.holds(assertion["Assert"]):
                yield assertion["AssertDescription"]


class Evaluator:
    """Evaluates what follows from a template's parameters."""

    def __init__(self, template: Json, parameters: Mapping[str, str]) -> None:
        """Remember the template and the values; the rest have their defaults."""
        self._conditions: Json = template.get("Conditions") or {}
        self._declared: Json = template.get("Parameters") or {}
        self._values: dict[str, Any] = {**PSEUDO, **with_defaults(template, parameters)}
        for name, declared in self._declared.items():
            if declared["Type"] == "CommaDelimitedList" and name in self._values:
                self._values[name] = [part.strip() for part in self._values[name].split(",")]

    def holds(self, expression: Any) -> bool:
        """Whether a condition, by name or written out, is true."""
        if isinstance(expression, str):
            return self.holds(self._conditions[expression])
        (name, argument), *_ = expression.items()
        match name:
            case "Condition":
                return self.holds(argument)
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(self.holds(part) for part in argument)
            case "Fn::Or":
                return any(self.holds(part) for part in argument)
            case "Fn::Equals":
                # Everything is text to it, numbers too.
                return str(self.value(argument[0])) == str(self.value(argument[1]))
        raise UnknownExpression(str(expression))

    def value(self, expression: Any) -> Any:
        """The value of an expression in which everything is known.

        Raises:
            UnknownExpression: Something is not.
        """
        resolved = self.resolved(expression)
        if isinstance(resolved, dict):
            raise UnknownExpression(str(resolved))
        return resolved

    def resolved(self, node: Any) -> Any:
        """Copy of a part of a template in which everything that is known is worked out."""
        if isinstance(node, list):
            values = [self.resolved(value) for value in node]
            return [value for value in values if value is not _ABSENT]
        if not isinstance(node, dict):
            return node
        if node == _NO_VALUE:
            return _ABSENT
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        pairs = ((key, self.resolved(value)) for key, value in node.items())
        return {key: value for key, value in pairs if value is not _ABSENT}

    def _call(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return self._values.get(argument, {"Ref": argument})
        if name == "Fn::If":
            return self.resolved(argument[1] if self.holds(argument[0]) else argument[2])
        if name == "Fn::Sub":
            return self._substituted(argument)
        known = self.resolved(argument)
        if name == "Fn::Join" and _is_known(known):
            return str(known[0]).join(map(str, known[1]))
        if name == "Fn::Split" and _is_known(known):
            return known[1].split(known[0])
        if name == "Fn::Select" and _is_known(known):
            return known[1][int(known[0])]
        return {name: known}

    def _substituted(self, argument: Any) -> Any:
        text, own = (argument, {}) if isinstance(argument, str) else argument
        variables = {key: self.resolved(value) for key, value in own.items()}
        known = {key: v for key, v in {**self._values, **variables}.items() if isinstance(v, str)}

        def replace(found: re.Match[str]) -> str:
            return known.get(found[1], found[0])

        replaced = _PLACEHOLDER.sub(replace, text)
        if not _PLACEHOLDER.search(replaced):
            return replaced.replace("${!", "${")
        unknown = {key: value for key, value in variables.items() if key not in known}
        return {"Fn::Sub": [replaced, unknown] if unknown else replaced}


def _is_known(node: Any) -> bool:
    if isinstance(node, list):
        return all(_is_known(value) for value in node)
    return not isinstance(node, dict)


def evaluated(template: Json, parameters: Mapping[str, str]) -> Json:
    """What is deployed with these parameters: no conditions, no parameters, only what is there."""
    evaluator = Evaluator(template, parameters)
    kept: Json = {"AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"]}
    for section in ("Resources", "Outputs"):
        kept[section] = {
            name: evaluator.resolved({k: v for k, v in entry.items() if k != "Condition"})
            for name, entry in (template.get(section) or {}).items()
            if "Condition" not in entry or evaluator.holds(entry["Condition"])
        }
    return kept
