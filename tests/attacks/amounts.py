"""How much of a long attack runs in `make test`; with ATTACKS_ALL=1, as in `make show`, all."""

import os
from collections.abc import Sequence
from typing import TypeVar

V = TypeVar("V")

ALL = bool(os.environ.get("ATTACKS_ALL"))


def some(values: Sequence[V], every: int, name: str = "") -> Sequence[V]:
    """Return each so-manieth value, another choice for another name; all of them in a long run."""
    return values if ALL else values[sum(map(ord, name)) % every :: every]


def amount(short: int, long: int) -> int:
    """Return how many to try."""
    return long if ALL else short
