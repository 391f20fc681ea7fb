"""Event filters: which records of a stream reach a function. Pure.

The operators of EventBridge patterns that event source mappings know and templates use: equal
values, `prefix`, `suffix`, `exists`, `anything-but` and `numeric`. A record passes when one pattern
of the criteria matches; in a pattern every key must match, and of a key's list one element.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

Pattern = Mapping[str, Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_OPERATORS = {"prefix", "suffix", "exists", "anything-but", "numeric"}


class UnknownFilterError(ValueError):
    """Raised when a pattern uses an operator that is not evaluated here."""


def read_patterns(criteria: Mapping[str, Any] | None) -> tuple[Pattern, ...]:
    """Read a `FilterCriteria`; no patterns let everything pass.

    Raises:
        UnknownFilterError: An operator is not known.
    """
    filters = (criteria or {}).get("Filters") or []
    patterns = tuple(json.loads(each["Pattern"]) for each in filters)
    for pattern in patterns:
        _check(pattern)
    return patterns


def _check(pattern: Pattern) -> None:
    for key, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            _check(wanted)
            continue
        for element in wanted:
            unknown = set(element) - _OPERATORS if isinstance(element, Mapping) else set()
            if unknown:
                raise UnknownFilterError(f"filter {unknown.pop()} of {key} is not evaluated")


def passes(record: Mapping[str, Any], patterns: tuple[Pattern, ...]) -> bool:
    """Tell whether a record reaches the function."""
    return not patterns or any(_matches(record, pattern) for pattern in patterns)


def _matches(record: Any, pattern: Pattern) -> bool:
    for key, wanted in pattern.items():
        there = isinstance(record, Mapping) and key in record
        value = record[key] if there else None
        if isinstance(wanted, Mapping):
            if not _matches(value, wanted):
                return False
        elif not any(_element_matches(value, element, there) for element in wanted):
            return False
    return True


def _element_matches(value: Any, element: Any, there: bool) -> bool:
    if not isinstance(element, Mapping):
        return (
            there
            and bool(value == element)
            and isinstance(value, bool) == isinstance(element, bool)
        )
    ((name, argument),) = element.items()
    match name:
        case "exists":
            return there is argument
        case "prefix":
            return isinstance(value, str) and value.startswith(argument)
        case "suffix":
            return isinstance(value, str) and value.endswith(argument)
        case "anything-but":
            return there and value not in (argument if isinstance(argument, list) else [argument])
    return isinstance(value, int | float) and _in_range(value, argument)


def _in_range(value: float, comparisons: list[Any]) -> bool:
    pairs = zip(comparisons[::2], comparisons[1::2], strict=True)
    return all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)
