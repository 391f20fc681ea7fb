"""Messages in DynamoDB: each is one transaction, of the message and its marker.

Where messages expire it also moves the room's end (`ends`).
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parley.adapters.dynamodb import ends, items, layout
from parley.adapters.dynamodb.errors import StoreContended, StoreUnanswered, TransactionCanceled
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table, attributes_of, key_of
from parley.domain.ids import RoomId, TenantId, new_message_id
from parley.domain.messages import Draft, Head, Message, message_from
from parley.errors import StoreUnavailable
from parley.ports import Contended, Repeated, Stored, Taken, Unknown

MAX_PAGE_READS = 4

_IF_ABSENT = "attribute_not_exists(pk)"


@dataclass(frozen=True, slots=True)
class DynamoMessageStore:
    """`parley.ports.MessageStore` on DynamoDB."""

    table: Table

    def append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken | Contended | Unknown:
        """Store the draft as message ``seq`` with its marker, both or none.

        One TransactWriteItems of two Puts, 4 write units below 1 KB each, also when cancelled; 6
        with the room's end, where messages expire. Its ClientRequestToken is fresh: DynamoDB would
        answer a repeated one with "stored" for 10 minutes and then not at all, so the marker alone
        decides. Raises `StoreUnavailable` when no connection could be made.
        """
        message = message_from(draft, new_message_id(seq), seq)
        put_message = _put(
            layout.message_key(draft.tenant_id, draft.room_id, seq), items.message_item(message)
        )
        put_marker = _put(_marker_key(draft), items.marker_item(message))
        put_marker["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        actions: list[Mapping[str, Any]] = [{"Put": put_message}, {"Put": put_marker}]
        if draft.kept_days:
            actions.append(ends.action(draft.tenant_id, draft.room_id, seq))
        try:
            self.table.transact_once(actions, token=secrets.token_hex(16))
        except TransactionCanceled as canceled:
            return self._judged(canceled, draft, seq)
        except StoreContended:
            return Contended()
        except StoreUnanswered:
            return Unknown()
        return Stored(message)

    def found(self, draft: Draft) -> Message | None:
        """Return the message that this draft's marker leads to, as it is now, or None."""
        marker = self.table.get(_marker_key(draft))
        return None if marker is None else self._marked(marker, draft)

    def head(self, tenant_id: TenantId, room_id: RoomId) -> Head:
        """Return the room's end; one query of two items."""
        partition = layout.room_partition(tenant_id, room_id)
        first = layout.message_sort_key(1)
        found = self.table.query(partition, first, layout.END, limit=2, newest=True)
        end = items.read_number(found.pop(0), "seq") if found and _is_end(found[0]) else 0
        last = items.message_of(found[0], room_id) if found else None
        if last is None or last.seq < end:
            return Head(end)
        return Head(last.seq, last)

    def get(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> Message | None:
        """Return one message."""
        item = self.table.get(layout.message_key(tenant_id, room_id, seq))
        return None if item is None else items.message_of(item, room_id)

    def at(
        self, tenant_id: TenantId, places: Collection[tuple[RoomId, int]]
    ) -> dict[tuple[RoomId, int], Message]:
        """Return those messages that exist at these (room, seq); 100 a request."""
        wanted = {layout.message_key(tenant_id, *place): place for place in places}
        found = self.table.batch_get(wanted)
        return {
            wanted[key_of(item)]: items.message_of(item, wanted[key_of(item)][0]) for item in found
        }

    def ends(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> Mapping[RoomId, int]:
        """Return the highest ``seq`` in these rooms that was not to be kept for ever."""
        return ends.ends(self.table, tenant_id, room_ids)

    def page(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int,
        newest: bool,
    ) -> list[Message]:
        """Return messages with ``after < seq < before``, ascending and without a hole.

        A Query is only read-committed: while it runs it can miss ``n`` and still see ``n + 1``,
        which was committed later. What a second Query does not find below a ``seq`` that the
        first one saw is really gone: retention took it, mostly from the room's beginning. A gap
        in the midst is believed only in a room whose messages expire; what is above it is shown.
        """
        low, high = after + 1, layout.MAX_SEQ if before is None else before - 1
        if low > high:
            return []
        earlier: list[Message] = []
        for _ in range(MAX_PAGE_READS):
            page = self._read(tenant_id, room_id, low, high, limit=limit, newest=newest)
            page.sort(key=lambda message: message.seq)
            run = _behind_gaps(page)
            if run == page and (not page or page[0].seq == low or (newest and len(page) == limit)):
                return page
            if _is_gone_below(run, earlier) and (
                run == page or self._expires(tenant_id, room_id, run[0].seq - 1)
            ):
                is_short = not newest and len(run) < len(page) == limit
                return self._from(tenant_id, room_id, run[0].seq, high, limit) if is_short else run
            earlier = page
        raise StoreUnavailable("a page of messages has a hole")

    def _judged(self, canceled: TransactionCanceled, draft: Draft, seq: int) -> Repeated | Taken:
        marker = canceled.reasons[1]
        if not marker.failed:
            return Taken(seq)
        first = self.found(draft) if marker.item is None else self._marked(marker.item, draft)
        return Taken(seq) if first is None else Repeated(first)

    def _marked(self, marker: Item, draft: Draft) -> Message:
        seq = items.read_number(marker, "seq")
        message = self.get(draft.tenant_id, draft.room_id, seq)
        return items.marked_message(marker, draft) if message is None else message

    def _expires(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> bool:
        return self.ends(tenant_id, [room_id]).get(room_id, 0) >= seq

    def _from(
        self, tenant_id: TenantId, room_id: RoomId, low: int, high: int, limit: int
    ) -> list[Message]:
        """Fill an ascending page anew behind a gap: a short one would say that it is the last."""
        return self.page(
            tenant_id, room_id, after=low - 1, before=high + 1, limit=limit, newest=False
        )

    def _read(
        self, tenant_id: TenantId, room_id: RoomId, low: int, high: int, *, limit: int, newest: bool
    ) -> list[Message]:
        found = self.table.query(
            layout.room_partition(tenant_id, room_id),
            layout.message_sort_key(low),
            layout.message_sort_key(high),
            limit=limit,
            newest=newest,
        )
        return [items.message_of(item, room_id) for item in found]


def _behind_gaps(page: Sequence[Message]) -> list[Message]:
    """Return of ascending messages those behind the last gap."""
    start = len(page) - 1
    while start > 0 and page[start - 1].seq == page[start].seq - 1:
        start -= 1
    return list(page[max(start, 0) :])


def _is_gone_below(run: Sequence[Message], earlier: Sequence[Message]) -> bool:
    """Tell whether what is missing right below is gone: an earlier Query had seen above it."""
    if not earlier:
        return False
    return _behind_gaps(earlier)[0].seq <= run[0].seq <= earlier[-1].seq + 1


def _is_end(item: Item) -> bool:
    return str(item["sk"]["S"]) == layout.END


def _marker_key(draft: Draft) -> Key:
    return layout.marker_key(draft.tenant_id, draft.room_id, draft.sender_id, draft.client_id)


def _put(key: Key, attributes: Item) -> dict[str, object]:
    return {"Item": {**attributes_of(key), **attributes}, "ConditionExpression": _IF_ABSENT}
