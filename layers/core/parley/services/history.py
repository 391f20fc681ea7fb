"""Past messages, and where rooms end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import EMPTY_HEAD, Head, Message
from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from parley.ports import RoomCache
from parley.protocol import frames
from parley.protocol.commands import ReadHistory
from parley.protocol.views import HistoryReply, MessageView
from parley.services import recovery_log
from parley.services.kept import KeptMessages
from parley.services.policies import Policies
from parley.services.room_access import RoomAccess
from parley.services.views import MESSAGE_BYTES, PAGE_BYTES, message_view

HEADS_A_CHUNK = 25


@dataclass(frozen=True, slots=True)
class History:
    """Reads messages and room ends, strongly consistent."""

    access: RoomAccess
    messages: KeptMessages
    cache: RoomCache
    policies: Policies

    def read(
        self,
        connection: Connection,
        command: ReadHistory,
        page_bytes: int = PAGE_BYTES,
        message_bytes: int = MESSAGE_BYTES,
    ) -> HistoryReply:
        """Return one page of a room's messages, ascending; ends early at its size (SPEC §3).

        Args:
            connection: Who asks.
            command: Which messages.
            page_bytes: What the page may take, encoded: a frame, unless REST asks.
            message_bytes: What one message may take, at most a page: larger ones are cut.
        """
        limit = self.policies.of(connection.caller).request
        entered = self.access.enter(connection, command.room_id, limit, targets_up_to=0)
        if entered.room.is_open:
            # Whoever reads it has seen it: the cursors begin here (SPEC §5.5).
            self.access.side(connection.caller, entered.room)
        newest = command.after is None
        found = self.messages.page(
            entered.room.tenant_id,
            entered.room.room_id,
            after=command.after or 0,
            before=command.before,
            limit=command.limit + 1,
            newest=newest,
        )
        wanted = found[-command.limit :] if newest else found[: command.limit]
        views = fitting(wanted, page_bytes, message_bytes, from_end=newest)
        if command.before is None:
            # The end of a room, or what follows a gap; who scrolls back recovers nothing.
            recovery_log.read_history(connection, command.room_id, views)
        return HistoryReply(messages=views, has_more=len(views) < len(found))

    def heads(self, tenant_id: TenantId, hints: Mapping[RoomId, int | None]) -> dict[RoomId, Head]:
        """Return the true ends of rooms, given what is believed of them.

        A belief ``n`` is right if message ``n`` exists and ``n + 1`` does not: there are no holes.
        So all rights ones cost one batch read together, and each wrong one a query. Where messages
        expire, a second batch tells of those whose last one is gone.
        """
        places = {(room_id, seq + step) for room_id, seq in hints.items() if seq for step in (0, 1)}
        places |= {(room_id, 1) for room_id, seq in hints.items() if seq == 0}
        there = self.messages.stored(tenant_id, places) if places else {}
        ends = self._ends(tenant_id, hints, there)
        return {
            room_id: self._head(tenant_id, room_id, seq, there, ends)
            for room_id, seq in hints.items()
        }

    def _ends(
        self,
        tenant_id: TenantId,
        hints: Mapping[RoomId, int | None],
        there: Mapping[tuple[RoomId, int], Message],
    ) -> Mapping[RoomId, int]:
        """Return the ends of rooms whose last message may be gone."""
        if not self.messages.expire(tenant_id):
            return {}
        gone = [room_id for room_id, seq in hints.items() if seq and (room_id, seq) not in there]
        return self.messages.ends(tenant_id, gone) if gone else {}

    def _head(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        seq: int | None,
        there: Mapping[tuple[RoomId, int], Message],
        ends: Mapping[RoomId, int],
    ) -> Head:
        if seq is not None and (room_id, seq + 1) not in there:
            if seq == 0:
                return EMPTY_HEAD
            if (room_id, seq) in there:
                return Head(seq, self.messages.shown(tenant_id, there[(room_id, seq)]))
            if ends.get(room_id) == seq:
                return Head(seq)
        return self.messages.head(tenant_id, room_id)

    def cached_heads(self, tenant_id: TenantId, room_ids: Sequence[RoomId]) -> dict[RoomId, Head]:
        """Return what the cache believes of these rooms; the missing ones are read and kept.

        Each of those costs a query, one after another. They are kept chunk by chunk, so that a
        call which is cut off leaves less to do for the next one.
        """
        try:
            heads = self.cache.heads(tenant_id, room_ids)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))
            return {room_id: self.messages.head(tenant_id, room_id) for room_id in room_ids}
        missing = [room_id for room_id in room_ids if room_id not in heads]
        for start in range(0, len(missing), HEADS_A_CHUNK):
            chunk = missing[start : start + HEADS_A_CHUNK]
            read = {room_id: self.messages.head(tenant_id, room_id) for room_id in chunk}
            self._keep(tenant_id, read)
            heads = {**heads, **read}
        return heads

    def _keep(self, tenant_id: TenantId, heads: Mapping[RoomId, Head]) -> None:
        try:
            self.cache.raise_heads(tenant_id, heads)
        except CacheUnavailable as exc:
            observability.warning("cache_unavailable", cause=str(exc))


def fitting(
    messages: Sequence[Message],
    max_bytes: int,
    message_bytes: int = MESSAGE_BYTES,
    *,
    from_end: bool,
) -> list[MessageView]:
    """Show as many messages as fit, in the given order, from either end."""
    kept: list[MessageView] = []
    left = max_bytes
    for message in reversed(messages) if from_end else messages:
        view = message_view(message, message_bytes)
        left -= frames.size_bytes(view) + 1
        if left < 0:
            break
        kept.append(view)
    return kept[::-1] if from_end else kept
