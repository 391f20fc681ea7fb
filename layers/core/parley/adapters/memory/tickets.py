"""Tickets in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import RLock


@dataclass(slots=True)
class MemoryTicketStore:
    """`parley.ports.TicketStore` in memory."""

    _tickets: dict[str, tuple[dict[str, str], int]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def put(self, digest: str, claims: Mapping[str, str], expires_at: int) -> None:
        """Store a ticket until an epoch second."""
        with self._lock:
            self._tickets[digest] = dict(claims), expires_at

    def take(self, digest: str, now: int) -> dict[str, str] | None:
        """Consume a ticket: its claims the first time and before its end, else None."""
        with self._lock:
            claims, expires_at = self._tickets.pop(digest, ({}, 0))
            return claims if expires_at > now else None
