"""What tenants set for themselves, in memory."""

import secrets
from dataclasses import dataclass, field

from parley.domain.ids import TenantId
from parley.domain.policies import NO_SETTINGS, TenantSettings


@dataclass(slots=True)
class MemorySettingsStore:
    """`parley.ports.SettingsStore` in memory."""

    _settings: dict[TenantId, TenantSettings] = field(default_factory=dict)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def tenant_settings(self, tenant_id: TenantId) -> TenantSettings:
        """Return what a tenant set."""
        return self._settings.get(tenant_id, NO_SETTINGS)

    def put_tenant_settings(self, tenant_id: TenantId, settings: TenantSettings) -> None:
        """Replace what a tenant set."""
        self._settings[tenant_id] = settings

    def cursor_key(self) -> bytes:
        """Return the key."""
        return self._key
