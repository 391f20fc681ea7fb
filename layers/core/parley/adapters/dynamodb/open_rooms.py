"""Channels and organization rooms in DynamoDB: how people find them, and first see them."""

from collections.abc import Collection

from parley import observability
from parley.adapters.dynamodb import actions, items, layout
from parley.adapters.dynamodb.errors import ConditionFailed, TransactionCanceled
from parley.adapters.dynamodb.table import Table, Update, key_of
from parley.adapters.joining import joined
from parley.adapters.keys import decode
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId, home_of
from parley.domain.rooms import MemberRole, Membership, Room
from parley.errors import NotFound, StoreUnavailable

# One query for each space, in a row: of more spaces, all channels of the tenant are read instead.
MAX_SPACE_QUERIES = 8


def join(table: Table, room: Room, user_id: UserId, role: MemberRole, end: int) -> Membership:
    """Note that somebody sees an open room for the first time, with the cursors at ``end``.

    One transaction on the user's items alone; then the room's count is raised by itself, so that
    a whole tenant may come in at once without conflicts. A process that ends between the two, or
    an answer that was lost, leaves the count off by one; it is only shown.
    """
    membership = joined(room, user_id, role, end)
    key, attributes = actions.user_side(membership)
    note = actions.put_new(key, attributes)
    try:
        table.transact([note, actions.member_put(membership, new=False)])
    except TransactionCanceled as canceled:
        older = canceled.reasons[0].item
        if older is None:
            raise
        return items.membership_of(older, home_of(room.tenant_id, user_id), user_id)
    _count(table, room)
    return membership


def open_rooms(table: Table, tenant_id: TenantId, spaces: Collection[SpaceId]) -> set[RoomId]:
    """Return the channels of these spaces, and the tenant's organization rooms.

    One query, and one more for each space; of many spaces, one for all channels of the tenant.
    """
    partition = layout.tenant_partition(tenant_id)
    prefixes = [layout.channels_prefix(space_id) for space_id in set(spaces)]
    if len(prefixes) > MAX_SPACE_QUERIES:
        prefixes = [layout.CHANNELS]
    found = [
        key_of(item).sk.split("#")
        for prefix in (layout.ORGANIZATIONS, *prefixes)
        for item in table.query_prefix(partition, prefix)
    ]
    return {RoomId(decode(parts[-1])) for parts in found if _is_wanted(parts, spaces)}


def _is_wanted(parts: list[str], spaces: Collection[SpaceId]) -> bool:
    return len(parts) == 2 or decode(parts[1]) in spaces


def _count(table: Table, room: Room) -> None:
    update = Update(
        layout.room_key(room.tenant_id, room.room_id),
        "ADD #count :one",
        {"#count": "memberCount"},
        {":one": {"N": "1"}},
        actions.PRESENT,
    )
    try:
        table.update(update)
    except ConditionFailed as failed:
        raise NotFound("room") from failed
    except StoreUnavailable as exc:
        # They are in the room, counted or not: what they asked for goes on.
        observability.warning("member_not_counted", room_id=room.room_id, cause=str(exc))
