"""The faults that writes to the real stores can have, in memory."""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from parley.errors import StoreUnavailable
from parley.ports import Contended, Unknown

T = TypeVar("T")


class Fault(StrEnum):
    """What can happen to an `append` of messages, or to a `revise` of rooms."""

    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"
    UNKNOWN_BEFORE = "unknown_before"
    UNKNOWN_AFTER = "unknown_after"


# What the next writes meet, one each, first in first out. A callable is run before its write, which
# then goes on: it may do what another process would.
Faults = deque[Fault | Callable[[], object]]


def written(faults: Faults, write: Callable[[], T]) -> T | Contended | Unknown:
    """Return the outcome of a write that meets the next fault, if there is one."""
    try:
        fault = faults.popleft()
    except IndexError:
        return write()
    if fault is Fault.CONFLICT:
        return Contended()
    if fault is Fault.UNAVAILABLE:
        raise StoreUnavailable("a fault was asked for")
    if fault is Fault.UNKNOWN_BEFORE:
        return Unknown()
    if callable(fault):
        fault()
    outcome = write()
    return Unknown() if fault is Fault.UNKNOWN_AFTER else outcome
