"""What became of a message for each recipient: evidence in, states and words out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cli.where.lines import DELIVERED, GONE, HEARTBEAT, Evidence, Place, Pushed, Recovered
from parley.domain.rooms import Cursor

# How long the fan-out queue keeps a record (template.yaml).
QUEUED_FOR = timedelta(minutes=10)


class State(StrEnum):
    """How far a message is known to have come for somebody; the first that holds."""

    SENDER = "sender"
    READ = "read"
    DELIVERED = "delivered"
    RECOVERED = "recovered"
    PUSHED = "pushed"
    TOLD = "told"
    QUEUED = "queued"
    FAILED = "failed"
    GONE = "gone"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Recipient:
    """What became of the message for one member of the room.

    Attributes:
        cursor: How far they have received and read the room; None where the table was not asked.
    """

    user_id: str
    state: State
    pushes: Sequence[Pushed]
    recoveries: Sequence[Recovered]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer."""

    evidence: Evidence
    place: Place
    recipients: Sequence[Recipient]


def report(
    evidence: Evidence, place: Place, cursors: Mapping[str, Cursor], sender: str | None
) -> Report:
    """Judge the evidence.

    Args:
        evidence: What the logs say.
        place: Where the message is.
        cursors: Those of the room's members, as the table has them now.
        sender: Who sent it, where that is known.
    """
    # Somebody who has left since is not among the members, and was pushed to all the same.
    named = {push.user_id for push in evidence.pushes}
    named |= {recovered.user_id for recovered in evidence.recoveries}
    people = sorted(named | cursors.keys())
    recipients = [_recipient(evidence, place, user, cursors.get(user), sender) for user in people]
    return Report(evidence, place, recipients)


def _recipient(
    evidence: Evidence, place: Place, user_id: str, cursor: Cursor | None, sender: str | None
) -> Recipient:
    pushes = [push for push in evidence.pushes if push.user_id == user_id]
    recoveries = [each for each in evidence.recoveries if each.user_id == user_id]
    if user_id == sender:
        state = State.SENDER
    else:
        state = _by_cursor(cursor, place.seq) or _by_lines(evidence, pushes, recoveries)
    return Recipient(user_id, state, pushes, recoveries, cursor)


def _by_cursor(cursor: Cursor | None, seq: int) -> State | None:
    if cursor is not None and cursor.read_seq >= seq:
        return State.READ
    return State.DELIVERED if cursor is not None and cursor.delivered_seq >= seq else None


def _by_lines(
    evidence: Evidence, pushes: Sequence[Pushed], recoveries: Sequence[Recovered]
) -> State:
    outcomes = {push.outcome for push in pushes}
    if DELIVERED in outcomes:
        return State.PUSHED
    if recoveries:
        only_told = all(each.by == HEARTBEAT for each in recoveries)
        return State.TOLD if only_told else State.RECOVERED
    if outcomes:
        return State.GONE if outcomes == {GONE} else State.FAILED
    return State.QUEUED if _is_queued(evidence) else State.OFFLINE


def _is_queued(evidence: Evidence) -> bool:
    """Tell whether the fan-out function has pushed to fewer connections than it was handed."""
    waiting = [each for each in evidence.queued if each.at > evidence.asked_at - QUEUED_FOR]
    counts = [each.count for each in waiting]
    if None in counts:
        return not evidence.pushes
    return len(evidence.pushes) < sum(count for count in counts if count is not None)


# --- Words --------------------------------------------------------------------------------------


def as_text(answer: Report) -> Iterator[str]:
    """Return the answer in words, line by line."""
    place, evidence = answer.place, answer.evidence
    yield (
        f"Message {evidence.message_id} is number {place.seq} of room {place.room_id} "
        f"(tenant {place.tenant_id})."
    )
    yield from _course(evidence)
    others = [each for each in answer.recipients if each.state is not State.SENDER]
    counts = Counter(each.state.value for each in others)
    counted = ", ".join(f"{count} {state}" for state, count in counts.items())
    noun = "recipient" if len(others) == 1 else "recipients"
    yield f"{len(others)} {noun}: {counted}." if others else "It has no recipients."
    for each in answer.recipients:
        yield ""
        yield f"{each.user_id}: {each.state.value}"
        yield from (f"  {sentence}" for sentence in sentences(each, place.seq))


def _course(evidence: Evidence) -> Iterator[str]:
    if evidence.stored is not None:
        yield f"Stored at {_clock(evidence.stored.at)}, sent by {evidence.stored.user_id}."
    else:
        yield "No line of this time tells when it was stored."
    for at in evidence.repeats:
        yield f"Sent again at {_clock(at)}: nothing was stored twice."
    for queued in evidence.queued:
        size = "everybody in the room" if queued.count is None else f"{queued.count} connections"
        yield f"{queued.event} handed to the fan-out queue at {_clock(queued.at)}, for {size}."


def sentences(recipient: Recipient, seq: int) -> Iterator[str]:
    """Say what became of the message for one person, in order of time."""
    steps = [(push.at, _of_push(push)) for push in recipient.pushes]
    steps += [(each.at, _of_recovery(each)) for each in recipient.recoveries]
    yield from (text for _, text in sorted(steps))
    if recipient.state in _WITHOUT_STEPS:
        yield _WITHOUT_STEPS[recipient.state]
    if recipient.cursor is not None:
        yield _of_cursor(recipient.cursor, seq)


_WITHOUT_STEPS = {
    State.QUEUED: "waits in the fan-out queue: nothing was pushed from there yet",
    State.OFFLINE: "had no connection, or none that a push was logged for: sync brings it",
    State.FAILED: "the next heartbeat tells the connection that the room has news",
    State.GONE: "sync brings it to the next connection",
    State.TOLD: "sync brings it, and is not logged yet",
}


def _of_push(push: Pushed) -> str:
    where = f"connection {push.connection_id}"
    if push.outcome == DELIVERED:
        return f"{push.event} pushed to {where} at {_clock(push.at)}"
    if push.outcome == GONE:
        return f"{where} was gone when {push.event} was pushed at {_clock(push.at)}"
    return f"{push.event} could not be pushed to {where} at {_clock(push.at)}: {push.outcome}"


def _of_recovery(recovered: Recovered) -> str:
    where = f"connection {recovered.connection_id}" if recovered.connection_id else "REST"
    if recovered.by == HEARTBEAT:
        return f"a heartbeat told {where} at {_clock(recovered.at)} that the room has news"
    return f"{recovered.by} brought it to {where} at {_clock(recovered.at)}"


def _of_cursor(cursor: Cursor, seq: int) -> str:
    if cursor.read_seq >= seq:
        return f"has read up to {cursor.read_seq}"
    if cursor.delivered_seq >= seq:
        return f"has confirmed up to {cursor.delivered_seq}, and read up to {cursor.read_seq}"
    return f"has not confirmed it: delivered up to {cursor.delivered_seq}, read {cursor.read_seq}"


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- JSON ---------------------------------------------------------------------------------------


def as_json(answer: Report) -> dict[str, Any]:
    """Return the answer for programs, in the names of the protocol."""
    place, evidence = answer.place, answer.evidence
    stored = evidence.stored
    return {
        "messageId": evidence.message_id,
        "tenantId": place.tenant_id,
        "roomId": place.room_id,
        "seq": place.seq,
        "storedAt": None if stored is None else _clock(stored.at),
        "senderId": None if stored is None else stored.user_id,
        "repeatedAt": [_clock(at) for at in evidence.repeats],
        "queued": [
            {"at": _clock(each.at), "event": each.event, "connections": each.count}
            for each in evidence.queued
        ],
        "recipients": [_recipient_json(each, place.seq) for each in answer.recipients],
    }


def _recipient_json(recipient: Recipient, seq: int) -> dict[str, Any]:
    cursor = recipient.cursor
    return {
        "userId": recipient.user_id,
        "state": recipient.state.value,
        "pushes": [
            {
                "at": _clock(push.at),
                "event": push.event,
                "connectionId": push.connection_id,
                "outcome": push.outcome,
            }
            for push in recipient.pushes
        ],
        "recoveries": [
            {"at": _clock(each.at), "by": each.by, "connectionId": each.connection_id}
            for each in recipient.recoveries
        ],
        "deliveredSeq": None if cursor is None else cursor.delivered_seq,
        "readSeq": None if cursor is None else cursor.read_seq,
        "words": list(sentences(recipient, seq)),
    }
