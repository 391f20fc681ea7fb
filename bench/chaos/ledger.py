"""What was said, by whom, and what the server answered: the side of the senders."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """A message as somebody saw it; equal ones are kept once, whoever saw them."""

    message_id: str
    seq: int
    rev: int
    sender_id: str
    client_id: str
    body: str | None


@dataclass(slots=True, eq=False)
class Offer:
    """Something that somebody wants to say. Times are of the monotonic clock.

    Attributes:
        due: When it should be sent, whatever the connection is like.
        edited_body: What its sender makes of it a moment after the ack; None to leave it.
        tried: When it was first sent.
        acked: When the first positive answer came.
        refusals: Codes of answers that asked for another try.
        is_final: Refused for good.
    """

    client_id: str
    sender_id: str
    room_id: str
    body: str
    due: float
    edited_body: str | None = None
    tried: float | None = None
    acked: float | None = None
    message_id: str = ""
    seq: int = 0
    degraded: bool = False
    refusals: list[str] = field(default_factory=list)
    is_final: bool = False

    @property
    def is_pending(self) -> bool:
        """Tell whether an answer is still to come."""
        return self.acked is None and not self.is_final


class Ledger:
    """All that was offered and answered, and one copy of each message that anybody saw."""

    def __init__(self) -> None:
        """Begin empty."""
        self.offers: dict[str, Offer] = {}
        # The furthest that anybody was told of each room: by an ack, or by seeing a message.
        self.known_end: dict[str, int] = {}
        self.counts: Counter[str] = Counter()
        self.contradictions: list[str] = []
        self._facts: dict[Fact, Fact] = {}

    def offer(self, offer: Offer) -> None:
        """Note what somebody wants to say."""
        self.offers[offer.client_id] = offer

    def ack(self, offer: Offer, reply: dict[str, Any], now: float) -> None:
        """Note a positive answer."""
        message = reply["message"]
        if offer.acked is not None:
            return
        offer.acked, offer.message_id, offer.seq = now, message["messageId"], message["seq"]
        offer.degraded = bool(reply.get("degraded"))
        room_id = offer.room_id
        self.known_end[room_id] = max(self.known_end.get(room_id, 0), offer.seq)
        # Nobody edits what is not acked.
        if (message["clientId"], message["body"]) != (offer.client_id, offer.body):
            self.contradictions.append(f"{offer.client_id}: acked with another message")

    def refuse(self, offer: Offer, code: str, *, is_final: bool) -> None:
        """Note a negative answer."""
        self.counts[f"refused {code}"] += 1
        offer.refusals.append(code)
        offer.is_final = is_final

    def fact(self, message: dict[str, Any]) -> Fact:
        """Return a message as it is compared."""
        fact = Fact(
            message["messageId"],
            message["seq"],
            message["rev"],
            message["senderId"],
            message["clientId"],
            message["body"],
        )
        return self._facts.setdefault(fact, fact)
