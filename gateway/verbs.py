"""Fault verbs: methods that tests call by name, with keyword arguments that are JSON."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

_Method = TypeVar("_Method", bound=Callable[..., Any])
_MARK = "_is_fault_verb"


class UnknownVerbError(Exception):
    """Raised for a fault that does not exist, or arguments that it does not take."""


def verb(method: _Method) -> _Method:
    """Make a method callable by name."""
    setattr(method, _MARK, True)
    return method


def run_verb(owners: tuple[object, ...], name: str, arguments: Mapping[str, Any]) -> Any:
    """Call a verb of one of these objects.

    Raises:
        UnknownVerbError: When there is no such verb, or it does not take these arguments.
    """
    verbs = {each: method for owner in owners for each, method in _verbs_of(owner)}
    method = verbs.get(name)
    if method is None:
        raise UnknownVerbError(f"no verb {name!r}; there are {', '.join(sorted(verbs))}")
    try:
        inspect.signature(method).bind(**arguments)
        return method(**arguments)
    except (TypeError, ValueError, KeyError) as exc:
        raise UnknownVerbError(f"{name}: {exc}") from exc


def _verbs_of(owner: object) -> list[tuple[str, Callable[..., Any]]]:
    methods = inspect.getmembers(owner, inspect.ismethod)
    return [(name, method) for name, method in methods if hasattr(method, _MARK)]
