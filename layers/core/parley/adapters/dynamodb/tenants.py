"""What tenants set for themselves, and the key that seals cursors, in DynamoDB."""

import secrets
from dataclasses import asdict, dataclass, fields

from parley.adapters.dynamodb import layout
from parley.adapters.dynamodb.errors import ConditionFailed, telling_doubt
from parley.adapters.dynamodb.items import Item, number
from parley.adapters.dynamodb.table import Table, Update
from parley.domain.ids import TenantId
from parley.domain.policies import NO_SETTINGS, TenantSettings

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class DynamoSettingsStore:
    """`parley.ports.SettingsStore` on DynamoDB."""

    table: Table

    def tenant_settings(self, tenant_id: TenantId) -> TenantSettings:
        """Return what a tenant set; one read."""
        item = self.table.get(layout.settings_key(tenant_id))
        if item is None:
            return NO_SETTINGS
        names = [field.name for field in fields(TenantSettings) if field.name in item]
        return TenantSettings(**{name: int(item[name]["N"]) for name in names})

    def put_tenant_settings(self, tenant_id: TenantId, settings: TenantSettings) -> None:
        """Replace what a tenant set; one write."""
        values = {name: number(value) for name, value in asdict(settings).items()}
        present: Item = {name: value for name, value in values.items() if value is not None}
        with telling_doubt():
            self.table.put(layout.settings_key(tenant_id), present)

    def cursor_key(self) -> bytes:
        """Return the deployment's key; two processes that make it at once get the same one."""
        item = self.table.get(layout.cursor_key())
        return bytes(item["key"]["B"]) if item else self._make_key(secrets.token_bytes(KEY_BYTES))

    def _make_key(self, fresh: bytes) -> bytes:
        update = Update(
            layout.cursor_key(),
            "SET #key = :key",
            {"#key": "key"},
            {":key": {"B": fresh}},
            "attribute_not_exists(pk)",
        )
        try:
            self.table.update(update)
        except ConditionFailed as failed:
            # Somebody else was faster, or this is our own, of a request repeated unanswered.
            if failed.item is None:
                raise
            return bytes(failed.item["key"]["B"])
        return fresh
