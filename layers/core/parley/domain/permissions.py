"""Who may do what in a room that they are in (SPEC §4, §6)."""

from parley.domain.messages import Message, MessageType
from parley.domain.people import Caller
from parley.domain.rooms import MemberRole, Room, RoomType, Roster

SERVICE = "service"
TENANT_ADMIN = "tenant_admin"
SUPER_ADMIN = "super_admin"
ADMINS = frozenset({SERVICE, TENANT_ADMIN, SUPER_ADMIN})


def is_admin(caller: Caller) -> bool:
    """Tell whether somebody may manage the users and settings of what they see (SPEC §7)."""
    return caller.role in ADMINS


def may_change_message(caller: Caller, role: MemberRole, message: Message) -> bool:
    """Tell whether a member may edit or delete a message: its sender, an owner, a tenant_admin."""
    if message.type is MessageType.SYSTEM:
        return False
    return message.sender_id == caller.user_id or _rules(caller, role)


def may_manage_room(caller: Caller, role: MemberRole, room: Room) -> bool:
    """Tell whether a member may change the name and the members of a room.

    Nobody of a direct room: who is in it, and so its name, follows from its id.
    """
    return room.type is not RoomType.DIRECT and _rules(caller, role)


def loses_its_owner(before: Roster, after: Roster) -> bool:
    """Tell whether a change leaves a room's members without the owner that they had."""
    owned = MemberRole.OWNER in before.members.values()
    return owned and bool(after.members) and MemberRole.OWNER not in after.members.values()


def _rules(caller: Caller, role: MemberRole) -> bool:
    return role is MemberRole.OWNER or caller.role == TENANT_ADMIN
