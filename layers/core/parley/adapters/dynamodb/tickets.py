"""Tickets in DynamoDB: consumed by a conditional delete, which only one can win."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.errors import ConditionFailed, telling_doubt
from parley.adapters.dynamodb.table import Table


@dataclass(frozen=True, slots=True)
class DynamoTicketStore:
    """`parley.ports.TicketStore` on DynamoDB."""

    table: Table

    def put(self, digest: str, claims: Mapping[str, str], expires_at: int) -> None:
        """Store a ticket until an epoch second."""
        with telling_doubt():
            self.table.put(layout.ticket_key(digest), items.ticket_item(claims, expires_at))

    def take(self, digest: str, now: int) -> dict[str, str] | None:
        """Consume a ticket: its claims the first time and before its end, else None.

        One delete, atomic. Expired tickets stay in the table for up to two days, so their end is
        compared here. When the answer is lost the ticket may be gone: ask for a new one.
        """
        try:
            with telling_doubt():
                ticket = self.table.take(layout.ticket_key(digest))
        except ConditionFailed:
            return None
        return items.claims_of(ticket) if items.read_number(ticket, "ttl") > now else None
