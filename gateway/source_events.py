"""Events of schedules, queues and DynamoDB streams, in the shapes that Lambda gives them. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from gateway.events import Event
from gateway.ids import iso_time


def scheduled_event(rule: str, region: str, now_ms: int) -> Event:
    """Event of an EventBridge rule, for schedules that name no input."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": iso_time(now_ms),
        "region": region,
        "resources": [f"arn:aws:events:{region}:000000000000:rule/{rule}"],
        "detail": {},
    }


def queue_record(message: Mapping[str, Any], queue_arn: str, region: str) -> Event:
    """Record of a queue's message, as `ReceiveMessage` gave it."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes") or {}),
        "messageAttributes": {
            name: _message_attribute(value)
            for name, value in (message.get("MessageAttributes") or {}).items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _message_attribute(value: Mapping[str, Any]) -> Event:
    attribute: Event = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = _jsonable(value["BinaryValue"])
    return attribute


def stream_record(record: Mapping[str, Any], stream_arn: str) -> Event:
    """Record of a DynamoDB stream, as `GetRecords` gave it."""
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record["awsRegion"],
        "dynamodb": _jsonable(record["dynamodb"]),
        "eventSourceARN": stream_arn,
    }


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_jsonable(item) for item in value]
    return value


def failed_identifiers(result: Any) -> list[str] | None:
    """Identifiers in a partial-batch answer.

    Returns:
        What failed, empty when nothing did; None when the answer is malformed, for which Lambda
        takes the whole batch as failed.
    """
    if result is None or result == {}:
        return []
    failures = result.get("batchItemFailures") if isinstance(result, Mapping) else None
    if failures is None:
        return [] if isinstance(result, Mapping) else None
    identifiers: list[str] = []
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
        if not isinstance(identifier, str) or not identifier:
            return None
        identifiers.append(identifier)
    return identifiers


def first_failed(sequence_numbers: Sequence[str], failed: Sequence[str]) -> int:
    """Index of the first failed record of a stream batch, from which Lambda tries again.

    An identifier that is not in the batch makes all of it fail.
    """
    known = {number: index for index, number in enumerate(sequence_numbers)}
    return min(known.get(identifier, 0) for identifier in failed)
