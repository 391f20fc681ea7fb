"""Delayed work: presence changes and receipts held back to travel together, late revocations.

While Redis is away there is nobody to tell, and no record may die of that: an alarm would ask
people to look at what heals by itself. What is told of presence waits in Redis, and whoever beats
next, or the sweep, asks for it again; receipts show in `room.get`; a revocation asks for itself
again until every connection of the time is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import TenantId, UserId
from parley.errors import CacheUnavailable
from parley.ports import Clock
from parley.services.presence import Presence
from parley.services.presence_updates import UNHURRIED_S
from parley.services.receipts import HeldReceipt, Receipts
from parley.services.revocation import Revocation

# A batch of ten ends within the function's 10 s, however slow the consumers of some tenants are.
BATCH_S = 6.0
LEAST_S = 0.25


@dataclass(frozen=True, slots=True)
class Flushes:
    """Carries out records of the flush queue; each may come twice, late or out of order."""

    presence: Presence
    receipts: Receipts
    revocation: Revocation
    clock: Clock

    def batch(self) -> "FlushBatch":
        """Begin to carry out some records, one after another."""
        return FlushBatch(self, self.clock.monotonic() + BATCH_S)

    def carry_out(self, record: Mapping[str, str], push_s: float = UNHURRIED_S) -> None:
        """Do what one record asks for, with so much time to announce presence.

        An unknown kind, of a newer version say, is left alone.
        """
        if record["kind"] == "presence":
            self._announce(TenantId(record["tenantId"]), push_s)
        elif record["kind"] == "receipt":
            self.receipts.flush(HeldReceipt.of_record(record))
        elif record["kind"] == "revoked":
            # Records of older versions do not say for how long to try.
            until = float(record.get("until", "inf"))
            user_id = UserId(record["userId"])
            self.revocation.finish(TenantId(record["tenantId"]), user_id, until)
        else:
            observability.warning("flush_kind_unknown", kind=record["kind"])

    def _announce(self, tenant_id: TenantId, push_s: float) -> None:
        try:
            self.presence.flush(tenant_id, push_s)
        except CacheUnavailable as exc:
            observability.warning("flush_left_to_sweep", cause=str(exc), tenant_id=tenant_id)


@dataclass(frozen=True, slots=True)
class FlushBatch:
    """Records that came together share the function's time: slow tenants take it from nobody."""

    flushes: Flushes
    deadline: float

    def carry_out(self, record: Mapping[str, str]) -> None:
        """Do what one record asks for."""
        left_s = self.deadline - self.flushes.clock.monotonic()
        self.flushes.carry_out(record, min(UNHURRIED_S, max(LEAST_S, left_s)))
