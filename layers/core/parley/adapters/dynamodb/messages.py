"""Messages in DynamoDB: each is one transaction of two writes, the message and its marker."""

import secrets
from collections.abc import Collection, Container
from dataclasses import dataclass

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.errors import StoreContended, StoreUnanswered, TransactionCanceled
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table, attributes_of, key_of
from parley.domain.ids import RoomId, TenantId, new_message_id
from parley.domain.messages import EMPTY_HEAD, Draft, Head, Message, message_from
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

        One TransactWriteItems of two Puts, 4 write units below 1 KB each, also when cancelled.
        Its ClientRequestToken is fresh: DynamoDB would answer a repeated one with "stored" for
        10 minutes and then not at all, so the marker alone decides. Raises `StoreUnavailable`
        when no connection could be made.
        """
        message = message_from(draft, new_message_id(seq), seq)
        put_message = _put(
            layout.message_key(draft.tenant_id, draft.room_id, seq), items.message_item(message)
        )
        put_marker = _put(_marker_key(draft), items.marker_item(message))
        put_marker["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        try:
            self.table.transact_once(
                [{"Put": put_message}, {"Put": put_marker}], token=secrets.token_hex(16)
            )
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
        """Return the room's end; one query of one item."""
        newest = self._read(tenant_id, room_id, 1, layout.MAX_SEQ, limit=1, newest=True)
        return Head(newest[0].seq, newest[0]) if newest else EMPTY_HEAD

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
        first one saw is really gone: retention took it, from the room's beginning.
        """
        low, high = after + 1, layout.MAX_SEQ if before is None else before - 1
        if low > high:
            return []
        seen_first: int | None = None
        for _ in range(MAX_PAGE_READS):
            page = self._read(tenant_id, room_id, low, high, limit=limit, newest=newest)
            page.sort(key=lambda message: message.seq)
            cut_below = newest and len(page) == limit
            if not page or _is_whole(page, None if cut_below else {low, seen_first}):
                return page
            seen_first = page[0].seq
        raise StoreUnavailable("a page of messages has a hole")

    def _judged(self, canceled: TransactionCanceled, draft: Draft, seq: int) -> Repeated | Taken:
        _, marker = canceled.reasons
        if not marker.failed:
            return Taken(seq)
        first = self.found(draft) if marker.item is None else self._marked(marker.item, draft)
        return Taken(seq) if first is None else Repeated(first)

    def _marked(self, marker: Item, draft: Draft) -> Message:
        seq = items.read_number(marker, "seq")
        message = self.get(draft.tenant_id, draft.room_id, seq)
        return items.marked_message(marker, draft) if message is None else message

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


def _is_whole(page: list[Message], may_begin_at: Container[int | None] | None) -> bool:
    first, last = page[0].seq, page[-1].seq
    begins_right = may_begin_at is None or first in may_begin_at
    return begins_right and last - first == len(page) - 1


def _marker_key(draft: Draft) -> Key:
    return layout.marker_key(draft.tenant_id, draft.room_id, draft.sender_id, draft.client_id)


def _put(key: Key, attributes: Item) -> dict[str, object]:
    return {"Item": {**attributes_of(key), **attributes}, "ConditionExpression": _IF_ABSENT}
