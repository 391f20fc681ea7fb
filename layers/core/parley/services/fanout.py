"""Fan-out: events for more connections than the sender of a message can push to (SPEC §5.8)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parley import observability
from parley.domain.ids import ConnectionId
from parley.domain.presence import Target
from parley.domain.rooms import Roster
from parley.errors import CacheUnavailable
from parley.ports import PresenceStore, RoomCache, RoomStore
from parley.services import push_log
from parley.services.delivery import Delivery, Sending
from parley.services.fanout_records import (
    SHARD_CONNECTIONS,
    Origin,
    RoomEvent,
    Shard,
    read_record,
    shards_of,
)
from parley.services.reach import all_targets

# Nobody waits for a reply here; well below the function's timeout.
BUDGET_S = 5.0
# A shard that is older may name people who have left its room since (SPEC §2: within 5 s).
FRESH_S = 4.0
# By then everybody's heartbeat has found what it tells of, or does as soon as Redis is back.
OUTDATED_S = 45.0


@dataclass(frozen=True, slots=True)
class FanOut:
    """Carries out records of the fan-out queue; each may come twice, late or out of order.

    A shard is pushed. An event for a whole room is split into shards, for other invocations to
    push at the same time, while the last of them is pushed here.
    """

    rooms: RoomStore
    cache: RoomCache
    presence: PresenceStore
    delivery: Delivery

    def batch(self) -> "FanOutBatch":
        """Begin to carry out some records together."""
        return FanOutBatch(self)

    def begin(self, record: Mapping[str, Any]) -> list[Sending]:
        """Begin what one record asks for.

        An unknown kind, of a newer version say, is left alone: its events are found by heartbeats.

        Raises:
            CacheUnavailable: Redis is away, and the event is new enough to try again.
        """
        wanted = read_record(record)
        if wanted is None:
            observability.warning("fan_out_unknown", kind=record["kind"], version=record["v"])
            return []
        try:
            return self._begun(wanted)
        except CacheUnavailable as exc:
            if not self._is_outdated(wanted.origin):
                raise
            observability.warning("fan_out_left_to_heartbeats", cause=str(exc))
            return []

    def _is_outdated(self, origin: Origin | None) -> bool:
        now = self.delivery.clock.now().timestamp()
        return origin is not None and now - origin.at > OUTDATED_S

    def _begun(self, wanted: Shard | RoomEvent) -> list[Sending]:
        if isinstance(wanted, Shard):
            targets = self._still_in(wanted)
            return [self.delivery.start_frame(targets, wanted.frame, wanted.origin)]
        return self._spread(wanted)

    def _still_in(self, shard: Shard) -> Collection[Target]:
        """Return a shard's connections; of one that waited long those whose people are in still.

        It waits long behind many others, when its function was killed, or as a dead letter.
        """
        origin = shard.origin
        now = self.delivery.clock.now().timestamp()
        if origin is None or now - origin.at <= FRESH_S:
            return shard.targets
        roster = self._roster(origin)
        if roster is None:
            return ()
        still = {t.connection_id for part in all_targets(self.presence, roster) for t in part}
        return [target for target in shard.targets if target.connection_id in still]

    def _spread(self, event: RoomEvent) -> list[Sending]:
        origin = event.origin
        roster = self._roster(origin)
        if roster is None:
            observability.info("fan_out_without_room", room_id=origin.room_id)
            return []
        rest: list[Target] = []
        total = 0
        for part in self._parts(roster, event.without):
            total += len(part)
            rest += part
            whole = (len(rest) - 1) // SHARD_CONNECTIONS * SHARD_CONNECTIONS
            if whole > 0:
                shards = shards_of(event.frame, rest[:whole], origin)
                self.delivery.fanout.ask([shard.record() for shard in shards])
                rest = rest[whole:]
        push_log.spread(origin, total)
        return [self.delivery.start_frame(rest, event.frame, origin)] if rest else []

    def _parts(self, roster: Roster, without: ConnectionId) -> Iterator[Sequence[Target]]:
        """Yield the connections of a room, each once."""
        seen = {without}
        for part in all_targets(self.presence, roster):
            fresh = [target for target in part if target.connection_id not in seen]
            seen.update(target.connection_id for target in fresh)
            yield fresh

    def _roster(self, origin: Origin) -> Roster | None:
        known = self.cache.roster(origin.tenant_id, origin.room_id)
        if known is not None:
            return known
        stored = self.rooms.roster(origin.tenant_id, origin.room_id)
        if stored is not None:
            self.cache.put_roster(stored)
        return stored


@dataclass(slots=True)
class FanOutBatch:
    """Records that came together: all are begun before any is waited for.

    So a slow consumer of one shard delays no other.
    """

    fan_out: FanOut
    _sendings: list[Sending] = field(default_factory=list)

    def carry_out(self, record: Mapping[str, Any]) -> None:
        """Begin what one record asks for; raises what keeps it from being read or begun."""
        self._sendings += self.fan_out.begin(record)

    def finish(self) -> None:
        """Wait for the posts; those that fail are left to the recipients' next heartbeat."""
        self.fan_out.delivery.finish(*self._sendings, budget_s=BUDGET_S)
