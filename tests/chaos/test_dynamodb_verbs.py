"""The faults of DynamoDB do what their names say."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.errors import StoreContended, StoreUnanswered
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table, attributes_of
from parley.errors import ParleyError
from tests.support.faults.dynamodb import VERBS, DynamoFaults, dynamo_faults
from tests.support.faults.dynamodb_rules import KINDS
from tests.support.real_app import TABLE, all_at_once

KEY = Key("verbs", "item")
KEYS = [Key("verbs", f"item-{number}") for number in range(20)]


@pytest.fixture
def faults(table_url: str) -> Iterator[DynamoFaults]:
    with dynamo_faults(table_url) as made:
        yield made


@pytest.fixture
def table(faults: DynamoFaults) -> Table:
    return Table(dynamodb_client(faults.url), TABLE, sleep=lambda _: None)


@pytest.fixture
def direct(table_url: str) -> Table:
    return Table(dynamodb_client(table_url), TABLE)


def put(table: Table, value: str) -> None:
    table.transact_once([{"Put": {"Item": {**attributes_of(KEY), "value": {"S": value}}}}], value)


def value(table: Table) -> str | None:
    item = table.get(KEY)
    return str(item["value"]["S"]) if item else None


def test_every_fault_is_a_verb() -> None:
    assert VERBS.keys() == KINDS.keys()


@pytest.mark.parametrize(
    ("verb", "error", "stored"),
    [
        ("throttle", StoreContended, False),
        ("conflict", StoreContended, False),
        ("timeout_before", StoreUnanswered, False),
        ("timeout_after_commit", StoreUnanswered, True),
    ],
)
def test_a_write_meets_a_fault(
    faults: DynamoFaults,
    table: Table,
    direct: Table,
    verb: str,
    error: type[Exception],
    stored: bool,
) -> None:
    put(direct, f"before {verb}")
    lasting = {"hold_s": 0.02} if "timeout" in verb else {}
    VERBS[verb](faults, probability=1, count=1, **lasting)
    with pytest.raises(error):
        put(table, f"after {verb}")
    assert value(direct) == f"{'after' if stored else 'before'} {verb}"
    put(table, f"again {verb}")
    assert value(direct) == f"again {verb}"
    assert faults.counts()[verb] == 1


def test_half_of_the_internal_errors_are_done_all_the_same(
    faults: DynamoFaults, table: Table, direct: Table
) -> None:
    faults.error500(probability=1)
    done = []
    for number in range(20):
        with pytest.raises(StoreUnanswered):
            put(table, f"{number}")
        done.append(value(direct) == f"{number}")
    assert set(done) == {True, False}


def test_a_fault_meets_only_what_it_is_asked_to_for_as_long_as_it_is(
    faults: DynamoFaults, table: Table
) -> None:
    faults.throttle(probability=1, operations=["GetItem"])
    put(table, "one")
    with pytest.raises(StoreContended):
        value(table)
    faults.throttle(probability=1, seconds=0)
    assert value(table) == "one"
    faults.throttle(probability=1)
    faults.clear()
    assert value(table) == "one"
    faults.throttle(probability=0)
    assert value(table) == "one"


def test_keys_are_left_out_and_asked_for_again(faults: DynamoFaults, table: Table) -> None:
    for key in KEYS:
        table.put(key, {})
    faults.unprocessed(probability=1, count=3)
    found = table.batch_get(KEYS)
    assert sorted(item["sk"]["S"] for item in found) == sorted(key.sk for key in KEYS)
    assert faults.counts()["unprocessed"] == 3


def test_only_reads_that_allow_it_are_stale(faults: DynamoFaults, table: Table) -> None:
    def loosely() -> Any:
        request = {"TableName": TABLE, "Key": attributes_of(KEY)}
        return table.client.get_item(**request)["Item"]["value"]["S"]

    faults.stale_read()
    put(table, "old")
    assert (loosely(), value(table)) == ("old", "old")
    put(table, "new")
    assert (loosely(), value(table)) == ("old", "new")
    assert faults.counts()["inconsistent_reads"] == 2


def test_overlapping_transactions_are_in_each_others_way(
    faults: DynamoFaults, table: Table
) -> None:
    faults.contention(hold_s=0.5)
    calls: list[Callable[[], None]] = [lambda n=n: put(table, f"{n}") for n in range(3)]  # type: ignore[misc]
    outcomes = all_at_once(calls)
    assert [type(each) for each in outcomes].count(StoreContended) == 2
    assert faults.counts()["conflicts"] == 2


def test_what_is_slow_is_answered(faults: DynamoFaults, table: Table) -> None:
    faults.slow(probability=1, hold_s=0.01)
    put(table, "slow")
    assert value(table) == "slow"
    assert faults.counts()["slow"] == 2


def test_a_proxy_that_was_not_told_where_to_forward_refuses() -> None:
    with dynamo_faults() as faults, pytest.raises(ParleyError):
        value(Table(dynamodb_client(faults.url), TABLE, sleep=lambda _: None))
