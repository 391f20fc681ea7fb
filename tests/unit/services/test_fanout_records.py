"""Records of the fan-out queue: what is written is read, and what is newer is left."""

import json
from typing import Any

import pytest

from parley.domain.ids import MANAGE_TENANT, ConnectionId, RoomId, TenantId, UserId
from parley.domain.presence import Target
from parley.services.fanout_records import (
    SHARD_BYTES,
    SHARD_CONNECTIONS,
    Origin,
    RoomEvent,
    Shard,
    read_record,
    shards_of,
)

ACME = TenantId("acme")
ORIGIN = Origin(ACME, RoomId("o-hall"), 1_767_225_605.25)
FRAME = '{"event":"message:new","data":{"body":"Zoë \\" 🙂"}}'.encode()


def targets(count: int, user: str = "u", tenant: TenantId = ACME) -> tuple[Target, ...]:
    return tuple(
        Target(tenant, UserId(f"{user}{number // 2}"), ConnectionId(f"c{number}="))
        for number in range(count)
    )


def travelled(record: dict[str, object]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(record))
    return read


def test_a_shard_is_read_as_it_was_written() -> None:
    shard = Shard(FRAME, (*targets(5), *targets(3, "@manage/m", MANAGE_TENANT)), ORIGIN)
    assert read_record(travelled(shard.record())) == shard


def test_a_rooms_event_is_read_as_it_was_written() -> None:
    event = RoomEvent(FRAME, ORIGIN, ConnectionId("c1="))
    assert read_record(travelled(event.record())) == event


@pytest.mark.parametrize("newer", [{"v": 2, "kind": "room"}, {"v": 1, "kind": "carousel"}])
def test_what_a_newer_version_wrote_is_left(newer: dict[str, object]) -> None:
    assert read_record(newer) is None


@pytest.mark.parametrize(
    "poison",
    [
        {},
        {"v": 1},
        {"v": 1, "kind": "shard"},
        {"v": 1, "kind": "shard", "frame": "###", "targets": {}},
        {"v": 1, "kind": "room", "frame": ""},
        {"v": "one", "kind": "room"},
    ],
)
def test_what_cannot_be_read_fails(poison: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        read_record(poison)


@pytest.mark.parametrize("count", [0, 1, SHARD_CONNECTIONS, SHARD_CONNECTIONS + 1, 1_001])
def test_shards_hold_every_connection_once_and_none_is_too_large(count: int) -> None:
    shards = list(shards_of(FRAME, targets(count), ORIGIN))
    assert tuple(target for shard in shards for target in shard.targets) == targets(count)
    assert len(shards) == -(-count // SHARD_CONNECTIONS)
    assert all(0 < len(shard.targets) <= SHARD_CONNECTIONS for shard in shards)


@pytest.mark.parametrize("user", ["😀" * 63, '"' * 126, "\ufffe" * 126])
def test_long_ids_make_more_shards(user: str) -> None:
    shards = list(shards_of(b"", targets(200, user), ORIGIN))
    assert tuple(target for shard in shards for target in shard.targets) == targets(200, user)
    assert max(len(json.dumps(shard.record())) for shard in shards) <= SHARD_BYTES + 1_024
    assert len(shards) > 1
