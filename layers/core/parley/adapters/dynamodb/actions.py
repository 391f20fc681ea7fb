"""The actions of transactions, as DynamoDB takes them."""

from collections.abc import Iterable, Iterator
from typing import Any

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import attributes_of
from parley.domain.ids import RoomId, TenantId, UserId, home_of
from parley.domain.rooms import Member, Membership

Action = dict[str, dict[str, Any]]

ABSENT = "attribute_not_exists(pk)"
PRESENT = "attribute_exists(pk)"

_TELLS = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def put(key: Key, attributes: Item) -> Action:
    """Write an item, whatever is there."""
    return {"Put": {"Item": {**attributes_of(key), **attributes}}}


def put_new(key: Key, attributes: Item) -> Action:
    """Write an item that must not be there; if it is, the refusal holds it."""
    item = {**attributes_of(key), **attributes}
    return {"Put": {"Item": item, "ConditionExpression": ABSENT, **_TELLS}}


def check_absent(key: Key) -> Action:
    """Ask that an item is not there; if it is, the refusal holds it."""
    check = {"Key": attributes_of(key), "ConditionExpression": ABSENT, **_TELLS}
    return {"ConditionCheck": check}


def delete(key: Key, condition: str | None = None) -> Action:
    """Remove an item."""
    action: dict[str, Any] = {"Key": attributes_of(key)}
    if condition is not None:
        action["ConditionExpression"] = condition
    return {"Delete": action}


def member_put(membership: Membership, *, new: bool) -> Action:
    """Write somebody on the room's side; ``new``: who must not be a member."""
    room_id, user_id = membership.room_id, membership.user_id
    key = layout.member_key(membership.tenant_id, room_id, user_id)
    member = items.member_item(Member(user_id, membership.role, membership.joined_at))
    return put_new(key, member) if new else put(key, member)


def user_side_key(tenant_id: TenantId, room_id: RoomId, user_id: UserId) -> Key:
    """Return the key of a room of this tenant from a member's side."""
    return layout.membership_key(home_of(tenant_id, user_id), user_id, room_id)


def user_side(membership: Membership) -> tuple[Key, Item]:
    """Return a room from a member's side as it begins, and where it is."""
    tenant_id, user_id = membership.tenant_id, membership.user_id
    key = user_side_key(tenant_id, membership.room_id, user_id)
    return key, items.membership_item(membership, home_of(tenant_id, user_id))


def deletions(
    tenant_id: TenantId, room_id: RoomId, user_ids: Iterable[UserId], condition: str | None = None
) -> Iterator[Action]:
    """Remove people on both sides; the condition is for the room's."""
    for user_id in user_ids:
        yield delete(layout.member_key(tenant_id, room_id, user_id), condition)
        yield delete(user_side_key(tenant_id, room_id, user_id))
