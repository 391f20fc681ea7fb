"""Profiles, tenants and revocation in memory."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import RLock

from parley.adapters.homes import home_of
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile


@dataclass(slots=True)
class MemoryUserStore:
    """`parley.ports.UserStore` in memory."""

    _profiles: dict[tuple[TenantId, UserId], Profile] = field(default_factory=dict)
    _tenants: set[TenantId] = field(default_factory=set)
    _revoked: dict[tuple[TenantId, UserId], int] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def remember(self, profile: Profile) -> None:
        """Store what a token said of a user, and that the tenant exists."""
        home = home_of(profile.tenant_id, profile.user_id)
        with self._lock:
            self._tenants.add(profile.tenant_id)
            self._profiles[home, profile.user_id] = replace(profile, tenant_id=home)

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users."""
        with self._lock:
            found = {
                user_id: self._profiles.get((home_of(tenant_id, user_id), user_id))
                for user_id in user_ids
            }
        return {user_id: profile for user_id, profile in found.items() if profile is not None}

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        with self._lock:
            return tenant_id in self._tenants

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        with self._lock:
            return self._revoked.get((home, user_id), 0)

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        with self._lock:
            self._revoked[home, user_id] = max(before, self._revoked.get((home, user_id), 0))
