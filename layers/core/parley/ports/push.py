"""Pushing to connections, and work to be done later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parley.domain.ids import ConnectionId


@dataclass(frozen=True, slots=True)
class PushReport:
    """What became of one frame for each connection.

    Attributes:
        delivered: Answered 200.
        gone: Answered 410.
        failed: Throttled after two retries (429), too large (413), refused, broken, or not
            answered in time. Left to the recipients' next heartbeat.
    """

    delivered: tuple[ConnectionId, ...] = ()
    gone: tuple[ConnectionId, ...] = ()
    failed: Mapping[ConnectionId, str] = field(default_factory=dict)


class PendingPush(Protocol):
    """Posts on their way."""

    def wait(self, timeout_s: float) -> PushReport:
        """Return what is known after at most so long; what is still open counts as failed."""
        ...


class Push(Protocol):
    """The management API of the WebSocket: one POST for each connection."""

    def start(self, connection_ids: Sequence[ConnectionId], frame: bytes) -> PendingPush:
        """Begin to send one frame to all of these; does not block, never raises."""
        ...

    def close(self, connection_ids: Sequence[ConnectionId], timeout_s: float) -> None:
        """End connections (DELETE); one that is gone already is fine. Never raises."""
        ...


class FlushQueue(Protocol):
    """Asks for work after a delay (SQS); a record may come twice, late or out of order."""

    def ask(self, record: Mapping[str, str], delay_s: float) -> None:
        """Send one record; raises `Unavailable`."""
        ...


class FanoutQueue(Protocol):
    """Hands events for many connections to the fan-out function (SQS).

    A record may come twice, late or out of order.
    """

    def ask(self, records: Sequence[Mapping[str, object]]) -> None:
        """Send records of `services.fanout_records`; within half a second or so.

        Raises:
            Unavailable: Some of them may have been queued nevertheless.
        """
        ...
