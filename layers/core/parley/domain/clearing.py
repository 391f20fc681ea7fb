"""Going through all that is stored, for what is from before a shorter retention. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.domain.ids import RoomId, TenantId

# So long a process may still write by the setting before (`services.policies.REREAD_AFTER_S`), with
# a good deal for clocks that differ.
SETTLED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Aged:
    """A stored message as the clearing sees it: no word of it."""

    tenant_id: TenantId
    room_id: RoomId
    seq: int
    created_at: datetime
    kept_days: int

    def is_kept_longer_than(self, days: int) -> bool:
        """Tell whether it is to be kept for longer than so many days; 0 is for ever."""
        return days > 0 and (self.kept_days == 0 or self.kept_days > days)


@dataclass(frozen=True, slots=True)
class ClearingState:
    """How far the clearing is; it goes through everything once for each time it was asked.

    Attributes:
        asked: When it was last asked for; None if it never was.
        serves: The latest request that the pass under way, or else the last one, began behind.
        place: Where that pass goes on; None where it has ended.
        default_days: What the deployment kept messages for when this was last looked at.
    """

    asked: datetime | None = None
    serves: datetime | None = None
    place: str | None = None
    default_days: int = 0

    def is_due(self, now: datetime) -> bool:
        """Tell whether a new pass is to begin: the setting is followed everywhere by now."""
        if self.asked is None or self.asked == self.serves or self.place is not None:
            return False
        return now - self.asked >= SETTLED_AFTER


def is_shorter(days: int, before: int) -> bool:
    """Tell whether messages are kept for less long than before; 0 is for ever."""
    return days > 0 and (before == 0 or days < before)
