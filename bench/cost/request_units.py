"""DynamoDB's request units of one request, by AWS's published rules. Pure.

From the Developer Guide, "DynamoDB read and write operations" and "Item sizes and formats". The
emulator's own figures are not used: `tests/cost/test_emulator_capacity.py` says where they differ.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

WRITE_BYTES = 1_024
READ_BYTES = 4_096
# A transaction prepares and commits: two underlying writes for each item.
TRANSACTION_FACTOR = 2
NESTED_BYTES = 3
ELEMENT_BYTES = 1

Value = Mapping[str, Any]
Item = Mapping[str, Value]


def item_bytes(item: Item) -> int:
    """Return an item's size: the names and values of all attributes, those of the key included."""
    return sum(_text_bytes(name) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Value) -> int:
    """Return the size of one value, as it travels in JSON: ``{"S": "text"}``."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return _text_bytes(content)
        case "N":
            return _number_bytes(content)
        case "B":
            return _binary_bytes(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return NESTED_BYTES + sum(ELEMENT_BYTES + value_bytes(each) for each in content)
        case "M":
            return NESTED_BYTES + item_bytes(content) + ELEMENT_BYTES * len(content)
        case "SS" | "NS" | "BS":
            return sum(value_bytes({kind[0]: each}) for each in content)
    raise ValueError(f"no such type: {kind}")


def write_units(before: Item | None, after: Item | None) -> int:
    """Return what Put, Update or Delete of one item consumes: by the larger of the two sizes.

    Args:
        before: The item as it was; None: there was none.
        after: The item as it is then; None: there is none.
    """
    size = max(item_bytes(item) for item in (before or {}, after or {}))
    return max(1, _ceil(size, WRITE_BYTES))


def refused_write_units(existing: Item | None) -> int:
    """Return what a write consumes whose condition failed: by what is there, at least 1."""
    return write_units(existing, None)


def transaction_units(each: Iterable[int]) -> int:
    """Return what a transaction consumes, from what its writes would consume alone.

    Cancelled, it consumes the same: the items were prepared (AWS.md §E: from memory).
    """
    return TRANSACTION_FACTOR * sum(each)


def read_units(size_bytes: int, *, consistent: bool = True) -> float:
    """Return what reading so many bytes consumes; what is not there costs as much as 4 KB."""
    units = max(1, _ceil(size_bytes, READ_BYTES))
    return units if consistent else units / 2


def _ceil(size: int, unit: int) -> int:
    return -(-size // unit)


def _text_bytes(text: str) -> int:
    return len(text.encode())


def _binary_bytes(content: str | bytes) -> int:
    return len(content if isinstance(content, bytes) else base64.b64decode(content))


def _number_bytes(number: str) -> int:
    """Return 1 byte for two significant digits, and 1 more; zeros at both ends do not count."""
    mantissa = number.lower().partition("e")[0].lstrip("+-").replace(".", "")
    digits = len(mantissa.strip("0"))
    return _ceil(digits, 2) + 1
