"""Who is next in a room where many write at the same moment: advice, never trusted."""

from dataclasses import dataclass

from parley import observability
from parley.domain.ids import MANAGE_TENANT, RoomId, TenantId, concerns_manage
from parley.domain.messages import Head
from parley.errors import CacheUnavailable, ParleyError, Unavailable
from parley.ports import Clock, RoomCache, Turn
from parley.services.entered import Entered

POLL_S = 0.003
PATIENCE_S = 0.06
# The part of the expected wait after which a queue is looked at again.
LOOK_AT = 0.6


@dataclass(frozen=True, slots=True)
class Turns:
    """The queue of those who commit in a room, whose numbers `RoomAccess.enter` hands out.

    Without it most of fifty people at once would only ever be in each other's way
    (docs/decisions/0001).
    """

    cache: RoomCache
    clock: Clock

    def queue_up(self, entered: Entered, deadline: float) -> int | None:
        """Wait until those ahead are served, or were silent for long.

        Returns:
            The room's last ``seq`` as far as it is known then.

        Raises:
            Unavailable: There are more ahead than can be served until the deadline.
        """
        turn = entered.turn
        if turn is None or not turn.ahead:
            return entered.head_seq
        expected_s = turn.ahead * turn.commit_s
        if self.clock.monotonic() + expected_s > deadline:
            raise Unavailable("room too busy", retry_after_s=max(1.0, expected_s))
        return self._queued_up(entered, turn, deadline)

    def _queued_up(self, entered: Entered, turn: Turn, deadline: float) -> int | None:
        """Sleep and look, the rarer the more are ahead, until it is one's turn.

        One who was killed is never served: when nobody was for a while, the next in the queue
        goes, those behind give it the more time.
        """
        room, head = entered.room, entered.head_seq
        ahead, moved_at = turn.ahead, self.clock.monotonic()
        while ahead > 0:
            self.clock.sleep(max(POLL_S, (ahead - 1) * turn.commit_s * LOOK_AT))
            known, served = self.progress(room.tenant_id, room.room_id)
            head = known if head is None else max(head, known or 0)
            now = self.clock.monotonic()
            if turn.ticket - 1 - served < ahead:
                ahead, moved_at = turn.ticket - 1 - served, now
            if now - moved_at > ahead * PATIENCE_S or now > deadline:
                break
        return head

    def progress(self, tenant_id: TenantId, room_id: RoomId) -> tuple[int | None, int]:
        """Return a committed ``seq``, if one is known, and the number that was served last."""
        try:
            return self.cache.progress(tenant_id, room_id)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return None, 0

    def end(
        self, entered: Entered, head: Head | None = None, commit_s: float | None = None
    ) -> None:
        """Let the next one go; with a new end of the room, say so, and how long it took."""
        if entered.degraded or (head is None and entered.turn is None):
            return
        room = entered.room
        try:
            self.cache.end_turn(room.tenant_id, room.room_id, entered.turn, head, commit_s)
            if head is not None and concerns_manage(room.room_id):
                self.cache.log_changes(MANAGE_TENANT, [room.room_id])
        except ParleyError as exc:
            # What was stored is stored: nothing here changes that.
            observability.warning("turn_not_ended", cause=str(exc), room_id=room.room_id)
