"""What a tenant's people may do: the deployment's defaults, and what the tenant sets instead."""

from dataclasses import dataclass

# Lowest and highest value that a tenant may set for itself (SPEC §6: each limit is a setting).
TENANT_BOUNDS: dict[str, tuple[int, int]] = {
    "body_max_chars": (1, 100_000),
    "messages_per_10s": (1, 1_000),
    "messages_per_minute": (1, 6_000),
    "typing_per_minute": (1, 10_000),
    "receipts_per_minute": (1, 10_000),
    "connections_per_user": (1, 100),
    "rooms_per_user": (1, 1_000),
    "group_members_max": (2, 1_000),
    # 0 keeps them for ever, whatever the deployment does.
    "retention_days": (0, 3_650),
}


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """What a tenant set for itself; None leaves the deployment's default. Names as in settings."""

    body_max_chars: int | None = None
    messages_per_10s: int | None = None
    messages_per_minute: int | None = None
    typing_per_minute: int | None = None
    receipts_per_minute: int | None = None
    connections_per_user: int | None = None
    rooms_per_user: int | None = None
    group_members_max: int | None = None
    retention_days: int | None = None


NO_SETTINGS = TenantSettings()
