"""Where rooms end whose messages are removed by time: stored with each of them, and kept for ever.

DynamoDB removes items late and in any order, also all of a room. So that its `seq` goes on, each
message that has a time to live moves the item ``S$END`` of its room in its own transaction: no
message can be gone of which this does not know. Rooms that keep everything have none.
"""

from collections.abc import Collection

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.actions import Action
from parley.adapters.dynamodb.errors import ConditionFailed
from parley.adapters.dynamodb.table import Table, Update, key_of
from parley.domain.ids import RoomId, TenantId

_SEQ = "seq"


def action(tenant_id: TenantId, room_id: RoomId, seq: int) -> Action:
    """Move a room's end up to a message that is stored with it; refused where it is there already.

    Who was misled by an old hint to a number whose message is gone is refused by that.
    """
    return {"Update": _upwards(tenant_id, room_id, seq).request()}


def move(table: Table, tenant_id: TenantId, room_id: RoomId, seq: int) -> None:
    """Move a room's end up to a message that is there; one write."""
    try:
        table.update(_upwards(tenant_id, room_id, seq))
    except ConditionFailed as failed:
        if failed.item is None:
            raise


def ends(table: Table, tenant_id: TenantId, room_ids: Collection[RoomId]) -> dict[RoomId, int]:
    """Return the ends of those rooms that have one; one request for 100 of them."""
    wanted = {layout.end_key(tenant_id, room_id): room_id for room_id in room_ids}
    found = table.batch_get(wanted)
    return {wanted[key_of(item)]: items.read_number(item, _SEQ) for item in found}


def _upwards(tenant_id: TenantId, room_id: RoomId, seq: int) -> Update:
    return Update(
        layout.end_key(tenant_id, room_id),
        "SET #seq = :seq",
        {"#seq": _SEQ},
        {":seq": {"N": str(seq)}},
        "attribute_not_exists(#seq) OR #seq < :seq",
    )
