"""Delayed work: presence changes and receipts held back to travel together, late revocations."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import TenantId, UserId
from parley.services.presence import Presence
from parley.services.receipts import HeldReceipt, Receipts
from parley.services.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Flushes:
    """Carries out records of the flush queue; each may come twice, late or out of order."""

    presence: Presence
    receipts: Receipts
    revocation: Revocation

    def carry_out(self, record: Mapping[str, str]) -> None:
        """Do what one record asks for. An unknown kind, of a newer version say, is left alone."""
        if record["kind"] == "presence":
            self.presence.flush(TenantId(record["tenantId"]))
        elif record["kind"] == "receipt":
            self.receipts.flush(HeldReceipt.of_record(record))
        elif record["kind"] == "revoked":
            self.revocation.finish(TenantId(record["tenantId"]), UserId(record["userId"]))
        else:
            observability.warning("flush_kind_unknown", kind=record["kind"])
