"""Bodies that are too long however they are composed, and those that composing makes fit."""

import pytest

from parley.errors import InvalidInput, PayloadTooLarge
from parley.services.content import accepted_body


@pytest.mark.scenario("M1", "M8")
@pytest.mark.parametrize("body", ["x" * 41, "e\u0301" * 11, "\u0301\u0316" * 300_000])
def test_a_body_over_the_limit_is_refused_composed_or_not(body: str) -> None:
    with pytest.raises(PayloadTooLarge):
        accepted_body(body, 10)


@pytest.mark.parametrize("body", ["e\u0301" * 10, "\u03b1\u0313\u0300\u0345" * 10, " " * 99 + "x"])
def test_the_limit_is_for_what_is_stored(body: str) -> None:
    assert len(accepted_body(body, 10)) <= 10


def test_a_control_is_refused_in_a_body_that_fits() -> None:
    with pytest.raises(InvalidInput):
        accepted_body("a\x00b", 10)
