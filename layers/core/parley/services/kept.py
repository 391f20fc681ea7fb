"""Messages less what retention took: the one place where that is decided (SPEC §6).

The store removes messages late and in any order, and those from before the tenant's setting by and
by; so whatever reads messages reads them here, where each one's age is held against the setting
that is in force.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import Draft, Head, Message
from parley.domain.retention import Horizon
from parley.ports import (
    Clock,
    Contended,
    MessageStore,
    Repeated,
    Stored,
    Taken,
    Unknown,
)
from parley.services.policies import Policies

Places = Collection[tuple[RoomId, int]]
Found = dict[tuple[RoomId, int], Message]


@dataclass(frozen=True, slots=True)
class KeptMessages:
    """`MessageStore` without what is hidden; in a tenant that keeps everything it costs nothing."""

    store: MessageStore
    policies: Policies
    clock: Clock

    def append(self, draft: Draft, seq: int) -> Stored | Repeated | Taken | Contended | Unknown:
        """See `MessageStore.append`; a repeat of what is hidden gets a tombstone."""
        outcome = self.store.append(draft, seq)
        if isinstance(outcome, Repeated):
            return Repeated(self._horizon(draft.tenant_id).remains_of(outcome.message))
        return outcome

    def found(self, draft: Draft) -> Message | None:
        """See `MessageStore.found`; of what is hidden a tombstone."""
        first = self.store.found(draft)
        return None if first is None else self._horizon(draft.tenant_id).remains_of(first)

    def head(self, tenant_id: TenantId, room_id: RoomId) -> Head:
        """Return the room's end, which stays where it is when its message is hidden."""
        head = self.store.head(tenant_id, room_id)
        return Head(head.last_seq, self.shown(tenant_id, head.last_message))

    def get(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> Message | None:
        """Return one message, unless it is hidden."""
        return self.shown(tenant_id, self.store.get(tenant_id, room_id, seq))

    def at(self, tenant_id: TenantId, places: Places) -> Found:
        """See `MessageStore.at`."""
        horizon = self._horizon(tenant_id)
        found = self.store.at(tenant_id, places)
        return {place: message for place, message in found.items() if not horizon.hides(message)}

    def stored(self, tenant_id: TenantId, places: Places) -> Found:
        """Return what is stored at these places, hidden or not: it tells where rooms end."""
        return self.store.at(tenant_id, places)

    def ends(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> Mapping[RoomId, int]:
        """See `MessageStore.ends`."""
        return self.store.ends(tenant_id, room_ids)

    def shown(self, tenant_id: TenantId, message: Message | None) -> Message | None:
        """Return a message, unless it is hidden."""
        is_hidden = message is not None and self._horizon(tenant_id).hides(message)
        return None if is_hidden else message

    def expire(self, tenant_id: TenantId) -> bool:
        """Tell whether a tenant's messages end by themselves now."""
        return self.policies.of_tenant(tenant_id).retention_days > 0

    def page(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int,
        newest: bool,
    ) -> list[Message]:
        """See `MessageStore.page`; from the lower end it begins behind what is hidden.

        That is one start more, seldom a few: where the time that messages are kept went up and
        down while the room was written in.
        """
        if newest:
            return self._newest(tenant_id, room_id, after, before, limit)
        horizon = self._horizon(tenant_id)
        while True:
            found = self.store.page(
                tenant_id, room_id, after=after, before=before, limit=limit, newest=False
            )
            shown = horizon.shown(found)
            if len(shown) == len(found) or len(found) < limit:
                return shown
            first = shown[0].seq if shown else None
            if first is None:
                first = self._first_shown(tenant_id, room_id, found[-1].seq, before, horizon)
            if first is None:
                return []
            after = first - 1

    def _newest(
        self, tenant_id: TenantId, room_id: RoomId, after: int, before: int | None, limit: int
    ) -> list[Message]:
        horizon = self._horizon(tenant_id)
        found = self.store.page(
            tenant_id, room_id, after=after, before=before, limit=limit, newest=True
        )
        shown = horizon.shown(found)
        if not shown or before is None or shown[-1].seq == before - 1:
            return shown
        if not horizon.days and not shown[-1].kept_days:
            return shown
        # The message above these is either yet to be written, or gone; then these are, too.
        is_gone = self.store.ends(tenant_id, [room_id]).get(room_id, 0) >= before - 1
        return [] if is_gone else shown

    def _first_shown(
        self, tenant_id: TenantId, room_id: RoomId, low: int, before: int | None, horizon: Horizon
    ) -> int | None:
        """Return the first shown `seq` above a hidden one, by halving: few requests of one item."""
        end = self.store.head(tenant_id, room_id).last_seq
        high = end if before is None else min(end, before - 1)
        first: int | None = None
        while low < high:
            middle = (low + high + 1) // 2
            found = self.store.page(
                tenant_id, room_id, after=middle - 1, before=high + 1, limit=1, newest=False
            )
            if found and horizon.hides(found[0]):
                low = found[0].seq
            else:
                first = found[0].seq if found else first
                high = middle - 1
        return first

    def _horizon(self, tenant_id: TenantId) -> Horizon:
        return Horizon(self.clock.now(), self.policies.of_tenant(tenant_id).retention_days)
