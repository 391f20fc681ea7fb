"""Which requests to DynamoDB meet a fault, and what is answered in its place. No I/O."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TRANSACTION = "TransactWriteItems"
WRITES = frozenset({TRANSACTION, "PutItem", "UpdateItem", "DeleteItem"})
READS = frozenset({"GetItem", "Query", "BatchGetItem"})
KINDS: Mapping[str, frozenset[str]] = {
    "throttle": WRITES | READS,
    "conflict": WRITES,
    "error500": WRITES | READS,
    "timeout_before": WRITES | READS,
    "timeout_after_commit": WRITES,
    "unprocessed": frozenset({"BatchGetItem"}),
    "stale_read": READS,
    "slow": WRITES | READS,
    "contention": frozenset({TRANSACTION}),
}
"""Every fault, with the operations that it can meet."""

_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the SDK."""

    operation: str
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return what was asked."""
        asked: dict[str, Any] = json.loads(self.body)
        return asked


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said in place of DynamoDB."""

    status: int
    body: bytes


@dataclass(slots=True)
class Fault:
    """A fault that is on.

    Attributes:
        kind: One of `KINDS`.
        probability: Of meeting a request that it can meet.
        operations: The only ones to meet; empty for all that it can.
        hold_s: How long it keeps a request waiting, where it does.
        left: How many more requests to meet; None for any number.
        until: When it ends by itself, on the loop's clock.
    """

    kind: str
    probability: float = 1.0
    operations: Sequence[str] = ()
    hold_s: float = 0.0
    left: int | None = None
    until: float | None = None

    def meets(self, request: Request, now: float, chance: random.Random) -> bool:
        """Tell whether this request meets the fault, and count it if so."""
        if request.operation not in (self.operations or KINDS[self.kind]) or self.left == 0:
            return False
        if self.until is not None and now >= self.until:
            return False
        if chance.random() >= self.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass(slots=True)
class Rules:
    """All faults that are on, and how often each was met."""

    chance: random.Random
    faults: dict[str, Fault] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def set(self, fault: Fault) -> None:
        """Switch a fault on, or replace the one of its kind."""
        self.faults[fault.kind] = fault

    def met(self, request: Request, now: float) -> list[Fault]:
        """Return the faults that this request meets."""
        return [f for f in list(self.faults.values()) if f.meets(request, now, self.chance)]

    def count(self, kind: str) -> None:
        """Note that something happened."""
        self.counts[kind] = self.counts.get(kind, 0) + 1


def is_consistent(request: Request) -> bool:
    """Tell whether a read asks for what is true now."""
    asked = request.json()
    if request.operation == "BatchGetItem":
        return all(table.get("ConsistentRead") for table in asked["RequestItems"].values())
    return bool(asked.get("ConsistentRead"))


def items_of(request: Request) -> list[str]:
    """Name the items that a transaction touches, in its order."""
    return [_item_of(next(iter(each.values()))) for each in request.json()["TransactItems"]]


def _item_of(action: Mapping[str, Any]) -> str:
    key = action.get("Item") or action["Key"]
    return f"{key['pk']['S']}/{key['sk']['S']}"


def throttled(request: Request, chance: random.Random) -> Answer:
    """Say that there were too many; a transaction learns it in either of two ways."""
    if request.operation == TRANSACTION and chance.random() < 0.5:
        return canceled(["ThrottlingError", *["None"] * (len(items_of(request)) - 1)])
    return refusal(chance.choice(["ThrottlingException", "ProvisionedThroughputExceededException"]))


def conflicting(request: Request, chance: random.Random) -> Answer:
    """Say that another transaction was in the way, of one of the items."""
    if request.operation != TRANSACTION:
        return refusal("TransactionConflictException")
    codes = ["None"] * len(items_of(request))
    codes[chance.randrange(len(codes))] = "TransactionConflict"
    return canceled(codes)


def canceled(codes: Sequence[str]) -> Answer:
    """Say why each action of a transaction did not pass, and with that none."""
    said = {
        "__type": f"{_NAMESPACE}TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return Answer(400, json.dumps(said).encode())


def refusal(code: str, status: int = 400) -> Answer:
    """Refuse a request."""
    return Answer(status, json.dumps({"__type": _NAMESPACE + code, "message": "a fault"}).encode())


def split(request: Request, chance: random.Random) -> tuple[Request | None, dict[str, Any]]:
    """Take some keys out of a BatchGetItem: what is left of it, and what was taken."""
    asked = request.json()["RequestItems"]
    left, taken = {}, {}
    for table, wanted in asked.items():
        keys = list(wanted["Keys"])
        chance.shuffle(keys)
        cut = chance.randint(1, len(keys))
        taken[table] = {**wanted, "Keys": keys[:cut]}
        if cut < len(keys):
            left[table] = {**wanted, "Keys": keys[cut:]}
    if not left:
        return None, taken
    return Request(request.operation, json.dumps({"RequestItems": left}).encode()), taken


def without(answer: bytes | None, taken: Mapping[str, Any]) -> bytes:
    """Add keys that were not processed to an answer."""
    said = {"Responses": {}} if answer is None else json.loads(answer)
    return json.dumps({**said, "UnprocessedKeys": taken}).encode()
