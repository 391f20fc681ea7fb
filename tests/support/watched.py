"""Adapters whose calls can be counted, made to fail, or be overtaken."""

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Protocol

Fault = Exception | Callable[[], object]


class Book(Protocol):
    """Where calls are written down, and their faults are found."""

    calls: list[str]
    faults: defaultdict[str, deque[Fault]]
    writes: list[tuple[str, tuple[Any, ...], Any]]


class Watched:
    """An adapter whose calls are written down, and can be made to fail or to be overtaken."""

    def __init__(self, name: str, adapter: object, adapters: Book) -> None:
        """Stand before an adapter."""
        self._name = name
        self._adapter = adapter
        self._adapters = adapters

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if not callable(found):
            return found
        adapters, full_name = self._adapters, f"{self._name}.{name}"

        def call(*args: Any, **kwargs: Any) -> Any:
            adapters.calls.append(full_name)
            fault = adapters.faults[full_name].popleft() if adapters.faults[full_name] else None
            if isinstance(fault, Exception):
                raise fault
            if fault is not None:
                fault()
            result = found(*args, **kwargs)
            adapters.writes.append((full_name, args, result))
            return result

        return call
