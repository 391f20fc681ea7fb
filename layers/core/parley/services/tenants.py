"""What tenants set for themselves (SPEC §6, §7)."""

from dataclasses import asdict, dataclass

from parley import observability
from parley.domain.ids import TenantId
from parley.domain.people import Connection
from parley.domain.policies import TENANT_BOUNDS, TenantSettings
from parley.ports import SettingsStore, UserStore
from parley.protocol.rest import PutTenantSettings, TenantSettingsView
from parley.services.clearing import Clearing
from parley.services.directory import require_admin, tenant_from_outside
from parley.services.policies import Policies, merged
from parley.services.room_access import RoomAccess


@dataclass(frozen=True, slots=True)
class Tenants:
    """Shows and replaces tenants' settings, to admins."""

    store: SettingsStore
    users: UserStore
    access: RoomAccess
    policies: Policies
    clearing: Clearing

    def show(self, connection: Connection, tenant_id: str | None = None) -> TenantSettingsView:
        """Return the limits of a tenant as they are in force, and which are its own.

        Raises:
            Forbidden: The caller is no admin.
        """
        tenant = self._tenant(connection, tenant_id)
        return self._view(self.store.tenant_settings(tenant))

    def replace(
        self, connection: Connection, tenant_id: str | None, command: PutTenantSettings
    ) -> TenantSettingsView:
        """Set all of a tenant's limits; what is not named is the deployment's default again.

        In force everywhere within ten seconds; what is older than messages are kept now is hidden
        from then on, and removed by and by. Raises as `show`.
        """
        tenant = self._tenant(connection, tenant_id)
        settings = TenantSettings(**command.model_dump())
        self.clearing.ask_if_shorter(self.store.tenant_settings(tenant), settings)
        self.store.put_tenant_settings(tenant, settings)
        observability.info("tenant_settings_put", tenant_id=tenant)
        return self._view(settings)

    def _tenant(self, connection: Connection, tenant_id: str | None) -> TenantId:
        caller = connection.caller
        self.access.count(connection, self.policies.of(caller).request)
        require_admin(caller)
        return tenant_from_outside(caller, tenant_id, self.users)

    def _view(self, settings: TenantSettings) -> TenantSettingsView:
        policy = asdict(merged(self.policies.defaults, settings))
        own = [name for name, value in asdict(settings).items() if value is not None]
        names = {
            name: field.alias or name for name, field in TenantSettingsView.model_fields.items()
        }
        return TenantSettingsView(
            **{name: policy[name] for name in TENANT_BOUNDS},
            own=sorted(names[name] for name in own),
        )
