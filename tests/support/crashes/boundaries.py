"""The named boundaries at which a function may be killed, made from the ports.

A boundary is before or after a port's method that has an effect. What is not listed here as a mere
read has one: so a new method gives boundaries, and the build fails until an operation crosses them.
"""

from functools import cached_property
from typing import Any

from parley.bootstrap import Adapters

# Ports that have no effect at all.
HARMLESS = frozenset({"clock", "verifier"})
READS = frozenset(
    {
        "messages.found",
        "messages.head",
        "messages.get",
        "messages.at",
        "messages.ends",
        "messages.page",
        "rooms.revisions",
        "rooms.open_rooms",
        "rooms.members",
        "rooms.member_page",
        "rooms.room",
        "rooms.rooms",
        "rooms.roster",
        "rooms.memberships",
        "rooms.count_memberships",
        "rooms.membership",
        "rooms.cursors",
        "rooms.cursors_in",
        "users.profiles",
        "users.search",
        "users.tenant_exists",
        "users.tenants",
        "users.revoked_before",
        "tenants.tenant_settings",
        "clearing.state",
        "clearing.page",
        "cache.heads",
        "cache.progress",
        "presence.online",
        "presence.statuses",
        "presence.targets",
        "presence.in_parts",
        "presence.in_space",
        "presence.audience",
        "presence.count_online",
        "presence.everyone",
        "presence.tenants",
    }
)


def ports() -> dict[str, type]:
    """Return the ports of a function by the names that `bootstrap.Adapters` gives them."""
    made: dict[str, Any] = {
        name: part.func.__annotations__["return"]
        for name, part in vars(Adapters).items()
        if isinstance(part, cached_property) and not name.startswith("_")
    }
    return {name: port for name, port in made.items() if name not in HARMLESS}


def methods() -> set[str]:
    """Return every method of the ports, such as ``messages.append``."""
    return {
        f"{name}.{method}"
        for name, port in ports().items()
        for method, member in vars(port).items()
        if callable(member) and not method.startswith("_")
    }


def boundaries() -> set[str]:
    """Return every boundary, such as ``messages.append:after``."""
    return {f"{name}:{when}" for name in methods() - READS for when in ("before", "after")}
