"""Delayed work: presence changes and receipts that were held back to travel together."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import ConnectionId, RoomId, TenantId, UserId
from parley.domain.people import Scope
from parley.services.presence import Presence
from parley.services.receipts import HeldReceipt, Receipts


@dataclass(frozen=True, slots=True)
class Flushes:
    """Carries out records of the flush queue; each may come twice, late or out of order."""

    presence: Presence
    receipts: Receipts

    def carry_out(self, record: Mapping[str, str]) -> None:
        """Do what one record asks for. An unknown kind, of a newer version say, is left alone."""
        if record["kind"] == "presence":
            self.presence.flush(TenantId(record["tenantId"]))
        elif record["kind"] == "receipt":
            self.receipts.flush(
                HeldReceipt(
                    TenantId(record["tenantId"]),
                    RoomId(record["roomId"]),
                    UserId(record["userId"]),
                    Scope(record["scope"]),
                    ConnectionId(record["connectionId"]),
                )
            )
        else:
            observability.warning("flush_kind_unknown", kind=record["kind"])
