"""Puts dead letters back into their queue, once what made them fail is mended.

A letter that no version could read would only come back: it stays where it is and is named, or
goes with ``--drop-unreadable``. The letters of the stream are all of that kind: they only tell
where records were, which are gone after a day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cli.output import Output
from cli.stacks import Stack
from parley.services.fanout_records import read_record
from parley.services.receipts import HeldReceipt

# How long a letter that was looked at stays hidden: long enough for the whole run.
LOOKED_AT_S = 300
LETTERS_AT_ONCE = 10


class Calls(Protocol):
    """Calls operations of AWS, as `cli.aws.Aws` does."""

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call one operation."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """A queue of the template, where its dead letters are, and what reads a record of it.

    Attributes:
        queue: None where letters cannot be put back.
        advice: What to do about letters that are left.
    """

    letters: str
    queue: str | None
    read: Callable[[dict[str, Any]], object]
    advice: str


@dataclass(frozen=True, slots=True)
class Left:
    """A letter that stays, and what can be told of it."""

    message_id: str
    says: str


@dataclass(slots=True)
class Redriven:
    """What became of the letters."""

    moved: int = 0
    dropped: int = 0
    left: list[Left] = field(default_factory=list)

    def as_json(self, name: str) -> dict[str, Any]:
        """Return it for programs."""
        counts = {"moved": self.moved, "dropped": self.dropped, "left": len(self.left)}
        letters = [{"messageId": each.message_id, "says": each.says} for each in self.left]
        return {"queue": name, **counts, "letters": letters}

    def as_text(self, name: str) -> Iterator[str]:
        """Return it in words."""
        yield (
            f"{name}: {self.moved} put back, {self.dropped} dropped, "
            f"{len(self.left)} left that cannot be read"
        )
        if self.left:
            yield ROUTES[name].advice


def read_flush(record: Mapping[str, str]) -> object:
    """Read a record of the flush queue; raises where something is missing."""
    if record["kind"] == "receipt":
        return HeldReceipt.of_record(record)
    return record["tenantId"]


def told(body: str) -> str:
    """Return what a letter that is no record of ours tells: where in the stream, and when."""
    try:
        batch = json.loads(body)["DDBStreamBatchInfo"]
        return (
            f"{batch['batchSize']} records of {batch['shardId']} from "
            f"{batch['startSequenceNumber']}, written {batch['approximateArrivalOfFirstRecord']} "
            f"to {batch['approximateArrivalOfLastRecord']}"
        )
    except (ValueError, KeyError, TypeError):
        return "no record of this version"


def read_nothing(record: Mapping[str, Any]) -> object:
    """Refuse a letter of the stream: what it points at cannot be read from it."""
    raise ValueError(record)


_NEWER = (
    "They are damaged, or a newer version wrote them: deploy that version and redrive again, "
    "or take them away with --drop-unreadable. Heartbeats have found what they announced."
)
_RELAY = (
    "They name records of the table's stream, which are kept for a day, and cannot be put back. "
    "Nothing stored is missing: heads and lists of rooms are made anew from the table when "
    "somebody asks. See in the logs why relay failed, mend it, then take them away with "
    "--drop-unreadable."
)
ROUTES = {
    "flush": Route("FlushDeadLetters", "FlushQueue", read_flush, _NEWER),
    "fanout": Route("FanoutDeadLetters", "FanoutQueue", read_record, _NEWER),
    "relay": Route("RelayDeadLetters", None, read_nothing, _RELAY),
}


def redrive_queue(aws: Calls, stack: Stack, name: str, output: Output, *, drop: bool) -> Redriven:
    """Redrive one queue of a deployment; raises `CliError` where it cannot be asked."""
    route = ROUTES[name]
    letters, queue = queue_urls(stack, route)
    with output.progress(f"Redriving {name}", _count(aws, letters)) as step:
        redriven = redrive(aws, (letters, queue), route.read, drop=drop, step=step)
    for each in redriven.left:
        output.note(f"cannot be read: {each.message_id}: {each.says}")
    return redriven


def queue_urls(stack: Stack, route: Route) -> tuple[str, str | None]:
    """Return the URLs of a route's dead letters and of its queue."""
    queue = None if route.queue is None else stack.resource(route.queue)
    return stack.resource(route.letters), queue


def redrive(
    aws: Calls,
    urls: tuple[str, str | None],
    read: Callable[[dict[str, Any]], object],
    *,
    drop: bool,
    step: Callable[[int], None] = lambda _: None,
) -> Redriven:
    """Move every letter that can be read.

    Each is queued before it is deleted: a run that is ended in between leaves it twice, which
    records may be.
    """
    letters_url, queue_url = urls
    redriven = Redriven()
    seen: set[str] = set()
    while letters := _receive(aws, letters_url):
        fresh = [letter for letter in letters if letter["MessageId"] not in seen]
        if not fresh:
            break
        for letter in fresh:
            seen.add(letter["MessageId"])
            if queue_url is not None and _is_readable(letter["Body"], read):
                aws.call("sqs", "send_message", QueueUrl=queue_url, MessageBody=letter["Body"])
                redriven.moved += 1
            elif drop:
                redriven.dropped += 1
            else:
                redriven.left.append(Left(letter["MessageId"], told(letter["Body"])))
                continue
            _delete(aws, letters_url, letter)
        step(len(fresh))
    return redriven


def _count(aws: Calls, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = aws.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def _receive(aws: Calls, url: str) -> list[dict[str, Any]]:
    answer = aws.call(
        "sqs",
        "receive_message",
        QueueUrl=url,
        MaxNumberOfMessages=LETTERS_AT_ONCE,
        VisibilityTimeout=LOOKED_AT_S,
        # A long poll asks all of the queue's servers, a short one only some.
        WaitTimeSeconds=1,
    )
    letters: list[dict[str, Any]] = answer.get("Messages") or []
    return letters


def _delete(aws: Calls, url: str, letter: Mapping[str, Any]) -> None:
    aws.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])


def _is_readable(body: str, read: Callable[[dict[str, Any]], object]) -> bool:
    try:
        read(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True
