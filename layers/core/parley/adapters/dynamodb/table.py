"""The table: sends requests, repeats what is safe to repeat, and goes through all pages."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, TypeVar

from parley import observability
from parley.adapters.dynamodb.client import DynamoClient
from parley.adapters.dynamodb.errors import FOREIGN, StoreUnanswered, translated
from parley.adapters.dynamodb.items import Item, Values
from parley.adapters.dynamodb.layout import Key
from parley.errors import ParleyError, StoreUnavailable

TRIES = 3
# No further try begins later than this; the last one adds at most the client's timeouts.
BUDGET_S = 2.5
BACKOFF_S = 0.05
MAX_BATCH_KEYS = 100
MAX_BATCH_ROUNDS = 6
# Single-digit milliseconds are usual, and twenty for a transaction.
SLOW_MS = 500.0

T = TypeVar("T")

_JITTER = SystemRandom()


@dataclass(frozen=True, slots=True)
class Update:
    """One UpdateItem: names and values travel as placeholders, never inside the expression."""

    key: Key
    expression: str
    names: Mapping[str, str]
    values: Values
    condition: str | None = None

    def request(self) -> dict[str, Any]:
        """Return what UpdateItem and the Update of a transaction have in common."""
        request: dict[str, Any] = {
            "Key": attributes_of(self.key),
            "UpdateExpression": self.expression,
            "ExpressionAttributeNames": dict(self.names),
            "ExpressionAttributeValues": dict(self.values),
        }
        if self.condition is not None:
            request["ConditionExpression"] = self.condition
        return request


@dataclass(frozen=True, slots=True)
class Table:
    """One table behind one client; all reads are strongly consistent."""

    client: DynamoClient
    name: str
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def get(self, key: Key) -> Item | None:
        """Read one item."""
        request = {"Key": attributes_of(key), "ConsistentRead": True}
        return self._repeat(self.client.get_item, self._here(request)).get("Item")

    def query(
        self, pk: str, low: str, high: str, *, limit: int | None = None, newest: bool = False
    ) -> list[Item]:
        """Read the items of a partition whose sort key is between two, both inclusive.

        Args:
            pk: The partition.
            low: The lowest sort key; must not be above ``high``.
            high: The highest sort key.
            limit: At most so many.
            newest: Begin at the highest, descending; else ascending.
        """
        request = self._between(pk, low, high) | {"ScanIndexForward": not newest}
        items: list[Item] = []
        for page in self._pages(request, limit):
            items.extend(page["Items"])
        return items

    def count(self, pk: str, low: str, high: str, most: int) -> int:
        """Count the items that `query` would return, up to ``most``; reading costs the same."""
        request = self._between(pk, low, high) | {"Select": "COUNT"}
        return sum(page["Count"] for page in self._pages(request, most))

    def query_prefix(self, pk: str, prefix: str) -> list[Item]:
        """Read the items of a partition whose sort key starts with ``prefix``, a ``X#``."""
        # "$" follows "#", so that this range is exactly the prefix.
        return self.query(pk, prefix, prefix[:-1] + "$")

    def scan(
        self, names: Sequence[str], *, start: Item | None, limit: int
    ) -> tuple[list[Item], Item | None]:
        """Read these attributes of the next items of all partitions, eventually consistent.

        Returns:
            The items, at most ``limit``, and the key of the last one; None behind all of them.
        """
        request: dict[str, Any] = {
            "Limit": limit,
            "ProjectionExpression": ", ".join(f"#{name}" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
        }
        if start is not None:
            request["ExclusiveStartKey"] = start
        answer = self._repeat(self.client.scan, self._here(request))
        return answer["Items"], answer.get("LastEvaluatedKey")

    def batch_get(self, keys: Iterable[Key]) -> list[Item]:
        """Read those of the items that exist, in no order; one request for 100 of them."""
        found: list[Item] = []
        for chunk in in_chunks(list(dict.fromkeys(keys)), MAX_BATCH_KEYS):
            found.extend(self._batch(chunk))
        return found

    def put(self, key: Key, attributes: Item) -> None:
        """Write one item, whatever was there."""
        request = {"Item": {**attributes_of(key), **attributes}}
        self._repeat(self.client.put_item, self._here(request))

    def update(self, update: Update) -> Item:
        """Change one item and return what it was before; repeated when it was not answered.

        Raises:
            ConditionFailed: With the item that is there.
        """
        request = update.request() | {
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        old: Item = self._repeat(self.client.update_item, self._here(request)).get("Attributes", {})
        return old

    def take(self, key: Key) -> Item:
        """Remove one item that must exist, and return it; not repeated when unanswered.

        Raises:
            ConditionFailed: When it is not there, perhaps because somebody else took it.
        """
        request = {
            "Key": attributes_of(key),
            "ConditionExpression": "attribute_exists(pk)",
            "ReturnValues": "ALL_OLD",
        }
        taken: Item = self._repeat(
            self.client.delete_item, self._here(request), even_unanswered=False
        )["Attributes"]
        return taken

    def transact_once(self, actions: Sequence[Mapping[str, Any]], token: str) -> None:
        """Do all of the actions or none, in one request that is never repeated."""
        self._send(
            self.client.transact_write_items,
            {"TransactItems": self._named(actions), "ClientRequestToken": token},
        )

    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Do all of the actions or none; they must be safe to repeat."""
        self._repeat(self.client.transact_write_items, {"TransactItems": self._named(actions)})

    def _batch(self, keys: Sequence[Key]) -> Iterator[Item]:
        waiting: dict[str, Any] = {
            self.name: {"Keys": [attributes_of(key) for key in keys], "ConsistentRead": True}
        }
        for attempt in range(MAX_BATCH_ROUNDS):
            answer = self._repeat(self.client.batch_get_item, {"RequestItems": waiting})
            yield from answer.get("Responses", {}).get(self.name, [])
            waiting = answer.get("UnprocessedKeys", {})
            if not waiting:
                return
            self._back_off(attempt)
        raise StoreUnavailable("UnprocessedKeys")

    def _between(self, pk: str, low: str, high: str) -> dict[str, Any]:
        values = {":pk": {"S": pk}, ":low": {"S": low}, ":high": {"S": high}}
        return self._here(
            {
                "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
                "ExpressionAttributeValues": values,
                "ConsistentRead": True,
            }
        )

    def _pages(self, request: dict[str, Any], limit: int | None) -> Iterator[dict[str, Any]]:
        left = limit
        while left is None or left > 0:
            bounded = request if left is None else request | {"Limit": left}
            answer = self._repeat(self.client.query, bounded)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            left = None if left is None else left - answer["Count"]
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _repeat(
        self,
        operation: Callable[..., dict[str, Any]],
        request: Mapping[str, Any],
        *,
        even_unanswered: bool = True,
    ) -> dict[str, Any]:
        """Send a request until it is answered; `StoreUnanswered` if any attempt may be done."""
        deadline = self.monotonic() + BUDGET_S
        doubt, attempt = False, 1
        while True:
            try:
                return self._send(operation, request)
            except StoreUnavailable as error:
                doubt = doubt or isinstance(error, StoreUnanswered)
                is_last = attempt == TRIES or (doubt and not even_unanswered)
                if is_last or self.monotonic() > deadline:
                    raise (StoreUnanswered(str(error)) if doubt else error) from error.__cause__
            self._back_off(attempt)
            attempt += 1

    def _back_off(self, attempt: int) -> None:
        self.sleep(_JITTER.uniform(0, BACKOFF_S * 2**attempt))

    def _send(
        self, operation: Callable[..., dict[str, Any]], request: Mapping[str, Any]
    ) -> dict[str, Any]:
        started = time.perf_counter()
        try:
            return operation(**request)
        except FOREIGN as exc:
            error = translated(exc)
            observability.count("database_errors", _is_trouble(error))
            raise error from exc
        finally:
            _note(operation, observability.milliseconds_since(started))

    def _here(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"TableName": self.name, **request}

    def _named(self, actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [
            {verb: self._here(request) for verb, request in action.items()} for action in actions
        ]


def _is_trouble(error: ParleyError) -> bool:
    # That somebody else writes into the same room at the same moment is none.
    return isinstance(error, StoreUnavailable) and "TransactionConflict" not in str(error)


def _note(call: Callable[..., object], took_ms: float) -> None:
    observability.observe("database_ms", took_ms)
    if took_ms > SLOW_MS:
        operation = getattr(call, "__name__", None)
        observability.warning("query_slow", operation=operation, duration_ms=took_ms)


def attributes_of(key: Key) -> Item:
    """Return a key as attributes."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def key_of(item: Item) -> Key:
    """Return the key among an item's attributes."""
    return Key(item["pk"]["S"], item["sk"]["S"])


def in_chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
