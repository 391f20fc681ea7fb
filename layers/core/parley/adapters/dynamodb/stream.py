"""The table's stream as changes that `relay` understands. Keys lead back to ids."""

from collections.abc import Iterator, Mapping
from typing import Any

from parley.adapters.dynamodb.items import message_of, read_number
from parley.adapters.dynamodb.layout import MEMBERSHIPS, MESSAGES
from parley.adapters.keys import decode
from parley.domain.ids import RoomId, TenantId, UserId
from parley.services.relay import MessageCommitted, RoomChanged, RoomJoined, StreamChange

_REMOVED = "REMOVE"


def changes_of(event: Mapping[str, Any]) -> list[StreamChange]:
    """Read a batch of stream records, in order; those that concern nobody are left out."""
    return [change for record in event["Records"] for change in _changes(record)]


def _changes(record: Mapping[str, Any]) -> Iterator[StreamChange]:
    if record["eventName"] == _REMOVED:
        return
    image = record["dynamodb"]["NewImage"]
    partition = image["pk"]["S"].split("#")
    sort_key: str = image["sk"]["S"]
    if len(partition) != 4:  # T#<tenant>#R#<room> or T#<tenant>#U#<user>
        return
    tenant_id, kind, owner = TenantId(decode(partition[1])), partition[2], decode(partition[3])
    if kind == "U" and sort_key.startswith(MEMBERSHIPS) and record["eventName"] == "INSERT":
        room_id = RoomId(decode(sort_key.removeprefix(MEMBERSHIPS)))
        yield RoomJoined(tenant_id, UserId(owner), room_id)
    elif kind == "R" and sort_key.startswith(MESSAGES):
        yield MessageCommitted(tenant_id, message_of(image, RoomId(owner)))
    elif kind == "R" and sort_key == "META":
        yield RoomChanged(tenant_id, RoomId(owner), read_number(image, "rev"))
