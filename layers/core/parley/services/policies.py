"""What a tenant's people may do: the deployment's defaults unless the tenant set its own."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from parley import observability
from parley.domain.ids import TenantId
from parley.domain.people import Caller
from parley.domain.policies import TenantSettings
from parley.errors import StoreUnavailable
from parley.ports import RateLimit, SettingsStore

# How long a changed setting may take to be followed everywhere.
REREAD_AFTER_S = 10.0
MAX_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of one tenant's people (SPEC §6)."""

    body_max_chars: int
    messages_per_10s: int
    messages_per_minute: int
    typing_per_minute: int
    receipts_per_minute: int
    requests_per_minute: int
    connects_per_minute: int
    connections_per_user: int
    rooms_per_user: int
    open_rooms_max: int
    group_members_max: int
    retention_days: int

    @property
    def message(self) -> RateLimit:
        """Return the limit of sending."""
        return RateLimit("message", ((self.messages_per_10s, 10), (self.messages_per_minute, 60)))

    @property
    def typing(self) -> RateLimit:
        """Return the limit of saying that one types."""
        return RateLimit("typing", ((self.typing_per_minute, 60),))

    @property
    def receipt(self) -> RateLimit:
        """Return the limit of moving cursors."""
        return RateLimit("receipt", ((self.receipts_per_minute, 60),))

    @property
    def request(self) -> RateLimit:
        """Return the limit of everything else."""
        return RateLimit("request", ((self.requests_per_minute, 60),))

    @property
    def connect(self) -> RateLimit:
        """Return the limit of opening connections."""
        return RateLimit("connect", ((self.connects_per_minute, 60),))

    @property
    def ticket(self) -> RateLimit:
        """Return the limit of getting tickets: one for each connection."""
        return RateLimit("ticket", ((self.connects_per_minute, 60),))


@dataclass(frozen=True, slots=True)
class Policies:
    """Knows each tenant's policy; a change is followed within ten seconds."""

    store: SettingsStore
    defaults: Policy
    monotonic: Callable[[], float]
    _known: dict[TenantId, tuple[float, Policy]] = field(default_factory=dict, repr=False)

    def of(self, caller: Caller) -> Policy:
        """Return the policy of a caller's tenant; one read in ten seconds a process and tenant."""
        return self.of_tenant(caller.tenant_id)

    def of_tenant(self, tenant_id: TenantId) -> Policy:
        """Return a tenant's policy; in manage scope a room's is not the caller's."""
        now = self.monotonic()
        known = self._known.get(tenant_id)
        if known and now < known[0]:
            return known[1]
        try:
            policy = merged(self.defaults, self.store.tenant_settings(tenant_id))
        except StoreUnavailable as exc:
            if known is None:
                raise
            observability.warning("settings_not_read", cause=str(exc), tenant_id=tenant_id)
            policy = known[1]
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[tenant_id] = (now + REREAD_AFTER_S, policy)
        return policy


def merged(defaults: Policy, settings: TenantSettings) -> Policy:
    """Return the defaults with what a tenant set instead."""
    chosen = {name: value for name, value in asdict(settings).items() if value is not None}
    return replace(defaults, **chosen)
