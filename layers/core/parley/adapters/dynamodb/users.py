"""People in DynamoDB: profiles, tenants that were seen, and revocation."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.errors import ConditionFailed
from parley.adapters.dynamodb.table import Table, Update, key_of
from parley.adapters.homes import home_of
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile

MAX_SEEN_TENANTS = 10_000


@dataclass(frozen=True, slots=True)
class DynamoUserStore:
    """`parley.ports.UserStore` on DynamoDB."""

    table: Table
    _seen: set[TenantId] = field(default_factory=set, repr=False)

    def remember(self, profile: Profile) -> None:
        """Store what a token said of a user, and that the tenant exists; one or two requests."""
        home = home_of(profile.tenant_id, profile.user_id)
        self._see(profile.tenant_id)
        self.table.put(layout.profile_key(home, profile.user_id), items.profile_item(profile))

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users; one request for 100 of them."""
        wanted = {layout.profile_key(home_of(tenant_id, user), user): user for user in user_ids}
        found = {wanted[key_of(item)]: item for item in self.table.batch_get(wanted)}
        return {
            user: items.profile_of(item, home_of(tenant_id, user), user)
            for user, item in found.items()
        }

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        return self.table.get(layout.tenant_key(tenant_id)) is not None

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        item = self.table.get(layout.revoked_key(home, user_id))
        return 0 if item is None else items.read_number(item, "before")

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        update = Update(
            layout.revoked_key(home, user_id),
            "SET #before = :before",
            {"#before": "before"},
            {":before": {"N": str(before)}},
            "attribute_not_exists(#before) OR #before < :before",
        )
        # Where the condition does not hold, a later second is there already.
        with suppress(ConditionFailed):
            self.table.update(update)

    def _see(self, tenant_id: TenantId) -> None:
        # Once a process: everybody of a tenant who reconnects would write to this one item.
        if tenant_id in self._seen:
            return
        self.table.put(layout.tenant_key(tenant_id), {})
        if len(self._seen) < MAX_SEEN_TENANTS:
            self._seen.add(tenant_id)
