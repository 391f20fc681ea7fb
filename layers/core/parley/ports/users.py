"""People, revocation and tickets (DynamoDB)."""

from collections.abc import Collection, Mapping
from typing import Protocol

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile


class UserStore(Protocol):
    """Profiles and revocation."""

    def remember(self, profile: Profile) -> None:
        """Store what a token said of a user, and that the tenant exists."""
        ...

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users."""
        ...

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        ...

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        ...

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        ...


class TicketStore(Protocol):
    """Single-use tickets to connect with (SPEC §2). Keys are SHA-256 of the ticket."""

    def put(self, digest: str, claims: Mapping[str, str], expires_at: int) -> None:
        """Store a ticket until an epoch second."""
        ...

    def take(self, digest: str, now: int) -> dict[str, str] | None:
        """Consume a ticket: its claims the first time and before its end, else None. Atomic."""
        ...
