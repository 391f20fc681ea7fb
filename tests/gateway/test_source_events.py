"""Small pure parts: batch answers, HTTP answers, throttling, times."""

from typing import Any

import pytest

from gateway.http_events import http_response
from gateway.ids import iso_time, request_time
from gateway.limits import TokenBucket
from gateway.results import MalformedResponseError, proxy_response
from gateway.source_events import (
    failed_identifiers,
    first_failed,
    queue_record,
    scheduled_event,
)


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        (None, []),
        ({}, []),
        ({"other": 1}, []),
        ({"batchItemFailures": []}, []),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, ["a"]),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, None),
        ({"batchItemFailures": ["a"]}, None),
        ("text", None),
        ([], None),
    ],
)
def test_partial_batch_answers(result: Any, failed: Any) -> None:
    assert failed_identifiers(result) == failed


def test_stream_is_repeated_from_the_lowest_failed_number() -> None:
    assert first_failed(["1", "2", "3"], ["3", "2"]) == 1
    assert first_failed(["1", "2", "3"], ["absent"]) == 0


def test_binary_attributes_of_queue_records_are_base64() -> None:
    message = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Body": "b",
        "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\x00"}},
    }
    record = queue_record(message, "arn", "us-east-1")
    assert record["messageAttributes"]["a"]["binaryValue"] == "AA=="


def test_schedule_without_input_gets_the_event_of_eventbridge() -> None:
    event = scheduled_event("F", "us-east-1", 1_700_000_000_123)
    assert event["detail-type"] == "Scheduled Event"
    assert event["time"] == "2023-11-14T22:13:20.123Z"


def test_times_have_the_forms_of_api_gateway() -> None:
    assert request_time(1_731_324_924_561) == "11/Nov/2024:11:35:24 +0000"
    assert iso_time(1_731_324_924_007) == "2024-11-11T11:35:24.007Z"


def test_bucket_lets_a_burst_through_and_then_the_rate() -> None:
    bucket = TokenBucket(rate_per_s=2, burst=3)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_rate_of_zero_is_no_limit() -> None:
    bucket = TokenBucket(rate_per_s=0, burst=1)
    assert all(bucket.take(0.0) for _ in range(100))


@pytest.mark.parametrize(
    "result",
    [None, "text", {}, {"statusCode": None}, {"statusCode": "x"}, {"statusCode": 200, "body": {}}],
)
def test_proxy_answer_without_status_or_with_an_object_as_body_is_malformed(result: Any) -> None:
    with pytest.raises(MalformedResponseError):
        proxy_response(result)


def test_proxy_answer_finds_the_subprotocol_whatever_the_case() -> None:
    response = proxy_response({"statusCode": "200", "headers": {"sec-websocket-PROTOCOL": "a"}})
    assert (response.status, response.subprotocol, response.is_success) == (200, "a", True)


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ("text", 200, b"text"),
        ({"a": 1}, 200, b'{"a": 1}'),
        (None, 200, b"null"),
        ({"statusCode": 204}, 204, b""),
        ({"statusCode": "404", "body": "x"}, 404, b"x"),
    ],
)
def test_http_answers_with_and_without_status(result: Any, status: int, body: bytes) -> None:
    response = http_response(result)
    assert (response.status, response.body) == (status, body)


def test_http_answer_with_an_object_as_body_is_an_error() -> None:
    with pytest.raises(ValueError, match="no text"):
        http_response({"statusCode": 200, "body": {}})
