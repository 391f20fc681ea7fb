"""`RoomCache` in memory: the model of the one on Redis, and what tests and simulations use."""

import secrets
from collections.abc import Collection, Mapping, Sequence

from parley.adapters.memory.audience import live_targets
from parley.adapters.memory.server import KnownRoster, MemoryServer, Queue
from parley.adapters.millis import span_ms
from parley.adapters.preview import preview
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Head
from parley.domain.people import Connection
from parley.domain.presence import PresenceRules, Target
from parley.domain.rooms import Room, RoomType, Roster
from parley.errors import RateLimited
from parley.ports import Probe, RateLimit, Turn

_LOG_MS = 3_600_000
_QUEUE_MS = 5_000
_RECEIPT_MS = 1_000
# How long a roster is believed. A server that was rolled back by a failover may have one again with
# somebody who was removed since, and no mark against it: only reading the truth again ends that.
_ROSTER_MS = 60_000


class MemoryRoomCache:
    """What is known of rooms without asking the stores."""

    def __init__(self, server: MemoryServer, rules: PresenceRules | None = None) -> None:
        """Wire the cache.

        Args:
            server: The state, shared with `MemoryPresenceStore`.
            rules: When a token's end counts for pushes.
        """
        self._server = server
        self._rules = rules or PresenceRules()

    def probe(
        self,
        tenant_id: TenantId,
        connection: Connection,
        room_id: RoomId,
        limit: RateLimit | None,
        *,
        take_turn: bool = False,
        targets_up_to: int | None = None,
    ) -> Probe:
        """See `RoomCache.probe`."""
        with self._server.transition():
            if limit is not None:
                self._count(connection, limit)
            roster = self._roster(tenant_id, room_id)
            crowded = roster is not None and self._is_above(roster.room, targets_up_to)
            return Probe(
                roster=roster,
                head_seq=self._head_seq(tenant_id, room_id),
                turn=self._take_turn(tenant_id, room_id)
                if take_turn and roster and roster.admits(connection.caller)
                else None,
                targets=self._targets(roster) if roster and not crowded else (),
                sender_known=self._knows(connection),
                crowded=crowded,
            )

    def allow(self, connection: Connection, limit: RateLimit) -> None:
        """See `RoomCache.allow`."""
        with self._server.transition():
            self._count(connection, limit)

    def heads(self, tenant_id: TenantId, room_ids: Sequence[RoomId]) -> dict[RoomId, Head]:
        """See `RoomCache.heads`."""
        with self._server.transition():
            known = self._server.rooms[tenant_id].heads
            return {room_id: known[room_id] for room_id in room_ids if room_id in known}

    def raise_heads(self, tenant_id: TenantId, heads: Mapping[RoomId, Head]) -> None:
        """See `RoomCache.raise_heads`."""
        with self._server.transition():
            for room_id, head in heads.items():
                self._raise_head(tenant_id, room_id, head)

    def progress(self, tenant_id: TenantId, room_id: RoomId) -> tuple[int | None, int]:
        """See `RoomCache.progress`."""
        with self._server.transition():
            return self._head_seq(tenant_id, room_id), self._queue(tenant_id, room_id).served

    def end_turn(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        turn: Turn | None,
        head: Head | None = None,
        commit_s: float | None = None,
    ) -> None:
        """See `RoomCache.end_turn`."""
        with self._server.transition():
            queue = self._queue(tenant_id, room_id)
            if turn is not None:
                queue.leave(turn.ticket, has_committed=head is not None)
            if head is not None:
                self._raise_head(tenant_id, room_id, head)
                self._server.rooms[tenant_id].log[room_id] = self._server.now_ms()
            if commit_s is not None:
                queue.cost_ms = min(max(0.8 * queue.cost_ms + 0.2 * commit_s * 1000, 1), 200)

    def put_roster(self, roster: Roster) -> None:
        """See `RoomCache.put_roster`."""
        room = roster.room
        with self._server.transition():
            rosters = self._server.rooms[room.tenant_id].rosters
            if room.room_id not in rosters or rosters[room.room_id].rev <= room.rev:
                until_ms = self._server.now_ms() + _ROSTER_MS
                rosters[room.room_id] = KnownRoster(room.rev, roster, until_ms)

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """See `RoomCache.roster`."""
        with self._server.transition():
            return self._roster(tenant_id, room_id)

    def drop_roster(self, tenant_id: TenantId, room_id: RoomId, rev: int) -> None:
        """See `RoomCache.drop_roster`."""
        with self._server.transition():
            rosters = self._server.rooms[tenant_id].rosters
            if room_id not in rosters or rosters[room_id].rev < rev:
                rosters[room_id] = KnownRoster(rev)

    def log_changes(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> None:
        """See `RoomCache.log_changes`."""
        if not room_ids:
            return
        with self._server.transition():
            now = self._server.now_ms()
            state = self._server.rooms[tenant_id]
            state.log.update(dict.fromkeys(room_ids, now))
            state.log = {room: at for room, at in state.log.items() if at > now - _LOG_MS}
            self._epoch(tenant_id)

    def add_rooms(
        self, tenant_id: TenantId, user_id: UserId, room_ids: Collection[RoomId], *, complete: bool
    ) -> None:
        """See `RoomCache.add_rooms`."""
        with self._server.transition():
            state = self._server.rooms[tenant_id]
            state.rooms_of[user_id].update(room_ids)
            if complete:
                state.complete.add(user_id)

    def changed_since(
        self, tenant_id: TenantId, user_id: UserId, since: float
    ) -> tuple[str, list[RoomId] | None]:
        """See `RoomCache.changed_since`."""
        with self._server.transition():
            epoch = self._epoch(tenant_id)
            state = self._server.rooms[tenant_id]
            if user_id not in state.complete:
                return epoch, None
            mine, since_ms = state.rooms_of[user_id], int(since * 1000)
            if since_ms < self._server.now_ms() - _LOG_MS:
                return epoch, sorted(mine)
            return epoch, sorted(room for room in mine if state.log.get(room, -1) >= since_ms)

    def epoch(self, tenant_id: TenantId) -> str:
        """See `RoomCache.epoch`."""
        with self._server.transition():
            return self._epoch(tenant_id)

    def may_push_receipt(
        self, tenant_id: TenantId, room_id: RoomId, user_id: UserId, *, held: bool = False
    ) -> str:
        """See `RoomCache.may_push_receipt`."""
        with self._server.transition():
            now = self._server.now_ms()
            receipts = self._server.rooms[tenant_id].receipts
            until, asked = receipts.get((room_id, user_id), (0, False))
            if until <= now:
                receipts[room_id, user_id] = (now + _RECEIPT_MS, False)
                return "now"
            receipts[room_id, user_id] = (until, True)
            return "never" if asked and not held else "later"

    def _count(self, connection: Connection, limit: RateLimit) -> None:
        caller, now = connection.caller, self._server.now_ms()
        attempts = self._server.rooms[caller.tenant_id].attempts[limit.name, caller.user_id]
        wait = 0
        for count, seconds in limit.windows:
            span = span_ms(seconds)
            inside = sorted(at for at in attempts if at > now - span)
            if len(inside) >= count:
                wait = max(wait, inside[-count] + span - now)
        if wait > 0:
            raise RateLimited(wait / 1000)
        attempts.append(now)

    def _take_turn(self, tenant_id: TenantId, room_id: RoomId) -> Turn:
        queue = self._queue(tenant_id, room_id)
        queue.ticket += 1
        ahead = max(0, queue.ticket - 1 - queue.served)
        return Turn(queue.ticket, ahead, queue.cost_ms / 1000)

    def _queue(self, tenant_id: TenantId, room_id: RoomId) -> Queue:
        """Return a room's queue; one that nobody touched for a while is empty."""
        queues, now = self._server.rooms[tenant_id].queues, self._server.now_ms()
        queue = queues[room_id]
        if now - queue.touched_ms >= _QUEUE_MS:
            queue = queues[room_id] = Queue()
        queue.touched_ms = now
        return queue

    def _raise_head(self, tenant_id: TenantId, room_id: RoomId, head: Head) -> None:
        heads = self._server.rooms[tenant_id].heads
        known = heads.get(room_id)
        if known is None or _order(head) > _order(known):
            last = preview(head.last_message) if head.last_message else None
            heads[room_id] = Head(head.last_seq, last)

    def _head_seq(self, tenant_id: TenantId, room_id: RoomId) -> int | None:
        head = self._server.rooms[tenant_id].heads.get(room_id)
        return head.last_seq if head else None

    def _roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        known = self._server.rooms[tenant_id].rosters.get(room_id)
        is_fresh = known is not None and known.until_ms > self._server.now_ms()
        return known.roster if known and is_fresh else None

    def _is_above(self, room: Room, people: int | None) -> bool:
        if people is None or not room.is_open:
            return people is not None and room.member_count > people
        space_id = _space_of(room)
        connected = self._server.presence[room.tenant_id].conns.values()
        may = sum(
            space_id is None or any(space_id in entry.spaces for entry in entries)
            for entries in connected
        )
        return max(room.member_count, may) > people

    def _targets(self, roster: Roster) -> tuple[Target, ...]:
        room, now = roster.room, self._server.now_ms()
        state = self._server.presence[room.tenant_id]
        users = list(state.conns) if room.is_open else roster.members
        space_id = _space_of(room)
        return tuple(live_targets(room.tenant_id, state, users, now, self._rules, space_id))

    def _knows(self, connection: Connection) -> bool:
        caller, now = connection.caller, self._server.now_ms()
        entries = self._server.presence[caller.tenant_id].conns.get(caller.user_id, [])
        return any(
            entry.connection_id == connection.connection_id and entry.registered_until > now
            for entry in entries
        )

    def _epoch(self, tenant_id: TenantId) -> str:
        state = self._server.rooms[tenant_id]
        if state.epoch is None:
            state.epoch = secrets.token_hex(8)
        return state.epoch


def _space_of(room: Room) -> SpaceId | None:
    # No token names the empty space: a channel without one is nobody's, not everybody's.
    return (room.space_id or SpaceId("")) if room.type is RoomType.CHANNEL else None


def _order(head: Head) -> tuple[int, int]:
    return head.last_seq, head.last_message.rev if head.last_message else -1
