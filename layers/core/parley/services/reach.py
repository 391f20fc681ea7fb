"""Whose connections a room's events go to, where no look at the cache told it with the rest."""

from collections.abc import Collection

from parley import observability
from parley.domain.ids import MANAGE_TENANT, is_manage_user
from parley.domain.presence import Target
from parley.domain.rooms import Room, Roster
from parley.errors import CacheUnavailable
from parley.ports import PresenceStore


def tenant_targets(
    presence: PresenceStore, roster: Roster, up_to: int | None
) -> Collection[Target]:
    """Return the connections of a room's people in its own tenant; at most one round trip.

    Args:
        presence: Who is connected.
        roster: The room.
        up_to: Of how many members it may be, else nobody is returned; None for any number.
    """
    room = roster.room
    if _is_above(room, up_to):
        return ()
    if not room.is_open:
        members = [user for user in roster.members if not is_manage_user(user)]
        return presence.targets(room.tenant_id, members)
    if room.space_id is not None:
        return presence.in_space(room.tenant_id, room.space_id)
    return presence.everyone(room.tenant_id)


def manage_targets(
    presence: PresenceStore, roster: Roster, up_to: int | None
) -> tuple[Target, ...]:
    """Return the connections of a room's members of manage scope; nobody's while Redis is away.

    They are kept under another hash tag: one more round trip, for rooms that have such members.
    """
    managers = [user for user in roster.members if is_manage_user(user)]
    if not managers or _is_above(roster.room, up_to):
        return ()
    try:
        return tuple(presence.targets(MANAGE_TENANT, managers))
    except CacheUnavailable as exc:
        observability.warning("cache_unavailable", cause=str(exc))
        return ()


def _is_above(room: Room, members: int | None) -> bool:
    return members is not None and room.member_count > members
