"""Whom a command is addressed to, and the rooms that follow from it (SPEC §1, §4)."""

from collections.abc import Collection

from parley.domain.ids import MANAGE_TENANT, RoomId, TenantId, UserId, direct_room_id
from parley.domain.people import Caller
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.errors import Conflict, InvalidInput, NotFound
from parley.ports import Clock, RoomStore, UserStore


def addressed_tenant(caller: Caller, tenant_id: str | None, users: UserStore) -> TenantId:
    """Return the tenant that user ids in a command belong to (SPEC §1).

    Raises:
        NotFound: In manage scope, for a tenant that nobody was ever seen of.
    """
    if not caller.manages:
        refuse_tenant(tenant_id)
        return caller.tenant_id
    if tenant_id is None:
        raise InvalidInput.at("data.tenantId", "is needed in manage scope")
    if tenant_id == MANAGE_TENANT or not users.tenant_exists(TenantId(tenant_id)):
        raise NotFound("tenant")
    return TenantId(tenant_id)


def direct_roster(tenant_id: TenantId, one: UserId, other: UserId, clock: Clock) -> Roster:
    """Return the room of two people as it is first stored."""
    room = Room(
        room_id=direct_room_id(tenant_id, one, other),
        tenant_id=tenant_id,
        type=RoomType.DIRECT,
        created_by=one,
        created_at=clock.now(),
        member_count=2,
    )
    return Roster(room, {one: MemberRole.MEMBER, other: MemberRole.MEMBER})


def refuse_tenant(tenant_id: str | None) -> None:
    """Refuse a tenant named by somebody who has only one."""
    if tenant_id is not None:
        raise InvalidInput.at("data.tenantId", "is for manage scope")


def require_place(rooms: RoomStore, caller: Caller, room_id: RoomId, most: int) -> None:
    """Refuse another room to somebody who has as many as allowed (SPEC §6); one query."""
    require_places(rooms, caller.tenant_id, [caller.user_id], room_id, most)


def require_places(
    rooms: RoomStore, tenant_id: TenantId, user_ids: Collection[UserId], room_id: RoomId, most: int
) -> None:
    """Refuse a room in which somebody would have more than allowed; one query a person.

    Who is in it already needs no place, so that a repeated command is not refused.
    """
    counts = rooms.count_memberships(tenant_id, user_ids, most)
    full = [user_id for user_id, count in counts.items() if count >= most]
    if full and len(rooms.cursors(tenant_id, room_id, full)) < len(full):
        raise Conflict("too many rooms")


def require_open_place(rooms: RoomStore, room: Room, most: int) -> None:
    """Refuse another organization room, or another channel of its space (SPEC §6); two queries.

    They count for nobody's own limit, as nobody can leave them: so their number is limited, lest
    one person fills everybody's lists. Those made at the same moment may exceed it by a few.
    """
    alike = rooms.open_rooms(room.tenant_id, [])
    if room.space_id is not None:
        alike = rooms.open_rooms(room.tenant_id, [room.space_id]) - alike
    if len(alike) >= most and room.room_id not in alike:
        raise Conflict("too many rooms")
