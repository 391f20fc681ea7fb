"""One line of "What it must show": what is checked, its figure, pass or fail."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What a check saw."""

    ok: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the plan."""

    number: str
    title: str
    run: Callable[[], Shown]
