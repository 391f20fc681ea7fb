"""The table's stream as changes that `relay` understands. Keys lead back to ids."""

from collections.abc import Iterator, Mapping
from typing import Any

from parley import observability
from parley.adapters.dynamodb.items import Item, message_of, read_number, read_text
from parley.adapters.dynamodb.layout import (
    MEMBERSHIPS,
    MESSAGES,
    room_of_partition,
    user_of_partition,
)
from parley.adapters.keys import decode
from parley.domain.ids import RoomId, SpaceId, TenantId, newcomers_id
from parley.domain.rooms import OPEN_TYPES
from parley.services.relay import (
    MessageCommitted,
    RoomChanged,
    RoomJoined,
    RoomLeft,
    StreamChange,
)

_INSERTED = "INSERT"
_REMOVED = "REMOVE"


def changes_of(event: Mapping[str, Any]) -> list[StreamChange]:
    """Read a batch of stream records, in order; those that concern nobody are left out.

    So is one that cannot be read, of a newer version say: retried, it would hold up all rooms of
    its shard for a day.
    """
    changes: list[StreamChange] = []
    for record in event["Records"]:
        try:
            changes += _changes(record)
        except (KeyError, TypeError, ValueError):
            observability.error("stream_record_unreadable", event_id=record.get("eventID"))
    return changes


def _changes(record: Mapping[str, Any]) -> Iterator[StreamChange]:
    keys: Item = record["dynamodb"]["Keys"]
    sort_key: str = keys["sk"]["S"]
    yield from _of_user(keys, sort_key, record["eventName"])
    if record["eventName"] != _REMOVED:
        written = record["dynamodb"]
        yield from _of_room(written["NewImage"], sort_key, written.get("OldImage"))


def _of_user(keys: Item, sort_key: str, event_name: str) -> Iterator[StreamChange]:
    owner = user_of_partition(keys["pk"]["S"])
    if owner is None or not sort_key.startswith(MEMBERSHIPS):
        return
    home, user_id = owner
    if event_name == _INSERTED:
        yield RoomJoined(home, user_id, RoomId(decode(sort_key.removeprefix(MEMBERSHIPS))))
    elif event_name == _REMOVED:
        yield RoomLeft(home, user_id)


def _of_room(image: Item, sort_key: str, before: Item | None) -> Iterator[StreamChange]:
    place = room_of_partition(image["pk"]["S"])
    if place is None:
        return
    tenant_id, room_id = place
    if sort_key.startswith(MESSAGES):
        if before is not None and read_number(before, "rev") == read_number(image, "rev"):
            # Retention set when it is to be removed; nothing that anybody sees.
            return
        yield MessageCommitted(tenant_id, message_of(image, room_id))
    elif sort_key == "META":
        yield from _of_meta(image, tenant_id, room_id, before)


def _of_meta(
    image: Item, tenant_id: TenantId, room_id: RoomId, before: Item | None
) -> Iterator[RoomChanged]:
    rev = read_number(image, "rev")
    if before is not None and read_number(before, "rev") == rev:
        # Somebody saw an open room for the first time. What the cache counts of its members may be
        # a minute old: it only tells small rooms from large ones.
        return
    newcomers = None
    if before is None and read_text(image, "type") in OPEN_TYPES:
        space_id = read_text(image, "spaceId")
        newcomers = newcomers_id(SpaceId(space_id) if space_id is not None else None)
    yield RoomChanged(tenant_id, room_id, rev, newcomers)
