"""DynamoDB's request units, by the examples and rules of its Developer Guide."""

import base64
from typing import Any

import pytest

from bench.cost.request_units import (
    item_bytes,
    read_units,
    refused_write_units,
    transaction_units,
    value_bytes,
    write_units,
)


def item_of(size: int) -> dict[str, Any]:
    """Return an item of exactly so many bytes."""
    return {"pk": {"S": "x" * (size - 2)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "héllo"}, 6),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "-1234"}, 3),
        ({"N": "12345"}, 4),
        ({"N": "1000000"}, 2),
        ({"N": "0.00025"}, 2),
        ({"N": "1.5E+10"}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"B": base64.b64encode(b"x" * 10).decode()}, 10),
        ({"B": b"x" * 10}, 10),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 3 + (1 + 2) + (1 + 1)),
        ({"M": {}}, 3),
        ({"M": {"key": {"S": "ab"}}}, 3 + 1 + 3 + 2),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "22"]}, 4),
    ],
)
def test_a_value_has_the_size_that_the_guide_says(value: dict[str, Any], size: int) -> None:
    assert value_bytes(value) == size


def test_an_unknown_type_is_no_value() -> None:
    with pytest.raises(ValueError, match="no such type: X"):
        value_bytes({"X": 1})


def test_names_count_like_values() -> None:
    assert item_bytes({"pk": {"S": "abc"}, "é": {"BOOL": True}}) == 2 + 3 + 2 + 1
    assert item_bytes(item_of(1_024)) == 1_024


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, 1, 1),
        (None, 1_024, 1),
        (None, 1_025, 2),
        # Whichever is larger decides, also when an item shrinks.
        (2_049, 10, 3),
        (10, 2_049, 3),
        # Deleting costs what was there, and 1 where nothing was.
        (2_048, None, 2),
        (None, None, 1),
    ],
)
def test_a_write_costs_the_larger_of_before_and_after(
    before: int | None, after: int | None, units: int
) -> None:
    sizes = [None if size is None else item_of(max(size, 2)) for size in (before, after)]
    assert write_units(*sizes) == units


def test_a_condition_that_fails_costs_what_is_there() -> None:
    # The guide: 300 KB there and 310 KB to write is 300 when refused, 310 when done.
    there, wanted = item_of(300 * 1_024), item_of(310 * 1_024)
    assert refused_write_units(there) == 300
    assert write_units(there, wanted) == 310
    assert refused_write_units(None) == 1


def test_a_transaction_costs_twice_its_writes() -> None:
    assert transaction_units([1, 3]) == 8


@pytest.mark.parametrize(
    ("size", "units"), [(0, 1), (1, 1), (4_096, 1), (4_097, 2), (10 * 1_024, 3)]
)
def test_a_read_costs_a_unit_for_each_4_kb(size: int, units: int) -> None:
    assert read_units(size) == units
    assert read_units(size, consistent=False) == units / 2
