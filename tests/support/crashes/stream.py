"""The table's stream, from what is in the table: a process that was killed can tell nobody."""

from dataclasses import dataclass, field
from typing import Any

from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.stream import changes_of
from parley.adapters.dynamodb.table import Table, attributes_of
from parley.services.relay import StreamChange

Images = dict[str, dict[str, Item]]
# Beyond every sort key.
_LAST = "\U0010ffff"


@dataclass
class TableStream:
    """Compares the partitions that were written to with how they were.

    Attributes:
        images: The items of each partition, by sort key, as they were last seen.
        due: Changes that were not applied yet.
    """

    table: Table
    written: set[str]
    images: Images = field(default_factory=dict)
    due: list[StreamChange] = field(default_factory=list)

    def look(self) -> None:
        """Read what was written to since the last time; its changes are due."""
        written = sorted(self.written)
        self.written.clear()
        for pk in written:
            before = self.images.get(pk, {})
            found = self.table.query(pk, " ", _LAST)
            after = self.images[pk] = {item["sk"]["S"]: item for item in found}
            keys = sorted(before.keys() | after.keys())
            records = [_record(Key(pk, sk), before.get(sk), after.get(sk)) for sk in keys]
            self.due += changes_of({"Records": [record for record in records if record]})


def _record(key: Key, before: Item | None, after: Item | None) -> dict[str, Any] | None:
    if before == after:
        return None
    kind = "REMOVE" if after is None else "INSERT" if before is None else "MODIFY"
    images = {"OldImage": before, "NewImage": after}
    shown = {name: image for name, image in images.items() if image is not None}
    return {"eventName": kind, "dynamodb": {"Keys": attributes_of(key), **shown}}
