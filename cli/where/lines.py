"""Log lines of the functions, as evidence of what became of one message. Pure.

Which line is written when: docs/operations.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DELIVERED = "delivered"
GONE = "gone"
HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is."""

    tenant_id: str
    room_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A message was stored, and by whom."""

    at: datetime
    user_id: str
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one event of the message for one connection.

    Attributes:
        outcome: `DELIVERED`, `GONE`, or the reason why it failed.
    """

    at: datetime
    event: str
    user_id: str
    connection_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Queued:
    """An event of the message was handed to the fan-out queue.

    Attributes:
        count: For how many connections; None where the fan-out function looks them up.
    """

    at: datetime
    event: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Recovered:
    """A connection was brought the message, or told of it, otherwise than by a push.

    Attributes:
        by: `HEARTBEAT` only told that the room has news; sync and history brought the message.
    """

    at: datetime
    by: str
    user_id: str
    connection_id: str


@dataclass(slots=True)
class Evidence:
    """Everything that the lines say about one message, each list in order of time.

    Attributes:
        asked_at: When the lines were read.
    """

    message_id: str
    asked_at: datetime
    place: Place | None = None
    stored: Stored | None = None
    repeats: list[datetime] = field(default_factory=list)
    pushes: list[Pushed] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    recoveries: list[Recovered] = field(default_factory=list)


def read(line: str) -> dict[str, Any] | None:
    """Return a line's fields; None for what is no line of ours, such as a traceback."""
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and "timestamp" in fields else None


def about_message(lines: Iterable[str], message_id: str, asked_at: datetime) -> Evidence:
    """Gather what lines say that name the message."""
    evidence = Evidence(message_id, asked_at)
    for fields in map(read, lines):
        if fields is not None and fields.get("message_id") == message_id:
            _add(evidence, fields)
    evidence.pushes.sort(key=lambda push: push.at)
    evidence.queued.sort(key=lambda queued: queued.at)
    evidence.repeats.sort()
    return evidence


def add_recoveries(evidence: Evidence, lines: Iterable[str]) -> None:
    """Add what lines say that tell which rooms a connection was brought up to date in."""
    place = evidence.place
    if place is None:
        return
    for fields in map(read, lines):
        if fields is not None and fields.get("message") == "message_recovered":
            upto = (fields.get("rooms") or {}).get(place.room_id)
            # Ids of rooms are unique across tenants; who reads along in manage scope counts too.
            if _covers(upto, place.seq):
                evidence.recoveries.append(_recovered(fields))
    evidence.recoveries.sort(key=lambda recovered: recovered.at)


def _add(evidence: Evidence, fields: Mapping[str, Any]) -> None:
    at = _time(fields)
    if evidence.place is None and fields.keys() >= {"tenant_id", "room_id", "seq"}:
        evidence.place = Place(fields["tenant_id"], fields["room_id"], int(fields["seq"]))
    match fields.get("message"):
        case "message_stored":
            evidence.stored = Stored(at, str(fields.get("user_id", "")), fields.get("duration_ms"))
        case "message_repeated":
            evidence.repeats.append(at)
        case "message_queued":
            evidence.queued.append(Queued(at, _event(fields), fields.get("count")))
        case "message_pushed":
            evidence.pushes.extend(_pushes(fields, at))


def _pushes(fields: Mapping[str, Any], at: datetime) -> Iterable[Pushed]:
    for user_id, connections in fields.get("outcomes", {}).items():
        for connection_id, outcome in connections.items():
            yield Pushed(at, _event(fields), user_id, connection_id, outcome)


def _event(fields: Mapping[str, Any]) -> str:
    return str(fields.get("event", "message:new"))


def _covers(upto: Any, seq: int) -> bool:
    """Tell whether a room's end that was told, or the range that was brought, holds a ``seq``."""
    if isinstance(upto, list):
        return int(upto[0]) <= seq <= int(upto[1])
    return isinstance(upto, int) and upto >= seq


def _recovered(fields: Mapping[str, Any]) -> Recovered:
    return Recovered(
        at=_time(fields),
        by=str(fields.get("by", HEARTBEAT)),
        user_id=str(fields.get("user_id", "")),
        connection_id=str(fields.get("connection_id", "")),
    )


def _time(fields: Mapping[str, Any]) -> datetime:
    # Powertools' Logger has a comma before the milliseconds, which ISO 8601 allows.
    return datetime.fromisoformat(fields["timestamp"])
