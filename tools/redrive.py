"""Put dead letters back into their queue, once what made them fail is mended.

    python -m tools.redrive fanout --stack parley

A letter that no version could read would only come back: it stays where it is and is named, or
goes with ``--drop-unreadable``. The stream's dead letters (`RelayDeadLetters`) are not among the
queues: they only tell where records were, which are gone after a day; heads and lists of rooms are
made anew from the table when somebody asks.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from parley.services.fanout_records import read_record
from parley.services.receipts import HeldReceipt

# How long a letter that was looked at stays hidden: long enough for the whole run.
LOOKED_AT_S = 300
LETTERS_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Route:
    """A queue of the template, where its dead letters are, and what reads a record of it."""

    letters: str
    queue: str
    read: Callable[[dict[str, Any]], object]


@dataclass(slots=True)
class Redriven:
    """What became of the letters."""

    moved: int = 0
    dropped: int = 0
    left: int = 0


def read_flush(record: Mapping[str, str]) -> object:
    """Read a record of the flush queue; raises where something is missing."""
    if record["kind"] == "receipt":
        return HeldReceipt.of_record(record)
    return record["tenantId"]


ROUTES = {
    "flush": Route("FlushDeadLetters", "FlushQueue", read_flush),
    "fanout": Route("FanoutDeadLetters", "FanoutQueue", read_record),
}


def main(arguments: list[str] | None = None) -> int:
    """Redrive one queue; 1 where letters are left that cannot be read."""
    parser = argparse.ArgumentParser(prog="redrive", description=__doc__)
    parser.add_argument("queue", choices=sorted(ROUTES))
    parser.add_argument("--stack", default="parley", help="CloudFormation stack (parley)")
    parser.add_argument("--drop-unreadable", action="store_true")
    parser.add_argument("--endpoint-url", help="an emulator")
    options = parser.parse_args(arguments)
    route = ROUTES[options.queue]
    formation = boto3.client("cloudformation", endpoint_url=options.endpoint_url)
    urls = queue_urls(formation, options.stack, route)
    sqs = boto3.client("sqs", endpoint_url=options.endpoint_url)
    redriven = redrive(sqs, urls, route.read, drop=options.drop_unreadable)
    print(
        f"{options.queue}: {redriven.moved} put back, {redriven.dropped} dropped, "
        f"{redriven.left} left that cannot be read"
    )
    return 1 if redriven.left else 0


def queue_urls(formation: Any, stack: str, route: Route) -> tuple[str, str]:
    """Return the URLs of a route's dead letters and of its queue."""
    resources = formation.describe_stack_resources(StackName=stack)["StackResources"]
    urls = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
    return urls[route.letters], urls[route.queue]


def redrive(
    sqs: Any, urls: tuple[str, str], read: Callable[[dict[str, Any]], object], *, drop: bool
) -> Redriven:
    """Move every letter that can be read.

    Each is queued before it is deleted: a run that is ended in between leaves it twice, which
    records may be.
    """
    letters_url, queue_url = urls
    redriven = Redriven()
    seen: set[str] = set()
    while letters := _receive(sqs, letters_url):
        if seen.issuperset(letter["MessageId"] for letter in letters):
            break
        for letter in letters:
            seen.add(letter["MessageId"])
            if _is_readable(letter["Body"], read):
                sqs.send_message(QueueUrl=queue_url, MessageBody=letter["Body"])
                redriven.moved += 1
            elif drop:
                redriven.dropped += 1
            else:
                redriven.left += 1
                sys.stderr.write(f"cannot be read: {letter['MessageId']}\n")
                continue
            sqs.delete_message(QueueUrl=letters_url, ReceiptHandle=letter["ReceiptHandle"])
    return redriven


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=LETTERS_AT_ONCE,
        VisibilityTimeout=LOOKED_AT_S,
        # A long poll asks all of the queue's servers, a short one only some.
        WaitTimeSeconds=1,
    )
    letters: list[dict[str, Any]] = answer.get("Messages") or []
    return letters


def _is_readable(body: str, read: Callable[[dict[str, Any]], object]) -> bool:
    try:
        read(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
