"""People by REST: who is here, the directory, oneself, and a tenant's settings."""

from parley.bootstrap import app
from parley.http.routes import Call
from parley.protocol.commands import ListPresence
from parley.protocol.queries import GetPresence, GetUsers, InTenant, NoQuery
from parley.protocol.rest import (
    MyProfileView,
    PatchMe,
    PutTenantSettings,
    PutUser,
    RevokedReply,
    TenantSettingsView,
    UserListReply,
    UserView,
)
from parley.protocol.views import PresenceReply


def list_presence(call: Call[GetPresence, None]) -> PresenceReply:
    """List everyone who is not offline, or exactly the named people."""
    asked = call.query
    command = ListPresence(user_ids=asked.user_ids, tenant_id=asked.tenant_id, cursor=asked.cursor)
    return app().presence.list_people(call.connection, command)


def get_me(call: Call[NoQuery, None]) -> MyProfileView:
    """Get one's own profile and choices."""
    return app().directory.me(call.connection)


def patch_me(call: Call[NoQuery, PatchMe]) -> MyProfileView:
    """Change one's own choices."""
    return app().directory.patch_me(call.connection, call.body)


def search_users(call: Call[GetUsers, None]) -> UserListReply:
    """Find people by the beginning of any word of their name, or of their e-mail."""
    asked = call.query
    return app().directory.search(
        call.connection, asked.q, asked.role, asked.tenant_id, asked.cursor, asked.limit
    )


def get_user(call: Call[InTenant, None]) -> UserView:
    """Get somebody's profile."""
    return app().directory.get(call.connection, call.user_id, call.query.tenant_id)


def put_user(call: Call[InTenant, PutUser]) -> UserView:
    """Store somebody's whole profile; for admins."""
    return app().directory.put(call.connection, call.user_id, call.query.tenant_id, call.body)


def revoke_user(call: Call[InTenant, None]) -> RevokedReply:
    """Refuse all tokens that somebody has by now, and end their connections; for admins."""
    return app().directory.revoke(call.connection, call.user_id, call.query.tenant_id)


def get_settings(call: Call[InTenant, None]) -> TenantSettingsView:
    """Get a tenant's limits; for admins."""
    return app().tenants_service.show(call.connection, call.query.tenant_id)


def put_settings(call: Call[InTenant, PutTenantSettings]) -> TenantSettingsView:
    """Set a tenant's limits, all of them; for admins."""
    return app().tenants_service.replace(call.connection, call.query.tenant_id, call.body)
