"""The table of bills: how it is written, read and compared."""

from dataclasses import replace
from typing import Any

import pytest

from bench.cost.bills import Bill, differences, ecpu_of, read, units_of, written

BILL = Bill(
    ws_in=1,
    ws_replies=1,
    ws_pushed=9,
    invocations={"relay": 1, "message": 2},
    write_units=5,
    ecpu=34,
    log_bytes=2_000,
    log_lines=3,
)


def test_what_is_written_is_read_again() -> None:
    bills = {"message.send (room of 10)": BILL, "nothing": Bill()}
    assert read(written(bills)) == bills
    assert "message:2 relay:1" in written(bills)


def test_what_is_the_same_is_no_difference() -> None:
    assert differences(BILL, BILL) == []


@pytest.mark.parametrize("name", ["ws_in", "ws_pushed", "dynamodb", "write_units", "redis", "sqs"])
def test_one_more_or_less_is_a_difference(name: str) -> None:
    for step in (1, -1):
        other = _sized(name, getattr(BILL, name) + step)
        assert differences(other, BILL) == [
            f"{name}: {getattr(other, name)}, the table says {getattr(BILL, name)}"
        ]


def test_another_function_is_a_difference() -> None:
    (told,) = differences(replace(BILL, invocations={"message": 2}), BILL)
    assert told.startswith("invocations: ")


@pytest.mark.parametrize("name", ["log_bytes", "sent_bytes", "nat_bytes"])
@pytest.mark.parametrize(("size", "count"), [(2_100, 0), (1_900, 0), (2_101, 1), (1_899, 1)])
def test_a_few_bytes_are_no_difference(name: str, size: int, count: int) -> None:
    assert len(differences(_sized(name, size), _sized(name, 2_000))) == count


def _sized(name: str, size: int) -> Bill:
    changed: dict[str, Any] = {name: size}
    return replace(BILL, **changed)


@pytest.mark.parametrize(("size", "units"), [(0, 1), (32_768, 1), (32_769, 2)])
def test_a_message_is_billed_by_whole_units(size: int, units: int) -> None:
    assert units_of(size, 32 * 1_024) == units


@pytest.mark.parametrize(("commands", "moved", "units"), [(34, 900, 34), (2, 5_000, 5), (1, 0, 1)])
def test_scripts_count_by_commands_or_by_bytes(commands: int, moved: int, units: int) -> None:
    assert ecpu_of(commands, moved) == units


def test_messages_of_both_directions_are_billed() -> None:
    assert BILL.ws_messages == 11
