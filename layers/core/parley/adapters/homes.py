"""Where a user's own records live, from the side of a room that he is in."""

from parley.domain.ids import MANAGE_TENANT, TenantId, UserId, is_manage_user


def home_of(tenant_id: TenantId, user_id: UserId) -> TenantId:
    """Return the home of somebody who is in a room of this tenant."""
    return MANAGE_TENANT if is_manage_user(user_id) else tenant_id
