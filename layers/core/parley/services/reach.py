"""Whose connections a room's events go to, where no look at the cache told it with the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parley import observability
from parley.domain.ids import MANAGE_TENANT, ConnectionId, SpaceId, TenantId, UserId, is_manage_user
from parley.domain.presence import Target
from parley.domain.rooms import Room, RoomType, Roster
from parley.errors import CacheUnavailable
from parley.ports import PresenceStore

# Of how many members connections are read at once.
MEMBERS_A_PART = 500
NO_CONNECTION = ConnectionId("")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an event goes to.

    Attributes:
        room: The room that the event is of.
        targets: These connections.
        crowded: Instead of them everybody in the room: too many to look them up here.
        without: But not this connection.
    """

    room: Room
    targets: Sequence[Target] = ()
    crowded: bool = False
    without: ConnectionId = NO_CONNECTION


def is_crowded(presence: PresenceStore, room: Room, people: int) -> bool:
    """Tell whether events go to more than so many people; at most one round trip."""
    if room.member_count > people or not room.is_open:
        return room.member_count > people
    return presence.count_people(room.tenant_id, _space_of(room)) > people


def tenant_targets(presence: PresenceStore, roster: Roster) -> list[Target]:
    """Return the connections of a room's people in its own tenant; at most one round trip."""
    room = roster.room
    if not room.is_open:
        return presence.targets(room.tenant_id, _members(roster))
    space_id = _space_of(room)
    if space_id is not None:
        return presence.in_space(room.tenant_id, space_id)
    return presence.everyone(room.tenant_id)


def manage_targets(presence: PresenceStore, roster: Roster) -> tuple[Target, ...]:
    """Return the connections of a room's members of manage scope; nobody's while Redis is away.

    They are kept under another hash tag: one more round trip, for rooms that have such members.
    """
    managers = [user for user in roster.members if is_manage_user(user)]
    if not managers:
        return ()
    try:
        return tuple(presence.targets(MANAGE_TENANT, managers))
    except CacheUnavailable as exc:
        observability.warning("cache_unavailable", cause=str(exc))
        return ()


def all_targets(presence: PresenceStore, roster: Roster) -> Iterator[Sequence[Target]]:
    """Yield the connections of everybody in a room, of some people at a time."""
    room = roster.room
    if room.is_open:
        yield from presence.in_parts(room.tenant_id, _space_of(room))
        return
    members = _members(roster)
    for start in range(0, len(members), MEMBERS_A_PART):
        yield presence.targets(room.tenant_id, members[start : start + MEMBERS_A_PART])
    yield manage_targets(presence, roster)


def devices(presence: PresenceStore, tenant_id: TenantId, user_id: UserId) -> list[Target]:
    """Return the connections of somebody in a room of a tenant; none while Redis is away."""
    home = MANAGE_TENANT if is_manage_user(user_id) else tenant_id
    try:
        return presence.targets(home, [user_id])
    except CacheUnavailable as exc:
        observability.warning("cache_unavailable", cause=str(exc))
        return []


def _members(roster: Roster) -> list[UserId]:
    return [user for user in roster.members if not is_manage_user(user)]


def _space_of(room: Room) -> SpaceId | None:
    """Return the space whose people are in an open room; None for everybody of the tenant."""
    if room.type is RoomType.ORGANIZATION:
        return None
    # No token names the empty space: a channel without one is nobody's, not everybody's.
    return room.space_id or SpaceId("")
