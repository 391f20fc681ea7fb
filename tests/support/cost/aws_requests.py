"""Counts the requests that functions send to AWS by boto3, on their way out (botocore's hooks).

Every client that is made from boto3's default session while a block lasts is counted, so that a
service that somebody begins to use tomorrow is noticed as well.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from bench.cost.bills import units_of
from bench.cost.request_units import (
    Item,
    item_bytes,
    read_units,
    refused_write_units,
    transaction_units,
    write_units,
)

# Storage is billed for so much more of each item.
ITEM_OVERHEAD_BYTES = 100
SQS_UNIT_BYTES = 64 * 1_024
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
# What changes how much of what is read comes back; nothing of ours uses them.
HIDING = ("FilterExpression", "ProjectionExpression", "AttributesToGet", "IndexName")

Request = dict[str, Any]


class AwsRequests:
    """Counts requests, and DynamoDB's units.

    Attributes:
        counts: By the names of `bench.cost.bills.Bill`.
        unknown: Requests to services whose price is not in the model.
        is_counting: Off while a scene is set: the sizes of all that is written take time to ask.
    """

    def __init__(self, endpoint_url: str) -> None:
        """Count what goes to an emulator, which is asked for the sizes of items."""
        self.counts: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.is_counting = True
        # Of a session of its own: what it asks is not counted.
        self._shadow = boto3.Session().client("dynamodb", endpoint_url=endpoint_url)
        self._sent = threading.local()

    # --- Hooks -------------------------------------------------------------------------------

    def sent(self, request: Any, event_name: str, **_: Any) -> None:
        """Take note of a request, before it goes out."""
        if not self.is_counting:
            return
        service, operation = event_name.split(".")[1:]
        if service == "dynamodb":
            body: Request = json.loads(request.body)
            self._sent.before = [self._there(each) for each in _written(operation, body)]
            self._sent.body = body
        elif service == "sqs":
            self.counts["sqs"] += units_of(len(request.body or b""), SQS_UNIT_BYTES)
        elif service == "secrets-manager":
            self.counts["secrets"] += 1
        else:
            self.unknown[f"{service}.{operation}"] += 1

    def answered(self, event_name: str, http_response: Any, parsed: Any, **_: Any) -> None:
        """Take note of what an answered request of DynamoDB consumed."""
        service, operation = event_name.split(".")[1:]
        if service != "dynamodb" or not self.is_counting:
            return
        self.counts["dynamodb"] += 1
        refused = http_response.status_code != 200
        if operation in (*WRITES, "TransactWriteItems"):
            self._count_writes(operation, refused=refused)
        else:
            assert not refused, parsed
            self.counts["read_units"] += self._read_units(operation, parsed)

    # --- Units -------------------------------------------------------------------------------

    def _count_writes(self, operation: str, *, refused: bool) -> None:
        written, before = _written(operation, self._sent.body), self._sent.before
        after = before if refused else [self._there(each) for each in written]
        pairs = list(zip(before, after, strict=True))
        self.counts["stored_bytes"] += sum(_stored(now) - _stored(then) for then, now in pairs)
        if operation == "TransactWriteItems":
            # What was refused was prepared all the same: by its new size, where that is known.
            wanted = [
                each.get("Item") if refused else now
                for each, now in zip(written, after, strict=True)
            ]
            units = transaction_units(
                write_units(b, a) for b, a in zip(before, wanted, strict=True)
            )
        elif refused:
            units = refused_write_units(before[0])
        else:
            units = write_units(*pairs[0])
        self.counts["write_units"] += units

    def _read_units(self, operation: str, parsed: Mapping[str, Any]) -> int:
        body = self._sent.body
        if operation == "GetItem":
            _check_read(body)
            return int(read_units(item_bytes(_plain(parsed.get("Item", {})))))
        if operation == "Query":
            _check_read(body)
            size = sum(item_bytes(_plain(item)) for item in self._queried(body, parsed))
            return int(read_units(size))
        assert operation == "BatchGetItem", operation
        ((table, asked),) = body["RequestItems"].items()
        _check_read(asked)
        found = parsed["Responses"].get(table, [])
        missing = len(asked["Keys"]) - len(found)
        return missing + sum(int(read_units(item_bytes(_plain(item)))) for item in found)

    def _queried(self, body: Request, parsed: Mapping[str, Any]) -> list[Any]:
        if body.get("Select") != "COUNT":
            return list(parsed["Items"])
        # Counting reads them all the same.
        again = {name: value for name, value in body.items() if name != "Select"}
        return list(self._shadow.query(**again)["Items"])

    def _there(self, written: Request) -> Item | None:
        key = written.get("Key") or {name: written["Item"][name] for name in ("pk", "sk")}
        found = self._shadow.get_item(
            TableName=written["TableName"], Key=key, ConsistentRead=True
        ).get("Item")
        return None if found is None else _plain(found)


def _written(operation: str, body: Request) -> list[Request]:
    """Return the parts of a request that write an item, or check one."""
    if operation == "TransactWriteItems":
        return [action for each in body["TransactItems"] for action in each.values()]
    return [body] if operation in WRITES else []


def _stored(item: Item | None) -> int:
    return 0 if item is None else item_bytes(item) + ITEM_OVERHEAD_BYTES


def _check_read(asked: Request) -> None:
    assert asked["ConsistentRead"] is True, "not strongly consistent: count it by half"
    assert not any(name in asked for name in HIDING), "what comes back is not all that was read"


def _plain(item: Mapping[str, Any]) -> Item:
    return dict(item)


@contextmanager
def counting_aws(endpoint_url: str) -> Iterator[AwsRequests]:
    """Count the requests of every boto3 client that is made in the block."""
    before = boto3.DEFAULT_SESSION
    session = boto3.Session()
    counted = AwsRequests(endpoint_url)
    session.events.register("before-send", counted.sent)
    session.events.register("after-call", counted.answered)
    boto3.DEFAULT_SESSION = session
    try:
        yield counted
    finally:
        boto3.DEFAULT_SESSION = before
