"""People, revocation, tickets and tenants' settings (DynamoDB)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile
from parley.domain.policies import TenantSettings


class UserStore(Protocol):
    """The directory of people, and revocation."""

    def remember(self, profile: Profile) -> Profile:
        """Store what a token said of a user, and that the tenant exists; return what is stored.

        What the token does not say (None) stays as it was; so does ``hides_reads``. Nothing is
        written where nothing is new.
        """
        ...

    def put(self, profile: Profile) -> Profile:
        """Store a profile as the customer's backend wants it; None removes. Else as `remember`."""
        ...

    def hide_reads(self, home: TenantId, user_id: UserId, *, hidden: bool) -> None:
        """Set whether nobody sees what this user has read."""
        ...

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users."""
        ...

    def search(
        self, tenant_id: TenantId, words: Sequence[str], after: str | None, limit: int
    ) -> tuple[list[Profile], str | None]:
        """Return users of a tenant of whom each word is a prefix of a name's word, or the e-mail.

        Args:
            tenant_id: Whose people.
            words: As `domain.directory.folded_words` gives them; none: everybody.
            after: Where the last page ended, as returned with it.
            limit: At most so many; fewer do not mean that there are no more.

        Returns:
            The profiles, and where the next page begins; None at the end.
        """
        ...

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        ...

    def tenants(self, after: TenantId | None, limit: int) -> list[TenantId]:
        """Return known tenants in a fixed order, from behind one of them on."""
        ...

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        ...

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        ...


class SettingsStore(Protocol):
    """What tenants set for themselves, and the deployment's own key."""

    def tenant_settings(self, tenant_id: TenantId) -> TenantSettings:
        """Return what a tenant set; nothing if it never did."""
        ...

    def put_tenant_settings(self, tenant_id: TenantId, settings: TenantSettings) -> None:
        """Replace what a tenant set."""
        ...

    def cursor_key(self) -> bytes:
        """Return the deployment's 32 random bytes that seal cursors; made at the first call."""
        ...


class TicketStore(Protocol):
    """Single-use tickets to connect with (SPEC §2). Keys are SHA-256 of the ticket."""

    def put(self, digest: str, claims: Mapping[str, str], expires_at: int) -> None:
        """Store a ticket until an epoch second."""
        ...

    def take(self, digest: str, now: int) -> dict[str, str] | None:
        """Consume a ticket: its claims the first time and before its end, else None. Atomic."""
        ...
