"""Going through all messages in DynamoDB, to set when those from before a setting are removed."""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime

from parley.adapters.dynamodb import ends, items, layout
from parley.adapters.dynamodb.actions import PRESENT
from parley.adapters.dynamodb.errors import ConditionFailed
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.table import Table, Update, attributes_of, key_of
from parley.domain.clearing import Aged, ClearingState
from parley.domain.ids import RoomId, TenantId
from parley.domain.retention import stored_until
from parley.ports.clearing import BEGINNING

# Of any kind; few enough that all of them are limited well within a slice and the next.
ITEMS_A_PAGE = 250


@dataclass(frozen=True, slots=True)
class DynamoClearingStore:
    """`parley.ports.ClearingStore` on DynamoDB.

    A pass is a Scan: there is no list of a tenant's rooms. Half a read unit for each 4 KB that is
    stored, of all tenants, is less than what one would cost.
    """

    table: Table
    # Rooms whose end was stored in this slice: by now their new messages move it themselves.
    _ended: set[tuple[TenantId, RoomId]] = field(default_factory=set, repr=False)

    def state(self) -> ClearingState:
        """Return how far the clearing is; a slice begins."""
        self._ended.clear()
        item = self.table.get(layout.clearing_key()) or {}
        return ClearingState(
            asked=items.read_moment(item, "asked"),
            serves=items.read_moment(item, "serves"),
            place=items.read_text(item, "place"),
            default_days=items.read_number(item, "defaultDays"),
        )

    def ask(self, now: datetime) -> None:
        """Note that a pass is wanted."""
        self._set("SET #asked = :asked", asked={"S": now.isoformat()})

    def note(self, serves: datetime, place: str | None) -> None:
        """Note how far a pass is."""
        moment = {"S": serves.isoformat()}
        if place is None:
            self._set("SET #serves = :serves REMOVE #place", ("place",), serves=moment)
        else:
            self._set("SET #serves = :serves, #place = :place", serves=moment, place={"S": place})

    def note_default(self, days: int) -> None:
        """Note what the deployment keeps messages for."""
        self._set("SET #defaultDays = :defaultDays", defaultDays={"N": str(days)})

    def page(self, place: str) -> tuple[list[Aged], str | None]:
        """Return the messages among the next 250 items, and the place behind them."""
        start = None if place == BEGINNING else attributes_of(Key(*json.loads(place)))
        names = ("pk", "sk", "createdAt", "keptDays")
        found, behind = self.table.scan(names, start=start, limit=ITEMS_A_PAGE)
        aged = [message for item in found for message in _aged(item)]
        return aged, None if behind is None else json.dumps(key_of(behind))

    def limit(self, message: Aged, days: int, now: datetime) -> None:
        """Let a message be removed when it is so old, and at once if it is older."""
        self._store_end(message.tenant_id, message.room_id)
        # DynamoDB leaves alone what should have been removed five years ago.
        removal = max(stored_until(message.created_at, days), now)
        update = Update(
            layout.message_key(message.tenant_id, message.room_id, message.seq),
            "SET #ttl = :ttl, #days = :days",
            {"#ttl": "ttl", "#days": "keptDays"},
            {":ttl": {"N": str(math.ceil(removal.timestamp()))}, ":days": {"N": str(days)}},
            f"{PRESENT} AND (attribute_not_exists(#days) OR #days > :days)",
        )
        try:
            self.table.update(update)
        except ConditionFailed:
            # It is gone, or goes earlier.
            return

    def _store_end(self, tenant_id: TenantId, room_id: RoomId) -> None:
        if (tenant_id, room_id) in self._ended:
            return
        end = DynamoMessageStore(self.table).head(tenant_id, room_id).last_seq
        ends.move(self.table, tenant_id, room_id, end)
        self._ended.add((tenant_id, room_id))

    def _set(self, expression: str, also: tuple[str, ...] = (), **values: dict[str, str]) -> None:
        names = {f"#{name}": name for name in (*values, *also)}
        placed = {f":{name}": value for name, value in values.items()}
        self.table.update(Update(layout.clearing_key(), expression, names, placed))


def _aged(item: Item) -> list[Aged]:
    key = key_of(item)
    place = layout.room_of_partition(key.pk)
    if place is None or not key.sk.startswith(layout.MESSAGES):
        return []
    created_at = items.read_moment(item, "createdAt")
    if created_at is None:
        return []
    return [Aged(*place, items.seq_of(item), created_at, items.read_number(item, "keptDays"))]
