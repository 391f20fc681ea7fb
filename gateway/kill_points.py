"""Killing a function's process in the middle of its work, at a call that is named.

A point is `module:Class.method:before` or `:after`, such as
`parley.adapters.queue:SqsFlushQueue.ask:after`. The worker wraps that method when the first
invocation that may end there reaches it, so that the function's code needs no hook.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import asdict, dataclass
from typing import Any

from gateway.verbs import verb

_POINT = re.compile(r"[\w.]+:[\w.]+:(before|after)")


@dataclass(frozen=True, slots=True)
class _Armed:
    point: str
    count: int


class KillPoints:
    """The verb, and what each function's environments have to be told."""

    def __init__(self, functions: Container[str]) -> None:
        """Begin with nothing armed; `functions` are the logical ids that there are."""
        self._functions = functions
        self._armed: dict[str, _Armed] = {}

    def clear(self) -> None:
        """Disarm everything."""
        self._armed.clear()

    @verb
    def kill_at(self, function: str, point: str, count: int = 1) -> None:
        """Let an environment of a function SIGKILL itself at a point.

        Every invocation that begins from now on may be the one; the first that ends there disarms
        the point.

        Args:
            function: The logical id.
            point: `module:Class.method:before` or `:after`; after only where it returned.
            count: At which call of one invocation.
        """
        if function not in self._functions:
            raise KeyError(function)
        if _POINT.fullmatch(point) is None or count < 1:
            raise ValueError("must be module:Class.method:before or :after, and count from 1")
        self._armed[function] = _Armed(point, count)

    def request_of(self, function: str) -> dict[str, Any] | None:
        """What the next invocation of a function has to be told; None for nothing."""
        armed = self._armed.get(function)
        return None if armed is None else asdict(armed)

    def reached(self, function: str) -> None:
        """Disarm a function, of which an environment has ended at its point."""
        self._armed.pop(function, None)
