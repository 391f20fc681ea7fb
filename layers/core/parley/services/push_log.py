"""What is logged of events on their way: `parley where` tells from it what became of a message.

Ids only. Lines about messages name every connection with its outcome; what else is pushed, such as
presence or typing, is logged where it failed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from parley import observability
from parley.domain.ids import ConnectionId
from parley.domain.presence import Target
from parley.errors import Unavailable
from parley.ports import PushReport
from parley.services.fanout_records import About, Origin, RoomEvent, Shard, Wanted

Outcomes = dict[str, dict[str, str]]


def pushed(
    targets: Mapping[ConnectionId, Target],
    report: PushReport,
    origin: Origin | None,
    now: datetime,
) -> None:
    """Log what became of one event for each connection, and how long it took since it happened."""
    observability.count("pushes", len(report.delivered) + len(report.failed))
    observability.count("pushes_failed", len(report.failed))
    observability.count("pushes_gone", len(report.gone))
    if report.failed:
        reasons = sorted(set(report.failed.values()))
        observability.warning("push_failed", count=len(report.failed), reasons=reasons)
    if origin is None or origin.about is None or not targets:
        return
    took_ms = round((now.timestamp() - origin.at) * 1000, 1)
    observability.observe("delivery_ms", took_ms)
    observability.info(
        "message_pushed",
        event=origin.about.event,
        tenant_id=origin.tenant_id,
        room_id=origin.room_id,
        message_id=origin.about.message_id,
        seq=origin.about.seq,
        outcomes=_outcomes(targets, report),
        duration_ms=took_ms,
    )


def queued(wanted: Sequence[Wanted]) -> None:
    """Log that events were handed to the fan-out queue."""
    for origin, about, parts in _messages(wanted):
        observability.info(
            "message_queued",
            event=about.event,
            tenant_id=origin.tenant_id,
            room_id=origin.room_id,
            message_id=about.message_id,
            seq=about.seq,
            # Of a whole room nobody has looked up the connections yet.
            crowded=any(isinstance(part, RoomEvent) for part in parts),
            count=sum(len(part.targets) for part in parts if isinstance(part, Shard)),
        )


def not_queued(wanted: Sequence[Wanted], cause: Unavailable) -> None:
    """Log that the fan-out queue did not take events."""
    observability.warning("fan_out_not_asked", cause=str(cause), count=len(wanted))


def spread(origin: Origin, count: int) -> None:
    """Log over how many connections an event for a whole room was spread."""
    observability.info(
        "event_spread",
        tenant_id=origin.tenant_id,
        room_id=origin.room_id,
        message_id=None if origin.about is None else origin.about.message_id,
        count=count,
    )


def _messages(wanted: Iterable[Wanted]) -> list[tuple[Origin, About, list[Wanted]]]:
    """Return the messages that records are about, each with its records."""
    found: dict[tuple[Origin, About], list[Wanted]] = {}
    for each in wanted:
        if each.origin is not None and each.origin.about is not None:
            found.setdefault((each.origin, each.origin.about), []).append(each)
    return [(origin, about, parts) for (origin, about), parts in found.items()]


def _outcomes(targets: Mapping[ConnectionId, Target], report: PushReport) -> Outcomes:
    outcomes: Outcomes = {}
    for connection_id, target in targets.items():
        outcomes.setdefault(target.user_id, {})[connection_id] = _outcome(connection_id, report)
    return outcomes


def _outcome(connection_id: ConnectionId, report: PushReport) -> str:
    if connection_id in report.failed:
        return report.failed[connection_id]
    return "gone" if connection_id in report.gone else "delivered"
