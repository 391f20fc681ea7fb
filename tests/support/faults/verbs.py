"""Verbs: the ways in which one part of the outside world can fail, callable by name.

A class of faults marks its methods with `@verb`. Their arguments are keywords and JSON. A fault
that lasts takes ``seconds`` and ends by itself after them, or with ``clear``, which ends all.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])
_MARK = "_is_fault_verb"


def verb(method: Method) -> Method:
    """Let a method be called by name."""
    setattr(method, _MARK, True)
    return method


def verbs_of(owner: type) -> dict[str, Callable[..., Any]]:
    """Return the verbs of a class by name, in order of name."""
    methods = inspect.getmembers(owner, inspect.isfunction)
    return {name: method for name, method in methods if hasattr(method, _MARK)}
