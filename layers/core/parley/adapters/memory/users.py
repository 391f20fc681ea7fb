"""Profiles, the directory, tenants and revocation in memory."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock

from parley.domain.directory import matches
from parley.domain.ids import TenantId, UserId, home_of
from parley.domain.people import Profile


@dataclass(slots=True)
class MemoryUserStore:
    """`parley.ports.UserStore` in memory."""

    _profiles: dict[tuple[TenantId, UserId], Profile] = field(default_factory=dict)
    _listed: set[tuple[TenantId, UserId]] = field(default_factory=set)
    _tenants: set[TenantId] = field(default_factory=set)
    _revoked: dict[tuple[TenantId, UserId], int] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def remember(self, profile: Profile) -> Profile:
        """Store what a token said of a user, and that the tenant exists."""
        return self._store(profile, Profile.told)

    def put(self, profile: Profile) -> Profile:
        """Store a profile as the customer's backend wants it."""
        return self._store(profile, Profile.replaced)

    def _store(self, said: Profile, combine: Callable[[Profile, Profile], Profile]) -> Profile:
        home, user_id = home_of(said.tenant_id, said.user_id), said.user_id
        with self._lock:
            self._tenants.add(said.tenant_id)
            self._listed.add((home, user_id))
            stored = combine(self._known(home, user_id), said)
            self._profiles[home, user_id] = stored
            return stored

    def _known(self, home: TenantId, user_id: UserId) -> Profile:
        return self._profiles.get((home, user_id), Profile(home, user_id))

    def hide_reads(self, home: TenantId, user_id: UserId, *, hidden: bool) -> None:
        """Set whether nobody sees what this user has read."""
        with self._lock:
            known = self._known(home, user_id)
            self._profiles[home, user_id] = replace(known, hides_reads=hidden)

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users."""
        with self._lock:
            found = {
                user_id: self._profiles.get((home_of(tenant_id, user_id), user_id))
                for user_id in user_ids
            }
        return {user_id: profile for user_id, profile in found.items() if profile is not None}

    def search(
        self, tenant_id: TenantId, words: Sequence[str], after: str | None, limit: int
    ) -> tuple[list[Profile], str | None]:
        """Return users whose words begin with these, in order of their ids."""
        with self._lock:
            listed = sorted(user for home, user in self._listed if home == tenant_id)
            people = [self._profiles[tenant_id, user] for user in listed if user > (after or "")]
        found = [profile for profile in people if matches(profile, words)]
        page = found[:limit]
        return page, page[-1].user_id if len(found) > limit else None

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        with self._lock:
            return tenant_id in self._tenants

    def tenants(self, after: TenantId | None, limit: int) -> list[TenantId]:
        """Return known tenants in their order, from behind one of them on."""
        with self._lock:
            return sorted(tenant for tenant in self._tenants if tenant > (after or ""))[:limit]

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        with self._lock:
            return self._revoked.get((home, user_id), 0)

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        with self._lock:
            self._revoked[home, user_id] = max(before, self._revoked.get((home, user_id), 0))
