"""Whom a command is addressed to, and the rooms that follow from it (SPEC §1, §4)."""

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
    require_place_of(rooms, caller.tenant_id, caller.user_id, room_id, most)


def require_place_of(
    rooms: RoomStore, home: TenantId, user_id: UserId, room_id: RoomId, most: int
) -> None:
    """Refuse another room for a user; ``home`` is where their own records are."""
    held = {membership.room_id for membership in rooms.memberships(home, user_id)}
    if len(held) >= most and room_id not in held:
        raise Conflict("too many rooms")
