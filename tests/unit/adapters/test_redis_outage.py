"""That Redis cannot be reached is said once, with its cause; a single call that failed is not."""

import logging

import pytest
from redis import exceptions

from parley.adapters.redis.outage import Outage, reason_of

CUT = exceptions.ConnectionError("Connection reset")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


@pytest.fixture
def outage() -> Outage:
    return Outage("redis.example:6379")


def test_a_server_that_never_answered_is_unreachable_at_once_and_said_so_once(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        outage.failed(CUT)
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "redis_unreachable")
    fields = vars(record)
    assert fields["address"] == "redis.example:6379"
    assert (fields["reason"], fields["cause"]) == ("connection", "Connection reset")


def test_one_call_that_fails_is_no_outage_and_two_are(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.answered()
    for _ in range(3):
        outage.failed(CUT)
        outage.answered()
    assert told(caplog) == []
    outage.failed(CUT)
    outage.failed(CUT)
    outage.failed(CUT)
    assert told(caplog) == ["redis_unreachable"]
    outage.answered()
    outage.answered()
    assert told(caplog) == ["redis_unreachable", "redis_reached_again"]
    outage.failed(CUT)
    outage.failed(CUT)
    assert told(caplog)[2:] == ["redis_unreachable"]


@pytest.mark.parametrize(
    "error",
    [
        exceptions.AuthenticationError("invalid username-password pair"),
        exceptions.ConnectionError("Error 1 connecting: [SSL: CERTIFICATE_VERIFY_FAILED] expired"),
    ],
)
def test_what_does_not_pass_by_itself_is_said_at_once(
    outage: Outage, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    outage.answered()
    outage.failed(error)
    assert told(caplog) == ["redis_unreachable"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (exceptions.AuthenticationError("WRONGPASS"), "login"),
        (exceptions.TimeoutError("Timeout connecting to server"), "timeout"),
        (exceptions.ConnectionError("Error -2 connecting to h:1. Name or service"), "name"),
        (exceptions.ConnectionError("Error -3 connecting to h:1. Temporary failure"), "name"),
        (exceptions.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED]"), "certificate"),
        (CUT, "connection"),
    ],
)
def test_the_reason_says_what_to_look_at_first(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
