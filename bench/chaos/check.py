"""What the truth says of what was acked and shown. Pure: all that it needs is given."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.ledger import Fact, Ledger, Offer
from bench.chaos.views import RoomView

EXAMPLES = 20


@dataclass(slots=True)
class Verdict:
    """What is wrong, counted by kind, with examples."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def blame(self, kind: str, what: str) -> None:
        """Note something that must not be."""
        self.counts[kind] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{kind}: {what}")


def check_stored(ledger: Ledger, histories: Mapping[str, Sequence[Fact]]) -> Verdict:
    """Compare what was offered and acked with what is stored.

    Args:
        ledger: The senders' side.
        histories: All messages of each room, as they are read.
    """
    verdict = Verdict()
    for room_id, history in histories.items():
        _check_numbers(verdict, room_id, history)
        _check_repeats(verdict, room_id, history)
        _check_origins(verdict, ledger, room_id, history)
        _check_causes(verdict, ledger, history)
    stored: dict[str, Fact] = {}
    for history in histories.values():
        for fact in history:
            stored.setdefault(fact.client_id, fact)
    for offer in ledger.offers.values():
        if offer.acked is not None:
            _check_acked(verdict, offer, stored.get(offer.client_id))
    for contradiction in ledger.contradictions:
        verdict.blame("altered", contradiction)
    return verdict


def _check_numbers(verdict: Verdict, room_id: str, history: Sequence[Fact]) -> None:
    for place, fact in enumerate(history, 1):
        if fact.seq != place:
            verdict.blame("holes", f"{room_id}: {fact.seq} at place {place}")
            return


def _check_repeats(verdict: Verdict, room_id: str, history: Iterable[Fact]) -> None:
    times = Counter((fact.sender_id, fact.client_id) for fact in history)
    for (sender_id, client_id), count in times.items():
        for _ in range(count - 1):
            verdict.blame("duplicatesStored", f"{room_id}: {client_id} of {sender_id}")


def _check_origins(verdict: Verdict, ledger: Ledger, room_id: str, history: Iterable[Fact]) -> None:
    for fact in history:
        offer = ledger.offers.get(fact.client_id)
        if offer is None or (offer.room_id, offer.sender_id) != (room_id, fact.sender_id):
            verdict.blame("invented", f"{room_id}: {fact}")
        elif fact.body != (offer.edited_body if fact.rev else offer.body):
            verdict.blame("altered", f"{room_id}: {fact}")


def _check_causes(verdict: Verdict, ledger: Ledger, history: Sequence[Fact]) -> None:
    """Who sent after an ack comes after what was acked (invariant I4)."""
    earliest_ack = float("inf")
    for fact in reversed(history):
        offer = ledger.offers.get(fact.client_id)
        if offer is None or offer.tried is None:
            continue
        if earliest_ack < offer.tried:
            verdict.blame("outOfOrder", f"{fact.client_id} is before what was acked before it")
        if offer.acked is not None:
            earliest_ack = min(earliest_ack, offer.acked)


def _check_acked(verdict: Verdict, offer: Offer, stored: Fact | None) -> None:
    if stored is None:
        verdict.blame("lost", f"{offer.client_id} in {offer.room_id}")
    elif (stored.message_id, stored.seq) != (offer.message_id, offer.seq):
        verdict.blame("altered", f"{offer.client_id} was acked as {offer.message_id} {offer.seq}")


def check_repeat(verdict: Verdict, offer: Offer, reply: Mapping[str, Any]) -> None:
    """See that what was sent again is the first message."""
    message = reply["message"]
    if not reply["duplicate"]:
        verdict.blame("duplicatesStored", f"{offer.client_id} was sent again, and is new")
    elif (message["messageId"], message["seq"]) != (offer.message_id, offer.seq):
        verdict.blame("altered", f"{offer.client_id} was sent again, and is another")


def check_side(
    verdict: Verdict, user_id: str, room: Mapping[str, Any], history: Sequence[Fact]
) -> None:
    """See that somebody's cursors are in the room, and not before what they said there."""
    me, end = room["me"], room["lastSeq"]
    said = max((fact.seq for fact in history if fact.sender_id == user_id), default=0)
    is_in_order = said <= me["readSeq"] <= me["deliveredSeq"] <= end == len(history)
    if not is_in_order or me["unread"] != end - me["readSeq"]:
        verdict.blame("cursorsWrong", f"{user_id} said {said} of {end}: {me}")


def check_view(verdict: Verdict, view: RoomView, history: Sequence[Fact]) -> None:
    """Compare what one client shows of a room with what is stored."""
    seen: set[str] = set()
    said: set[tuple[str, str]] = set()
    for place, fact in enumerate(view.shown, 1):
        if fact.message_id in seen or (fact.sender_id, fact.client_id) in said:
            verdict.blame("shownTwice", f"{view.room_id}: {fact}")
        seen.add(fact.message_id)
        said.add((fact.sender_id, fact.client_id))
        if place <= len(history):
            _check_place(verdict, view.room_id, fact, history[place - 1])
        else:
            verdict.blame("invented", f"{view.room_id}: only shown: {fact}")
    for _ in range(len(history) - len(view.shown)):
        verdict.blame("notShown", f"{view.room_id}: {len(view.shown)} of {len(history)}")
    for one, other in view.conflicts:
        verdict.blame("outOfOrder", f"{view.room_id}: {one} and {other}")


def _check_place(verdict: Verdict, room_id: str, shown: Fact, stored: Fact) -> None:
    if shown.message_id != stored.message_id:
        verdict.blame("outOfOrder", f"{room_id}: {shown} in place of {stored}")
    elif shown.rev != stored.rev:
        verdict.blame("outdated", f"{room_id}: {shown} is now {stored}")
    elif shown != stored:
        verdict.blame("altered", f"{room_id}: {shown} is {stored}")


def check_people(verdict: Verdict, shown: set[str], here: set[str], viewer: str) -> None:
    """Compare whom one client shows as here with who has an open connection."""
    for user_id in shown - here:
        verdict.blame("ghosts", f"{user_id} is shown to {viewer}")
    for user_id in here - shown:
        verdict.blame("falseOffline", f"{user_id} is not shown to {viewer}")
