"""`Push` in memory: records what was sent and answers as it was told, by the real rules."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from parley.adapters.push.verdicts import (
    BROKEN,
    MAX_RESENDS,
    TIMEOUT,
    Outcome,
    Verdict,
    failed,
    judge,
)
from parley.domain.ids import ConnectionId
from parley.ports import PushReport

DROP = -1
NEVER = -2


@dataclass(frozen=True, slots=True)
class SettledPush:
    """A push whose every post is settled already."""

    report: PushReport

    def wait(self, timeout_s: float) -> PushReport:
        """Return the outcome without waiting."""
        del timeout_s
        return self.report


@dataclass(slots=True)
class MemoryPush:
    """Delivers at once.

    Attributes:
        sent: Every frame that reached a connection's end of the API, in order.
        closed: Connections ended by `close`, in order.
    """

    sent: list[tuple[ConnectionId, bytes]] = field(default_factory=list)
    closed: list[ConnectionId] = field(default_factory=list)
    _answers: dict[ConnectionId, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    _always: dict[ConnectionId, int] = field(default_factory=dict)

    def answer(self, connection_id: ConnectionId, *statuses: int) -> None:
        """Answer the next posts with these statuses, `DROP` or `NEVER`; then 200 again."""
        self._answers[connection_id].extend(statuses)

    def answer_always(self, connection_id: ConnectionId, status: int) -> None:
        """Answer every post from now on with this status."""
        self._always[connection_id] = status

    def frames_to(self, connection_id: ConnectionId) -> list[bytes]:
        """Return the frames that were posted to one connection."""
        return [frame for target, frame in self.sent if target == connection_id]

    def start(self, connection_ids: Sequence[ConnectionId], frame: bytes) -> SettledPush:
        """Send one frame to all of these."""
        delivered, gone, failures = [], [], {}
        for connection_id in dict.fromkeys(connection_ids):
            verdict = self._post(connection_id, frame)
            if verdict.outcome is Outcome.DELIVERED:
                delivered.append(connection_id)
            elif verdict.outcome is Outcome.GONE:
                gone.append(connection_id)
            else:
                failures[connection_id] = verdict.reason
        return SettledPush(PushReport(tuple(delivered), tuple(gone), failures))

    def close(self, connection_ids: Sequence[ConnectionId], timeout_s: float) -> None:
        """End connections: they are gone from now on."""
        del timeout_s
        for connection_id in connection_ids:
            self.closed.append(connection_id)
            self._always[connection_id] = 410

    def _post(self, connection_id: ConnectionId, frame: bytes) -> Verdict:
        throttled = broken = 0
        while True:
            self.sent.append((connection_id, frame))
            status = self._next_answer(connection_id)
            if status == NEVER:
                return failed(TIMEOUT)
            if status == DROP:
                broken += 1
                if broken > MAX_RESENDS:
                    return failed(BROKEN)
                continue
            verdict = judge(status, throttled)
            if verdict.outcome is not Outcome.AGAIN:
                return verdict
            throttled, broken = throttled + 1, 0

    def _next_answer(self, connection_id: ConnectionId) -> int:
        if connection_id in self._always:
            return self._always[connection_id]
        answers = self._answers[connection_id]
        return answers.popleft() if answers else 200
