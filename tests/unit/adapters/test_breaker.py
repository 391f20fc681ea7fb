"""The breaker: one failure costs the others nothing, and one probe at a time finds the way back."""

import pytest

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.redis.breaker import Breaker
from parley.errors import CacheUnavailable


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def breaker(clock: MemoryClock) -> Breaker:
    return Breaker(2.0, clock.monotonic)


def refuses(breaker: Breaker) -> bool:
    try:
        breaker.admit()
    except CacheUnavailable:
        return True
    return False


def test_a_new_breaker_lets_calls_through(breaker: Breaker) -> None:
    assert not refuses(breaker)
    assert not breaker.is_open


def test_a_failure_refuses_the_calls_of_the_next_two_seconds(
    breaker: Breaker, clock: MemoryClock
) -> None:
    breaker.failed()
    assert refuses(breaker)
    clock.advance(1.99)
    assert refuses(breaker)
    assert breaker.is_open


def test_a_refusal_says_when_to_try_again(breaker: Breaker, clock: MemoryClock) -> None:
    breaker.failed()
    clock.advance(0.5)
    with pytest.raises(CacheUnavailable) as refusal:
        breaker.admit()
    assert refusal.value.retry_after_s == pytest.approx(1.5)


def test_one_probe_at_a_time_is_let_through_when_half_open(
    breaker: Breaker, clock: MemoryClock
) -> None:
    breaker.failed()
    clock.advance(2)
    assert not refuses(breaker)
    assert refuses(breaker)


def test_a_probe_that_succeeds_closes(breaker: Breaker, clock: MemoryClock) -> None:
    breaker.failed()
    clock.advance(2)
    breaker.admit()
    breaker.succeeded()
    assert not breaker.is_open
    assert not refuses(breaker)


def test_a_probe_that_fails_opens_for_two_more_seconds(
    breaker: Breaker, clock: MemoryClock
) -> None:
    breaker.failed()
    clock.advance(2)
    breaker.admit()
    clock.advance(0.25)
    breaker.failed()
    clock.advance(1.99)
    assert refuses(breaker)
    clock.advance(0.01)
    assert not refuses(breaker)


def test_a_probe_that_never_reports_is_followed_by_another(
    breaker: Breaker, clock: MemoryClock
) -> None:
    breaker.failed()
    clock.advance(2)
    breaker.admit()
    clock.advance(2)
    assert not refuses(breaker)


# --- Slow answers -------------------------------------------------------------------------------


@pytest.fixture
def strict(clock: MemoryClock) -> Breaker:
    return Breaker(2.0, clock.monotonic, slow_s=0.1, slow_budget_s=0.5)


def test_slow_answers_that_add_up_open_it_though_none_failed(
    strict: Breaker, clock: MemoryClock
) -> None:
    for _ in range(2):
        strict.succeeded(0.24)
        clock.advance(0.24)
    assert not refuses(strict)
    strict.succeeded(0.24)
    assert refuses(strict)
    clock.advance(2)
    assert not refuses(strict)
    strict.succeeded(0.01)
    assert not strict.is_open


def test_quick_answers_never_open_it_however_many(strict: Breaker) -> None:
    for _ in range(100):
        strict.succeeded(0.099)
    assert not refuses(strict)


def test_slow_answers_of_long_ago_do_not_count(strict: Breaker, clock: MemoryClock) -> None:
    for _ in range(20):
        strict.succeeded(0.3)
        clock.advance(2.1)
    assert not refuses(strict)


def test_a_probe_that_is_answered_late_closes_it(strict: Breaker, clock: MemoryClock) -> None:
    strict.failed()
    clock.advance(2)
    strict.admit()
    strict.succeeded(0.2)
    assert not strict.is_open
