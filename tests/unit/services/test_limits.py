"""The bucket of one process, for when Redis does not answer."""

from typing import Any

import pytest

from parley.domain.people import Caller
from parley.errors import RateLimited
from parley.ports import RateLimit
from parley.services import limits
from parley.services.limits import LocalLimiter
from tests.support.memory import World

LIMIT = RateLimit("message", ((2, 10), (3, 60)))


def who(name: str, tenant: str = "acme") -> Caller:
    return World().caller(name, tenant)


class Bucket:
    def __init__(self) -> None:
        self.now = 0.0
        self.limiter = LocalLimiter(lambda: self.now)

    def passes(self, at: float, caller: Caller | None = None, limit: RateLimit = LIMIT) -> bool:
        self.now = at
        try:
            self.limiter.allow(caller or who("alice"), limit)
        except RateLimited:
            return False
        return True


def test_every_window_must_have_room() -> None:
    bucket = Bucket()
    moments = [0, 1, 2, 9.9, 10, 11, 59.9, 60, 61]
    assert [bucket.passes(at) for at in moments] == [
        True,
        True,
        False,
        False,
        True,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(("at", "wait"), [(2, 8), (9.5, 0.5)])
def test_the_delay_is_when_the_next_attempt_can_pass(at: float, wait: float) -> None:
    bucket = Bucket()
    assert bucket.passes(0)
    assert bucket.passes(1)
    bucket.now = at
    with pytest.raises(RateLimited) as refused:
        bucket.limiter.allow(who("alice"), LIMIT)
    assert refused.value.retry_after_s == pytest.approx(wait)
    assert bucket.passes(at + wait)


def test_people_tenants_and_limits_are_apart() -> None:
    bucket = Bucket()
    typing = RateLimit("typing", ((2, 10),))
    for caller in (who("alice"), who("bob"), who("alice", "other")):
        assert [bucket.passes(0, caller) for _ in range(3)] == [True, True, False]
    assert bucket.passes(0, who("alice"), typing)


def test_the_bucket_forgets_rather_than_grows(monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "MAX_TRACKED", 5)
    bucket = Bucket()
    for number in range(20):
        assert bucket.passes(0, who(f"user-{number}"))
    assert len(bucket.limiter._attempts) <= 6
