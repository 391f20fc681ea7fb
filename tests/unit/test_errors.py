"""The tree of errors, and what of it is public."""

from collections.abc import Iterator

import pytest

from parley import errors
from parley.errors import HTTP_STATUS, Detail, ErrorCode, InvalidInput, ParleyError

CODES = {
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "UNAVAILABLE": 503,
}


def tree(base: type[ParleyError] = ParleyError) -> Iterator[type[ParleyError]]:
    yield base
    for child in base.__subclasses__():
        yield from tree(child)


ALL = list(tree())


def test_the_codes_are_those_of_the_contract_with_their_http_status() -> None:
    assert {code.value: HTTP_STATUS[code] for code in ErrorCode} == CODES


def test_every_code_is_raised_by_some_error() -> None:
    assert {error.code for error in ALL} == set(ErrorCode)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_has_a_text_for_people_that_is_a_sentence(error: type[ParleyError]) -> None:
    assert error.people[0].isupper()
    assert error.people.endswith(".")


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_only_what_may_succeed_later_is_tried_again(error: type[ParleyError]) -> None:
    passing = errors.RateLimited | errors.Unavailable | errors.OutcomeUnknown
    assert error.retryable == issubclass(error, passing)


def test_an_unknown_outcome_does_not_claim_that_nothing_was_stored() -> None:
    error = errors.OutcomeUnknown("timed out")
    assert error.code is ErrorCode.INTERNAL_ERROR
    assert errors.retry_after_of(error) is None


def test_a_validation_error_keeps_all_its_reasons() -> None:
    details = (Detail("data.body", "is missing"), Detail("data.type", "is unknown"))
    error = InvalidInput(*details)
    assert error.details == details
    assert str(error) == "data.body: is missing; data.type: is unknown"
    assert InvalidInput.at("id", "is missing").details == (Detail("id", "is missing"),)


def test_the_delay_before_another_try_is_known_of_those_errors_that_have_one() -> None:
    assert errors.retry_after_of(errors.RateLimited(2.5)) == 2.5
    assert errors.retry_after_of(errors.CacheUnavailable("no answer")) == 1.0
    assert errors.retry_after_of(errors.StoreUnavailable("throttled", 3)) == 3
    assert errors.retry_after_of(errors.NotFound("room")) is None


@pytest.mark.scenario("C6")
@pytest.mark.parametrize("error", ALL)
def test_every_error_that_asks_to_wait_can_say_how_long(error: type[errors.ParleyError]) -> None:
    asks_to_wait = error.code in (ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE)
    assert issubclass(error, errors.RateLimited | errors.Unavailable) == asks_to_wait


def test_the_cause_of_an_unavailable_part_is_for_the_logs_only() -> None:
    error = errors.CacheUnavailable("connection refused by 10.0.0.7")
    assert str(error) == "connection refused by 10.0.0.7"
    assert "10.0.0.7" not in error.people
