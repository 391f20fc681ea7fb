"""The whole of `parley where`: find the lines, ask the table, judge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.errors import BadAnswer, WrongUse
from cli.output import Output
from cli.target import Target
from cli.where.lines import Evidence, Place, about_message, add_recoveries
from cli.where.report import Report, report
from cli.where.sources import source_of
from parley.domain.ids import seq_of_message_id

if TYPE_CHECKING:
    from cli.where.members import Members

_DURATION = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for.

    Attributes:
        since: How far to look back.
        tenant_id: With ``room_id`` a message is found in the table alone, whatever was logged.
    """

    message_id: str
    since: timedelta
    room_id: str | None = None
    tenant_id: str | None = None

    def require_message_id(self) -> int:
        """Return the number that the id leads to; raises `WrongUse` for what is no message id."""
        seq = seq_of_message_id(self.message_id)
        if seq is None:
            raise WrongUse(f"{self.message_id} is no message id: it has 21 characters of 0-9, a-z")
        return seq

    @property
    def told_place(self) -> Place | None:
        """Where the asker says that the message is."""
        if self.room_id is None or self.tenant_id is None:
            return None
        return Place(self.tenant_id, self.room_id, self.require_message_id())


def duration(text: str) -> timedelta:
    """Read ``90s``, ``15m``, ``1h`` or ``2d``; raises `WrongUse` for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None or int(found["count"]) == 0:
        raise WrongUse(f"{text} is no duration: say 90s, 15m, 1h or 2d")
    return timedelta(**{_UNITS[found["unit"]]: int(found["count"])})


def where(target: Target, question: Question, output: Output) -> Report:
    """Tell what became of a message for each recipient.

    Raises:
        WrongUse: It is no message id.
        BadAnswer: Nobody knows of it.
        CliError: Logs or table cannot be read.
    """
    question.require_message_id()
    evidence = _evidence(target, question, output)
    place = evidence.place or question.told_place
    if place is None or question.room_id not in (None, place.room_id):
        raise _unknown(question, place)
    # The table's code takes a tenth of a second to load; lines that tell nothing need it not.
    from cli.where.members import Members

    members = Members(target)
    return report(
        evidence, place, members.cursors(place, output), _sender(members, evidence, place)
    )


def _sender(members: Members, evidence: Evidence, place: Place) -> str:
    if evidence.stored is not None:
        return evidence.stored.user_id
    message = members.message(place)
    if message is None or message.message_id != evidence.message_id:
        raise BadAnswer(f"room {place.room_id} has no message {evidence.message_id}")
    return message.sender_id


def _evidence(target: Target, question: Question, output: Output) -> Evidence:
    source = source_of(target, output)
    now = datetime.now(UTC)
    # What is logged while we ask has a time of its own.
    until, since = now + timedelta(minutes=1), now - question.since
    lines = source.find([question.message_id], since, until)
    evidence = about_message(lines, question.message_id, now)
    evidence.place = evidence.place or question.told_place
    if evidence.place is not None:
        since = evidence.stored.at if evidence.stored is not None else since
        terms = ["message_recovered", evidence.place.room_id]
        add_recoveries(evidence, source.find(terms, since, until))
    return evidence


def _unknown(question: Question, place: Place | None) -> BadAnswer:
    if place is not None:
        return BadAnswer(f"message {question.message_id} is in room {place.room_id}, not there")
    return BadAnswer(
        f"no line of this time names message {question.message_id}: look further back with "
        "--since, or say --room and --tenant to ask the table alone"
    )
