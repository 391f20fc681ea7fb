"""Which records of queues and streams meet a fault; `test_sources_live.py` shows that they do."""

import random
from collections import Counter

import pytest

from gateway.record_faults import RecordFaults

RECORDS = [(key, number) for number in range(10) for key in "abc"]


def key_of(record: tuple[str, int]) -> str:
    return record[0]


@pytest.fixture
def faults() -> RecordFaults:
    return RecordFaults(random.Random(1))  # noqa: S311 - chances, not secrets


def test_without_faults_nothing_happens_to_records(faults: RecordFaults) -> None:
    assert faults.reordered(RECORDS, key_of, "F") == RECORDS
    assert faults.delay_s("F") == faults.stream_delay_s("F") == 0
    assert not (faults.is_lost("F") or faults.is_poisoned("id", "F") or faults.is_duplicated("F"))


def test_a_fault_of_one_function_leaves_the_records_of_others_alone(faults: RecordFaults) -> None:
    faults.duplicate(function="F")
    faults.lose_records(function="F")
    faults.poison_records(function="F")
    faults.delay_records(delay_s=2.0, function="F")
    assert faults.is_lost("F")
    assert faults.is_poisoned("id", "F")
    assert faults.is_duplicated("F")
    assert (faults.delay_s("F"), faults.stream_delay_s("F")) == (2.0, 2.0)
    assert not (faults.is_lost("G") or faults.is_poisoned("id", "G") or faults.is_duplicated("G"))
    assert faults.delay_s("G") == 0


def test_reordered_records_are_all_there_and_in_order_for_each_key(faults: RecordFaults) -> None:
    faults.reorder_records()
    shuffled = faults.reordered(RECORDS, key_of, "F")
    assert shuffled != RECORDS
    assert Counter(shuffled) == Counter(RECORDS)
    for key in "abc":
        numbers = [number for each, number in shuffled if each == key]
        assert numbers == sorted(numbers)


def test_reordering_holds_batches_of_a_queue_back_but_none_of_a_stream(
    faults: RecordFaults,
) -> None:
    faults.reorder_records(max_delay_s=3.0)
    delays = {faults.delay_s("F") for _ in range(20)}
    assert len(delays) > 1
    assert all(0 <= delay <= 3 for delay in delays)
    assert faults.stream_delay_s("F") == 0


def test_about_as_many_records_are_lost_as_was_asked_for(faults: RecordFaults) -> None:
    faults.lose_records(probability=0.25)
    assert 200 < sum(faults.is_lost("F") for _ in range(1000)) < 300


def test_a_poisoned_record_is_poisoned_at_every_delivery(faults: RecordFaults) -> None:
    faults.poison_records(probability=0.1)
    poisoned = [faults.is_poisoned(f"id-{n}", "F") for n in range(1000)]
    assert 60 < sum(poisoned) < 140
    assert [faults.is_poisoned(f"id-{n}", "F") for n in range(1000)] == poisoned


def test_clear_ends_every_fault_of_records(faults: RecordFaults) -> None:
    faults.lose_records()
    faults.delay_records(delay_s=1.0)
    faults.clear()
    assert not faults.is_lost("F")
    assert faults.delay_s("F") == 0
