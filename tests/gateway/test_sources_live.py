"""Schedules, queues and streams, with the emulator's real queue and table behind them."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.harness import RunningGateway, wait_until

pytestmark = pytest.mark.gateway

Aws = Callable[[str], Any]


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def queue_url(gateway: RunningGateway, aws: Aws, kind: str = "Queue") -> str:
    name = f"{gateway.gateway.config.stack_name}-{kind}"
    urls: list[str] = aws("sqs").list_queues(QueueNamePrefix=name)["QueueUrls"]
    return urls[0]


def table_name(gateway: RunningGateway, aws: Aws) -> str:
    prefix = f"{gateway.gateway.config.stack_name}-Table"
    names: list[str] = aws("dynamodb").list_tables()["TableNames"]
    return next(name for name in names if name.startswith(prefix))


def is_dead(gateway: RunningGateway, aws: Aws, body: str) -> bool:
    """Whether a record has come into the dead-letter queue."""
    dead_letters = queue_url(gateway, aws, "DeadLetters")
    messages = aws("sqs").receive_message(QueueUrl=dead_letters).get("Messages", [])
    return any(message["Body"] == body for message in messages)


def deliveries(gateway: RunningGateway, kind: str, text: str) -> int:
    """How often a record was given to the function."""
    return sum(
        text in str(entry.get("body") or entry["dynamodb"]["Keys"])
        for record in gateway.records(kind)
        for entry in record["event"]["Records"]
    )


def test_schedule_invokes_with_its_input_and_a_disabled_one_never(gateway: RunningGateway) -> None:
    wait_until(lambda: len(gateway.records("schedule")) >= 2, "two schedules")
    assert {r["event"]["kind"] for r in gateway.records("schedule")} == {"minutely"}


def test_queue_record_has_the_shape_of_lambda(gateway: RunningGateway, aws: Aws) -> None:
    body = unique("fine")
    attributes = {"trace": {"DataType": "String", "StringValue": "t"}}
    aws("sqs").send_message(
        QueueUrl=queue_url(gateway, aws), MessageBody=body, MessageAttributes=attributes
    )
    event = gateway.record("queue", lambda e: e["Records"][0]["body"] == body)
    record = event["Records"][0]
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["trace"]["stringValue"] == "t"
    assert record["eventSourceARN"].startswith("arn:aws:sqs:")


def test_only_failed_queue_records_come_again(gateway: RunningGateway, aws: Aws) -> None:
    good, bad = unique("fine"), unique("once")
    aws("sqs").send_message_batch(
        QueueUrl=queue_url(gateway, aws),
        Entries=[{"Id": "a", "MessageBody": good}, {"Id": "b", "MessageBody": bad}],
    )
    wait_until(lambda: deliveries(gateway, "queue", bad) == 2, "the second try")
    assert deliveries(gateway, "queue", good) == 1


def test_poisoned_queue_record_ends_in_the_dead_letter_queue(
    gateway: RunningGateway, aws: Aws
) -> None:
    body = unique("poison")
    aws("sqs").send_message(QueueUrl=queue_url(gateway, aws), MessageBody=body)
    wait_until(lambda: is_dead(gateway, aws, body), "the dead letter")
    assert deliveries(gateway, "queue", body) == 3


def test_duplicated_batches_are_delivered_twice(gateway: RunningGateway, aws: Aws) -> None:
    gateway.fault("duplicate")
    body = unique("fine")
    aws("sqs").send_message(QueueUrl=queue_url(gateway, aws), MessageBody=body)
    wait_until(lambda: deliveries(gateway, "queue", body) == 2, "the duplicate")


def test_lost_queue_records_are_deleted_unseen(gateway: RunningGateway, aws: Aws) -> None:
    lost = unique("fine")
    url = queue_url(gateway, aws)
    gateway.fault("lose_records", function="Jobs")
    aws("sqs").send_message(QueueUrl=url, MessageBody=lost)
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def is_empty() -> bool:
        left = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
        return all(int(number) == 0 for number in left.values())

    wait_until(is_empty, "an empty queue")
    assert deliveries(gateway, "queue", lost) == 0


def test_lost_stream_records_are_passed_over(gateway: RunningGateway, aws: Aws) -> None:
    lost, seen = unique("fine"), unique("fine")
    lost_before = gateway.gateway.faults.records.lost
    gateway.fault("lose_records", function="Jobs")
    aws("dynamodb").put_item(TableName=table_name(gateway, aws), Item={"id": {"S": lost}})
    wait_until(lambda: gateway.gateway.faults.records.lost > lost_before, "the loss")
    gateway.fault("clear")
    aws("dynamodb").put_item(TableName=table_name(gateway, aws), Item={"id": {"S": seen}})
    wait_until(lambda: deliveries(gateway, "stream", seen) == 1, "the next record")
    assert deliveries(gateway, "stream", lost) == 0


def test_a_queue_record_that_was_made_poison_stays_whole_in_the_dead_letter_queue(
    gateway: RunningGateway, aws: Aws
) -> None:
    body = unique("fine")
    gateway.fault("poison_records", function="Jobs")
    aws("sqs").send_message(QueueUrl=queue_url(gateway, aws), MessageBody=body)
    wait_until(lambda: is_dead(gateway, aws, body), "the dead letter")
    assert deliveries(gateway, "queue", body) == 0


def test_stream_record_has_the_shape_of_lambda(gateway: RunningGateway, aws: Aws) -> None:
    key = unique("fine")
    item = {"id": {"S": key}, "n": {"N": "1"}, "raw": {"B": b"\x00\x01"}}
    aws("dynamodb").put_item(TableName=table_name(gateway, aws), Item=item)
    event = gateway.record("stream", lambda e: key in str(e))
    record = next(r for r in event["Records"] if r["dynamodb"]["Keys"]["id"]["S"] == key)
    assert record["eventName"] == "INSERT"
    assert record["eventSource"] == "aws:dynamodb"
    assert "/stream/" in record["eventSourceARN"]
    details = record["dynamodb"]
    assert details["NewImage"] == {"id": {"S": key}, "n": {"N": "1"}, "raw": {"B": "AAE="}}
    assert details["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert isinstance(details["ApproximateCreationDateTime"], int)
    assert details["SequenceNumber"].isdigit()


def test_stream_is_tried_again_from_the_first_failed_record_and_in_order(
    gateway: RunningGateway, aws: Aws
) -> None:
    keys = [unique("fine"), unique("once"), unique("fine")]
    for key in keys:
        aws("dynamodb").put_item(TableName=table_name(gateway, aws), Item={"id": {"S": key}})
    wait_until(lambda: deliveries(gateway, "stream", keys[2]) >= 1, "the last record")
    wait_until(lambda: deliveries(gateway, "stream", keys[1]) == 2, "the second try")
    seen = [
        entry["dynamodb"]["Keys"]["id"]["S"]
        for record in gateway.records("stream")
        for entry in record["event"]["Records"]
    ]
    assert seen.count(keys[0]) == 1
    assert [key for key in seen if key in keys][-2:] == [keys[1], keys[2]]


def test_stream_batch_whose_handler_raises_is_tried_again(
    gateway: RunningGateway, aws: Aws
) -> None:
    key = unique("raise")
    aws("dynamodb").put_item(TableName=table_name(gateway, aws), Item={"id": {"S": key}})
    wait_until(lambda: deliveries(gateway, "stream", key) == 2, "the second try")
