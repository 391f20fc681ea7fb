"""How long messages are kept (SPEC §6): which are still shown at a moment. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parley.domain.messages import Message

# What is hidden stays stored until it is at least so old. By then no cache remembers the room's end
# as it was before: a head in Redis holds for 7 days, and a late record of the stream for one more.
# A head that is that old cannot lead anybody to a `seq` whose message was there and is gone.
LEAST_STORED_DAYS = 9


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a tenant's people still see at a moment.

    Attributes:
        days: How long the tenant keeps messages now; 0 for ever. Messages that were sent under a
            shorter time keep that one (`Message.kept_days`): they are being removed already.
    """

    now: datetime
    days: int

    def end_of(self, message: Message) -> datetime | None:
        """Return the moment from which a message is hidden; None for never."""
        limits = [days for days in (self.days, message.kept_days) if days]
        return message.created_at + timedelta(days=min(limits)) if limits else None

    def hides(self, message: Message) -> bool:
        """Tell whether retention has taken a message."""
        end = self.end_of(message)
        return end is not None and end <= self.now

    def shown(self, messages: Sequence[Message]) -> list[Message]:
        """Return of ascending messages those behind the last hidden one.

        So that what is shown has no hole, though clocks differ between functions, and the time
        that messages are kept changes.
        """
        for index in range(len(messages) - 1, -1, -1):
            if self.hides(messages[index]):
                return list(messages[index + 1 :])
        return list(messages)

    def remains_of(self, message: Message) -> Message:
        """Return what a repeated send gets: the message, or a tombstone where it was taken.

        One of which the store kept its place alone has no body, and was not deleted by anybody.
        """
        is_gone = message.body is None and message.deleted_at is None
        if not is_gone and not self.hides(message):
            return message
        ended_at = min(self.end_of(message) or self.now, self.now)
        return replace(
            message, body=None, mentions=(), attachments=(), reactions={}, deleted_at=ended_at
        )


def stored_until(created_at: datetime, kept_days: int) -> datetime:
    """Return when the store may remove a message that is kept for so many days."""
    return created_at + timedelta(days=max(kept_days, LEAST_STORED_DAYS))
