"""Metrics: what is kept, when it is due, and that tests and scripts keep nothing."""

from collections.abc import Iterator

import pytest

from parley import measures, observability
from parley.measures import MAX_HELD, MAX_HELD_S, METRICS, Measures, Unit


class Watch:
    """A clock that is told to move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def kept(watch: Watch) -> Iterator[Measures]:
    made = Measures(watch)
    measures.collect(made)
    yield made
    measures.collect(None)


def test_counts_add_up_and_other_values_stay_apart(kept: Measures) -> None:
    observability.count("messages_stored")
    observability.count("messages_stored", 2)
    observability.observe("redis_ms", 1.5)
    observability.observe("redis_ms", 2.5)
    assert kept.take_due() == {"messages_stored": [3], "redis_ms": [1.5, 2.5]}
    assert kept.take_due() == {}


def test_nothing_that_happened_is_no_count(kept: Measures) -> None:
    observability.count("pushes_failed", 0)
    observability.count("rate_limited", False)
    assert kept.take_due() == {}


def test_what_may_be_held_waits_for_a_minute_at_most(kept: Measures, watch: Watch) -> None:
    observability.observe("redis_ms", 1)
    watch.now = MAX_HELD_S - 1
    observability.observe("redis_ms", 2)
    assert kept.take_due() == {}
    watch.now = MAX_HELD_S
    assert kept.take_due() == {"redis_ms": [1, 2]}
    observability.observe("redis_ms", 3)
    assert kept.take_due() == {}


def test_what_may_be_held_goes_with_what_may_not(kept: Measures) -> None:
    observability.observe("redis_ms", 1)
    observability.count("pushes", 4)
    assert kept.take_due() == {}
    observability.count("pushes_failed")
    assert kept.take_due() == {"redis_ms": [1], "pushes": [4], "pushes_failed": [1]}


def test_many_values_are_due_at_once(kept: Measures) -> None:
    for _ in range(MAX_HELD - 1):
        observability.observe("redis_ms", 1)
    assert kept.take_due() == {}
    observability.observe("redis_ms", 1)
    assert kept.take_due() == {"redis_ms": [1] * MAX_HELD}


def test_what_takes_time_is_measured_though_it_fails(kept: Measures) -> None:
    with observability.timed("redis_ms"):
        pass
    with pytest.raises(ValueError, match="down"), observability.timed("redis_ms"):
        raise ValueError("down")
    observability.count("connects")
    values = kept.take_due()["redis_ms"]
    assert len(values) == 2
    assert all(0 <= value < 1_000 for value in values)


def test_nothing_is_kept_where_nobody_collects() -> None:
    observability.count("connects")
    observability.observe("redis_ms", 1)
    collected = Measures()
    measures.collect(collected)
    measures.collect(None)
    observability.count("connects")
    assert collected.take_due() == {}


def test_a_name_that_is_not_listed_is_a_bug(kept: Measures) -> None:
    for measure in (kept.count, kept.observe):
        with pytest.raises(KeyError):
            measure("conects", 1)


def test_names_say_their_units() -> None:
    endings = {"_ms": Unit.MILLISECONDS, "_s": Unit.SECONDS, "_bytes": Unit.BYTES}
    for name, metric in METRICS.items():
        units = {unit for ending, unit in endings.items() if name.endswith(ending)}
        expected = Unit.PERCENT if name.endswith("_percent") else Unit.COUNT
        assert metric.unit == (units.pop() if units else expected), name
