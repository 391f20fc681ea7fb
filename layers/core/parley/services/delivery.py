"""Events on their way to connections, and what follows from how that went (SPEC §5.8)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import ConnectionId, MessageId, TenantId
from parley.domain.presence import Target
from parley.errors import ParleyError, Unavailable
from parley.ports import Clock, FanoutQueue, FlushQueue, PendingPush, PresenceStore, Push
from parley.protocol import frames
from parley.protocol.fields import Wire
from parley.protocol.views import Bye, MessageView
from parley.services import push_log
from parley.services.fanout_records import About, Origin, RoomEvent, Shard, Wanted, shards_of
from parley.services.reach import Reach

# Saying goodbye and closing together stay within what pushing may hold up a reply (SPEC §5.8).
BYE_BUDGET_S = 0.25
CLOSE_BUDGET_S = 0.25


@dataclass(frozen=True, slots=True)
class ByeCode:
    """Why we end a connection, and whether the client should come back (SPEC §2)."""

    code: int
    reason: str
    reconnect: bool


TOKEN_EXPIRED = ByeCode(4001, "token expired", reconnect=True)
GOING_AWAY = ByeCode(4002, "going away", reconnect=True)
REVOKED = ByeCode(4501, "revoked", reconnect=False)
REPLACED = ByeCode(4502, "replaced", reconnect=False)


@dataclass(frozen=True, slots=True)
class Sending:
    """One event on its way: posts, or what is to be handed to the fan-out function."""

    targets: Mapping[ConnectionId, Target]
    pending: PendingPush | None = None
    queued: tuple[Wanted, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Pushes events to connections, and forgets the ones that are gone.

    Attributes:
        budget_s: How long pushing may hold up a reply; what is still open then is left to the
            recipients' next heartbeat.
        direct_max: An event of a room for more connections goes by the fan-out queue. Its events
            have numbers, so that it does not matter when they overtake each other there.
    """

    push: Push
    presence: PresenceStore
    queue: FlushQueue
    fanout: FanoutQueue
    clock: Clock
    budget_s: float = 0.5
    direct_max: int = 100

    def start(self, targets: Collection[Target], event: str, data: Wire) -> Sending:
        """Begin to send one event to all of these connections; the bytes are made once."""
        return self.start_frame(targets, frames.event_frame(event, data))

    def start_frame(
        self, targets: Collection[Target], frame: bytes, origin: Origin | None = None
    ) -> Sending:
        """Begin to send an event that is made already."""
        by_id = {target.connection_id: target for target in targets}
        return Sending(by_id, self.push.start(list(by_id), frame), origin=origin)

    def spread(self, reach: Reach, event: str, data: Wire) -> Sending:
        """Begin to send an event of a room; `finish` hands on what is for too many."""
        frame, room = frames.event_frame(event, data), reach.room
        about = _about(event, data)
        origin = Origin(room.tenant_id, room.room_id, self.clock.now().timestamp(), about)
        if not reach.crowded and len(reach.targets) <= self.direct_max:
            return self.start_frame(reach.targets, frame, origin)
        if reach.crowded:
            return Sending({}, queued=(RoomEvent(frame, origin, reach.without),))
        return Sending({}, queued=tuple(shards_of(frame, reach.targets, origin)))

    def finish(self, *sendings: Sending, budget_s: float | None = None) -> list[Target]:
        """Wait for all that was started, within one budget, and forget gone connections.

        Returns:
            Those that a push did not reach.
        """
        gone: dict[ConnectionId, Target] = {}
        missed: dict[ConnectionId, Target] = {}
        deadline = self.clock.monotonic() + (self.budget_s if budget_s is None else budget_s)
        left = self._hand_over([each for sending in sendings for each in sending.queued])
        for sending in (*sendings, *left):
            if sending.pending is None:
                continue
            report = sending.pending.wait(max(0.0, deadline - self.clock.monotonic()))
            gone |= {c: sending.targets[c] for c in report.gone}
            missed |= {c: sending.targets[c] for c in (*report.gone, *report.failed)}
            push_log.pushed(sending.targets, report, sending.origin, self.clock.now())
        if gone:
            self.forget(gone.values())
        return list(missed.values())

    def _hand_over(self, queued: Sequence[Wanted]) -> list[Sending]:
        """Ask the fan-out function; what cannot be asked for is begun here, where it is known."""
        if not queued:
            return []
        try:
            self.fanout.ask([wanted.record() for wanted in queued])
        except Unavailable as exc:
            push_log.not_queued(queued, exc)
            shards = [wanted for wanted in queued if isinstance(wanted, Shard)]
            return [self.start_frame(shard.targets, shard.frame, shard.origin) for shard in shards]
        push_log.queued(queued)
        return []

    def send(self, targets: Collection[Target], event: str, data: Wire) -> None:
        """Send one event and wait for it, within the budget."""
        if targets:
            self.finish(self.start(targets, event, data))

    def spread_and_wait(self, reach: Reach, event: str, data: Wire) -> None:
        """Send one event of a room and wait for it, within the budget."""
        self.finish(self.spread(reach, event, data))

    def forget(self, gone: Collection[Target]) -> None:
        """Forget connections that a push found gone, and let presence follow."""
        by_tenant: defaultdict[TenantId, list[Target]] = defaultdict(list)
        for target in gone:
            by_tenant[target.tenant_id].append(target)
        for tenant_id, targets in by_tenant.items():
            try:
                self.ask_flush(tenant_id, self.presence.forget(targets))
            except ParleyError as exc:
                observability.warning("gone_not_forgotten", cause=str(exc), count=len(targets))

    def end(
        self, connection_ids: Sequence[ConnectionId], why: ByeCode, reply: str | None = None
    ) -> None:
        """Say ``bye`` and close: DeleteConnection takes no close code, so the event carries it.

        A ``reply`` that is still owed goes before.
        """
        if not connection_ids:
            return
        if reply is not None:
            self.push.start(connection_ids, reply.encode()).wait(BYE_BUDGET_S)
        bye = Bye(code=why.code, reason=why.reason, reconnect=why.reconnect)
        self.push.start(connection_ids, frames.event_frame("bye", bye)).wait(BYE_BUDGET_S)
        self.push.close(connection_ids, CLOSE_BUDGET_S)
        observability.info("connections_ended", count=len(connection_ids), code=why.code)

    def ask_flush(self, tenant_id: TenantId, flush_in_s: float | None) -> None:
        """Ask for a presence flush after a delay; a lost request heals at the next sweep."""
        if flush_in_s is not None:
            self.ask({"kind": "presence", "tenantId": tenant_id}, flush_in_s)

    def ask(self, record: Mapping[str, str], delay_s: float) -> None:
        """Ask for work after a delay; what cannot be asked for heals by sweep or heartbeat."""
        try:
            self.queue.ask(record, delay_s)
        except Unavailable as exc:
            observability.warning("flush_not_asked", cause=str(exc), kind=record["kind"])


def _about(event: str, data: Wire) -> About | None:
    if not isinstance(data, MessageView):
        return None
    return About(event, MessageId(data.message_id), data.seq)
