"""Records of the fan-out queue: written by whoever sends, read by the fan-out function. Pure.

A record is JSON with a version and a kind. It may outlive a deployment: what is written today is
readable tomorrow (tests/data), and what a newer version wrote is left alone.
"""

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parley.domain.ids import ConnectionId, MessageId, RoomId, TenantId, UserId
from parley.domain.presence import Target

VERSION = 1
# What one function pushes within a second, and what fails together.
SHARD_CONNECTIONS = 200
# With a frame of 30 KB in base64 a record stays well below the 256 KB of SQS.
SHARD_BYTES = 128 * 1_024


@dataclass(frozen=True, slots=True)
class About:
    """Which message an event tells of, for the log: nobody should decode a frame to know."""

    event: str
    message_id: MessageId
    seq: int

    def part(self) -> dict[str, object]:
        """Return it as part of a record."""
        return {"event": self.event, "messageId": self.message_id, "seq": self.seq}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "About | None":
        """Read it from a record; older ones do not have it, nor do events of no message."""
        if "messageId" not in record:
            return None
        return cls(str(record["event"]), MessageId(record["messageId"]), int(record["seq"]))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event is from: its room, and when it happened (epoch seconds).

    Attributes:
        about: Of an event about a message: which.
    """

    tenant_id: TenantId
    room_id: RoomId
    at: float
    about: About | None = None

    def part(self) -> dict[str, object]:
        """Return it as part of a record."""
        about = {} if self.about is None else self.about.part()
        at = round(self.at, 3)
        return {"tenantId": self.tenant_id, "roomId": self.room_id, "at": at, **about}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Origin":
        """Read it from a record; older ones do not say when it happened: long ago."""
        at, about = float(record.get("at", 0)), About.of_record(record)
        return cls(TenantId(record["tenantId"]), RoomId(record["roomId"]), at, about)


@dataclass(frozen=True, slots=True)
class Shard:
    """A frame for some connections of the people who were in a room when it was sent.

    Attributes:
        origin: None in records of older versions.
    """

    frame: bytes
    targets: tuple[Target, ...]
    origin: Origin | None

    def record(self) -> dict[str, object]:
        """Return it as it waits in the queue: connections by user by tenant."""
        by_tenant: dict[str, defaultdict[str, list[str]]] = {}
        for target in self.targets:
            users = by_tenant.setdefault(target.tenant_id, defaultdict(list))
            users[target.user_id].append(target.connection_id)
        origin = {} if self.origin is None else self.origin.part()
        what = {"v": VERSION, "kind": "shard", "frame": _text(self.frame)}
        return {**what, **origin, "targets": by_tenant}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Shard":
        """Read such a record."""
        targets = (
            Target(TenantId(tenant), UserId(user), ConnectionId(connection))
            for tenant, users in record["targets"].items()
            for user, connections in users.items()
            for connection in connections
        )
        origin = Origin.of_record(record) if "roomId" in record else None
        return cls(_bytes(record["frame"]), tuple(targets), origin)


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """A frame for everybody in a room that is too large for the sender to look up.

    Attributes:
        without: A connection that is not to have it: the sender's own, which gets a reply.
    """

    frame: bytes
    origin: Origin
    without: ConnectionId

    def record(self) -> dict[str, object]:
        """Return it as it waits in the queue."""
        what = {"v": VERSION, "kind": "room", "frame": _text(self.frame)}
        return {**what, **self.origin.part(), "without": self.without}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "RoomEvent":
        """Read such a record."""
        return cls(
            frame=_bytes(record["frame"]),
            origin=Origin.of_record(record),
            without=ConnectionId(record["without"]),
        )


Wanted = Shard | RoomEvent


def read_record(record: Mapping[str, Any]) -> Wanted | None:
    """Read a record; None for one that a newer version wrote."""
    if record["v"] > VERSION:
        return None
    if record["kind"] == "shard":
        return Shard.of_record(record)
    return RoomEvent.of_record(record) if record["kind"] == "room" else None


def shards_of(frame: bytes, targets: Collection[Target], origin: Origin) -> Iterator[Shard]:
    """Split an event for many connections."""
    part: list[Target] = []
    size = 0
    for target in targets:
        if len(part) == SHARD_CONNECTIONS or (part and size > SHARD_BYTES - _size(target)):
            yield Shard(frame, tuple(part), origin)
            part, size = [], 0
        part.append(target)
        size += _size(target)
    if part:
        yield Shard(frame, tuple(part), origin)


def _size(target: Target) -> int:
    """Return at least the bytes that a target takes: six for each UTF-16 unit of its user's id."""
    return 3 * len(target.user_id.encode("utf-16-le")) + len(target.connection_id) + 16


def _text(frame: bytes) -> str:
    # A frame in JSON in JSON may double with each quote; so it grows by a third, whatever it says.
    return b64encode(frame).decode()


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
