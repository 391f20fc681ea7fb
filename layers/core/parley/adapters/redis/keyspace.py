"""Names of keys: all of a tenant's in one slot, and no two of them alike, whatever the ids."""

from parley.adapters.keys import encode
from parley.domain.ids import TenantId


class Keyspace:
    """Builds keys under one prefix."""

    def __init__(self, prefix: str) -> None:
        """Take the prefix that sets this deployment's keys apart from others."""
        self._prefix = prefix
        self.tenants = f"{prefix}:{{sys}}:tenants"

    def of(self, tenant_id: TenantId, *parts: str) -> str:
        """Return a key of a tenant. Injective: ids are escaped before they are joined."""
        name = ":".join(encode(part) for part in parts)
        return f"{self._prefix}:{{t:{encode(tenant_id)}}}:{name}"
