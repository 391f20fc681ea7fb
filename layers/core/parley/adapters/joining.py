"""The user's side of a room as it begins: the same in memory and in DynamoDB."""

from collections.abc import Iterator

from parley.domain.ids import UserId
from parley.domain.revisions import Revision
from parley.domain.rooms import Cursor, MemberRole, Membership, Room, Roster


def first_members(roster: Roster) -> Iterator[Membership]:
    """Give what those who are in a room from its creation on begin with."""
    for user_id, role in roster.members.items():
        yield joined(roster.room, user_id, role, end=0)


def joined(room: Room, user_id: UserId, role: MemberRole, end: int) -> Membership:
    """Return what somebody begins with who is in a room because of the room itself.

    They are members from its creation on, whenever they see it first: nobody let them in.
    """
    return Membership(
        room_id=room.room_id,
        tenant_id=room.tenant_id,
        user_id=user_id,
        role=role,
        joined_at=room.created_at,
        cursor=Cursor(end, end),
        space_id=room.space_id,
    )


def added_members(revision: Revision) -> Iterator[Membership]:
    """Give what those begin with whom a change adds: behind everything that there is."""
    room, announcement = revision.room, revision.announcement
    for user_id, role in revision.added.items():
        yield Membership(
            room_id=room.room_id,
            tenant_id=room.tenant_id,
            user_id=user_id,
            role=role,
            joined_at=announcement.created_at if announcement else room.created_at,
            cursor=Cursor(revision.end_after, revision.end_after),
            space_id=room.space_id,
        )
