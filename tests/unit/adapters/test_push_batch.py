"""The bookkeeping of one push, without a transport."""

from collections.abc import Sequence

import pytest

from parley.adapters.push.batch import Batch, Freight, Post
from parley.adapters.push.verdicts import Outcome, judge
from parley.domain.ids import ConnectionId

ONE, TWO = ConnectionId("one"), ConnectionId("two")


class Transport:
    """Keeps posts; a test answers them."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.abandoned: list[Post] = []

    def submit(self, posts: Sequence[Post]) -> None:
        for post in posts:
            post.carrier = self
            self.posts.append(post)

    def abandon(self, post: Post) -> None:
        self.abandoned.append(post)


@pytest.fixture
def transport() -> Transport:
    return Transport()


@pytest.fixture
def batch(transport: Transport) -> Batch:
    batch = Batch(Freight("POST", b"{}"), transport.submit)
    batch.begin([ONE, TWO])
    return batch


def test_what_is_open_at_the_end_is_abandoned(batch: Batch, transport: Transport) -> None:
    one, two = transport.posts
    one.answered(200)
    report = batch.wait(0)
    assert (report.delivered, report.failed) == ((ONE,), {TWO: "timeout"})
    assert transport.abandoned == [two]


def test_a_late_answer_changes_nothing(batch: Batch, transport: Transport) -> None:
    report = batch.wait(0)
    for late in transport.posts:
        late.answered(200)
        late.answered(429)
        late.broke()
        assert not late.may_resend()
    assert batch.wait(10) == report


def test_a_second_answer_to_the_same_post_changes_nothing(
    batch: Batch, transport: Transport
) -> None:
    one, two = transport.posts
    one.answered(410)
    one.answered(200)
    two.answered(204)
    assert batch.wait(10).gone == (ONE,)


def test_a_throttled_post_is_submitted_again_while_waiting(
    batch: Batch, transport: Transport
) -> None:
    one, two = transport.posts
    two.answered(200)
    one.answered(429)
    assert one.carrier is None
    assert batch.wait(0.2).failed == {ONE: "timeout"}
    assert transport.posts == [one, two, one]


def test_a_retry_that_would_come_too_late_is_not_sent(batch: Batch, transport: Transport) -> None:
    for post in transport.posts:
        post.answered(429)
    assert batch.wait(0).failed == {ONE: "timeout", TWO: "timeout"}
    assert len(transport.posts) == 2
    assert transport.abandoned == []


def test_a_broken_post_may_be_sent_once_more(batch: Batch, transport: Transport) -> None:
    one, two = transport.posts
    assert one.may_resend()
    assert not one.may_resend()
    one.broke()
    two.answered(200)
    assert batch.wait(10).failed == {ONE: "broken"}


def test_failing_all_ends_the_waiting(batch: Batch) -> None:
    assert batch.fail_all("unsigned")
    assert not batch.fail_all("unsigned")
    assert batch.wait(10).failed == {ONE: "unsigned", TWO: "unsigned"}


def test_what_could_not_be_started_is_reported_at_once() -> None:
    batch = Batch.refused([ONE, TWO], Freight("POST", b"{}"), "unsent")
    assert batch.wait(10).failed == {ONE: "unsent", TWO: "unsent"}


@pytest.mark.parametrize(
    ("status", "throttled", "outcome", "reason"),
    [
        (200, 0, Outcome.DELIVERED, ""),
        (204, 2, Outcome.DELIVERED, ""),
        (410, 0, Outcome.GONE, ""),
        (429, 0, Outcome.AGAIN, ""),
        (429, 1, Outcome.AGAIN, ""),
        (429, 2, Outcome.FAILED, "throttled"),
        (413, 0, Outcome.FAILED, "too_large"),
        (302, 0, Outcome.FAILED, "302"),
        (100, 0, Outcome.FAILED, "100"),
        (503, 0, Outcome.FAILED, "503"),
    ],
)
def test_answers_are_judged(status: int, throttled: int, outcome: Outcome, reason: str) -> None:
    verdict = judge(status, throttled)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
