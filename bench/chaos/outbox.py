"""What a person says: sent when it is due, and again until it is acked."""

import asyncio
import random
import time
from collections.abc import Callable

from bench.chaos.ledger import Ledger, Offer
from bench.chaos.person import Errands, Seen
from bench.chaos.wire import Json, Lost, Refusal, Wire

EDITED_AFTER_S = 1.0
LOST_PAUSE_S = 0.05
PAUSE_FACTOR = 1.5
LONGEST_PAUSE_S = 10.0
# What piled up while there was no connection must not come all at once.
SENDS_AT_ONCE = 4


class Line:
    """What a device has for sending: its wire, while there is one, and whether it caught up."""

    def __init__(self) -> None:
        """Begin without."""
        self.wire: Wire | None = None
        self.ready = asyncio.Event()

    def cut(self) -> None:
        """Be without again."""
        if self.wire is not None:
            self.wire.drop()
        self.wire = None
        self.ready.clear()


class Outbox:
    """Sends what one device says.

    Attributes:
        unacked: What is still to be sent, or was not answered yet, by client id.
    """

    def __init__(
        self,
        line: Line,
        ledger: Ledger,
        seen: Seen,
        chance: random.Random,
        take: Callable[[Json], None],
    ) -> None:
        """Begin with nothing; ``take`` shows a message that was acked or edited."""
        self.unacked: dict[str, Offer] = {}
        self._line = line
        self._ledger = ledger
        self._seen = seen
        self._chance = chance
        self._take = take
        self._slots = asyncio.Semaphore(SENDS_AT_ONCE)
        self._errands = Errands()

    def say(self, offer: Offer) -> None:
        """Send a message, and again until it is acked; then perhaps edit it."""
        self._ledger.offer(offer)
        self.unacked[offer.client_id] = offer
        self._errands.start(self._said(offer))

    async def end(self) -> None:
        """Forget everything that is under way."""
        await self._errands.end()

    async def _said(self, offer: Offer) -> None:
        while offer.is_pending:
            await self._line.ready.wait()
            try:
                async with self._slots:
                    await self._send(offer)
            except Lost:
                # The end of a connection is known here before its reader has left.
                await asyncio.sleep(LOST_PAUSE_S)
            except Refusal as refusal:
                self._ledger.refuse(offer, refusal.code, is_final=refusal.retry_after_s is None)
                await asyncio.sleep(self._pause_s(offer, refusal.retry_after_s or 0.0))
        self.unacked.pop(offer.client_id)
        if offer.edited_body is not None and offer.acked is not None:
            await asyncio.sleep(EDITED_AFTER_S)
            await self._edit(offer, offer.edited_body)

    def _pause_s(self, offer: Offer, told_s: float) -> float:
        """Return how long to wait: what the server said, and longer with each refusal."""
        longest_s = max(told_s, LONGEST_PAUSE_S)
        pause_s = min(longest_s, told_s * PAUSE_FACTOR ** (len(offer.refusals) - 1))
        return pause_s * self._chance.uniform(0.5, 1.5)

    async def _send(self, offer: Offer) -> None:
        if self._line.wire is None:
            raise Lost
        if offer.tried is None:
            offer.tried = time.monotonic()
        data = {"roomId": offer.room_id, "clientId": offer.client_id, "body": offer.body}
        reply = await self._line.wire.ask("message.send", data)
        self._ledger.ack(offer, reply, time.monotonic())
        # One's own message is shown when it is acked.
        self._take(reply["message"])

    async def _edit(self, offer: Offer, body: str) -> None:
        """Edit once: whoever hears no answer leaves it at that."""
        if self._line.wire is None:
            return
        data = {"roomId": offer.room_id, "messageId": offer.message_id, "body": body}
        try:
            self._take(await self._line.wire.ask("message.edit", data))
            self._seen.counts["edits"] += 1
        except (Lost, Refusal):
            self._seen.counts["edits unanswered"] += 1
