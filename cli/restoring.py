"""Copies a restored backup back into the live table, item by item (docs/backup.md).

Nothing here knows what an item means but its keys: what a later version of Parley stores is copied
too. Running it again after it was ended does the rest.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from parley.adapters.keys import encode
from parley.domain.ids import TenantId

Item = dict[str, Any]
# BatchGetItem's limit, and what one page is looked at in.
KEYS_AT_ONCE = 100
LOOKED_AT_AT_ONCE = 8
RETRY_S = 0.1
LONGEST_PAUSE_S = 5.0
_SETS = frozenset({"SS", "NS", "BS"})
# Tickets and claims live for a minute; a restored one could only do harm.
PASSING = frozenset({"TICKET", "CREATING"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What is copied.

    Attributes:
        tenant_id: Only this tenant's items; None is all.
        exactly: Also what differs, and what the backup lacks is deleted.
        apply: False counts only.
    """

    tenant_id: TenantId | None = None
    exactly: bool = False
    apply: bool = False

    def has(self, item: Item) -> bool:
        """Tell whether an item is among what is looked at."""
        if item["sk"]["S"] in PASSING:
            return False
        if self.tenant_id is None:
            return True
        partition, own = item["pk"]["S"], f"T#{encode(self.tenant_id)}"
        return partition == own or str(partition).startswith(f"{own}#")


@dataclass(slots=True)
class Restored:
    """How many items were, or would be, copied and deleted, of how many that were looked at."""

    looked_at: int = 0
    missing: int = 0
    changed: int = 0
    deleted: int = 0

    def add(self, other: "Restored") -> None:
        """Count what somebody else did too."""
        self.looked_at += other.looked_at
        self.missing += other.missing
        self.changed += other.changed
        self.deleted += other.deleted


class Restoring:
    """Copies from one table into another. Costs a read of every item of both."""

    def __init__(self, client: Any, source: str, target: str, choice: Choice) -> None:
        """Remember what to do.

        Args:
            client: Of DynamoDB; safe for threads.
            source: The restored table.
            target: The live one.
            choice: What is copied.
        """
        self._client = client
        self._source = source
        self._target = target
        self._choice = choice
        self.restored = Restored()

    def run(self, progress: Callable[[Restored], object]) -> Restored:
        """Do it, page by page; tells how far it is after each.

        Raises:
            ClientError: A table is not there, or may not be read or written.
        """
        with ThreadPoolExecutor(LOOKED_AT_AT_ONCE) as pool:
            for page in self._pages(self._source):
                for written in pool.map(self._put_back, _parts(page)):
                    self.restored.add(written)
                progress(self.restored)
            for page in self._pages(self._target) if self._choice.exactly else ():
                for deleted in pool.map(self._delete_new, _parts(page)):
                    self.restored.add(deleted)
                progress(self.restored)
        return self.restored

    def _pages(self, table: str) -> Iterator[list[Item]]:
        scan = self._client.get_paginator("scan")
        for page in scan.paginate(TableName=table, ConsistentRead=True):
            items = [item for item in page["Items"] if self._choice.has(item)]
            self.restored.looked_at += len(items)
            yield items

    def _put_back(self, items: Sequence[Item]) -> Restored:
        live = self._found(self._target, items)
        done = Restored()
        for item in items:
            there = live.get(_key(item))
            if there is None:
                done.missing += self._write(item)
            elif self._choice.exactly and _plain(there) != _plain(item):
                done.changed += self._write(item)
        return done

    def _write(self, item: Item) -> bool:
        """Put an item; False where somebody made it in the meantime."""
        if not self._choice.apply:
            return True
        only_new = (
            {} if self._choice.exactly else {"ConditionExpression": "attribute_not_exists(pk)"}
        )
        try:
            self._client.put_item(TableName=self._target, Item=item, **only_new)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _delete_new(self, items: Sequence[Item]) -> Restored:
        kept = self._found(self._source, items)
        new = [item for item in items if _key(item) not in kept]
        for item in new if self._choice.apply else ():
            key = {"pk": item["pk"], "sk": item["sk"]}
            self._client.delete_item(TableName=self._target, Key=key)
        return Restored(deleted=len(new))

    def _found(self, table: str, items: Sequence[Item]) -> dict[tuple[str, str], Item]:
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
        asked = {table: {"Keys": keys, "ConsistentRead": True}} if keys else {}
        found: dict[tuple[str, str], Item] = {}
        attempts = itertools.count()
        while asked:
            # What it left out it had no capacity or room for.
            time.sleep(min(next(attempts) * RETRY_S, LONGEST_PAUSE_S))
            answer = self._client.batch_get_item(RequestItems=asked)
            found |= {_key(item): item for item in answer["Responses"].get(table, ())}
            asked = answer.get("UnprocessedKeys") or {}
        return found


def _plain(item: Item) -> Item:
    """Return an item that equals another one with the same content: sets have no order."""
    return {
        name: {kind: sorted(value) if kind in _SETS else value for kind, value in attribute.items()}
        for name, attribute in item.items()
    }


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), KEYS_AT_ONCE):
        yield items[start : start + KEYS_AT_ONCE]
