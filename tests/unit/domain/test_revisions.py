"""What a change of a room leaves."""

from dataclasses import replace
from datetime import UTC, datetime

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Draft, MessageType
from parley.domain.revisions import Revision, roster_after
from parley.domain.rooms import MemberRole, Room, RoomType, Roster

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN, BEN, CID = UserId("ann"), UserId("ben"), UserId("cid")
ROOM = Room(RoomId("g-1"), TenantId("acme"), RoomType.GROUP, ANN, NOW, 2)
OWNER, MEMBER = MemberRole.OWNER, MemberRole.MEMBER


def test_a_roster_follows_a_change() -> None:
    after = replace(ROOM, rev=1)
    roster = Roster(ROOM, {ANN: OWNER, BEN: MEMBER})
    changed = roster_after(
        roster, Revision(after, added={CID: MEMBER}, roles={BEN: OWNER}, removed=(ANN,))
    )
    assert changed == Roster(after, {BEN: OWNER, CID: MEMBER})
    assert roster_after(roster, Revision(after)) == Roster(after, roster.members)


def test_an_announcement_is_the_end_of_its_room() -> None:
    said = Draft(ROOM.tenant_id, ROOM.room_id, "rev-1", ANN, "Ann", MessageType.SYSTEM, "x", NOW)
    assert Revision(ROOM, end=4).end_after == 4
    assert Revision(ROOM, announcement=said, end=4).end_after == 5
