"""`RoomStore.revise`: a change of a room is stored whole, upon the newest state, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.adapters.memory.faults import Fault
from parley.adapters.memory.messages import MemoryMessageStore
from parley.adapters.memory.rooms import MemoryRoomStore
from parley.domain.ids import MANAGE_TENANT, RoomId, TenantId, UserId, manage_user_id
from parley.domain.messages import Draft, Message, MessageType
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, RoomType, Roster
from parley.errors import NotFound, StoreUnavailable
from parley.ports import Contended, Outdated, Revised, Stored, Taken, Unknown
from tests.contract.dynamodb_fixtures import Stores, at_once

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
LATER = NOON + timedelta(hours=3)
ANNA, BOB, CID, DAN = (UserId(name) for name in ("anna", "bob", "cid#1", "dan"))
ROOM = RoomId("g-1")
OWNER, MEMBER = MemberRole.OWNER, MemberRole.MEMBER


def a_group(stores: Stores, tenant: TenantId, *others: UserId) -> Room:
    members = {ANNA: OWNER} | dict.fromkeys(others or (BOB, DAN), MEMBER)
    room = Room(ROOM, tenant, RoomType.GROUP, ANNA, NOON, len(members), "Team 😀")
    return stores.rooms.create(Roster(room, members))


def a_draft(tenant: TenantId, client_id: str = "rev-1", body: str = "Anna did it") -> Draft:
    return Draft(tenant, ROOM, client_id, ANNA, "Anna", MessageType.SYSTEM, body, LATER)


def say(stores: Stores, tenant: TenantId, seq: int, body: str = "hello") -> Message:
    draft = replace(a_draft(tenant, f"c{seq}", body), type=MessageType.TEXT, created_at=NOON)
    stored = stores.messages.append(draft, seq)
    assert isinstance(stored, Stored)
    return stored.message


def stored_room(stores: Stores, tenant: TenantId) -> Room:
    room = stores.rooms.room(tenant, ROOM)
    assert room is not None
    return room


def following(room: Room, **changes: Any) -> Room:
    return replace(room, rev=room.rev + 1, **changes)


def revise(stores: Stores, revision: Revision) -> Message | None:
    revised = stores.rooms.revise(revision)
    assert isinstance(revised, Revised)
    return revised.announcement


def everything(stores: Stores, tenant: TenantId) -> tuple[object, ...]:
    return (
        stores.rooms.roster(tenant, ROOM),
        stores.rooms.members(tenant, ROOM, [ANNA, BOB, CID, DAN]),
        [stores.rooms.memberships(tenant, user) for user in (ANNA, BOB, CID, DAN)],
        stores.messages.page(tenant, ROOM, limit=100, newest=False),
        stores.rooms.revisions(tenant, ROOM, 0, 100),
    )


def of_everything(stores: Stores, tenant: TenantId) -> Revision:
    """A change of all that a change can concern, upon a room that has two messages."""
    room = a_group(stores, tenant)
    first = say(stores, tenant, 1)
    say(stores, tenant, 2)
    return Revision(
        room=following(room, name="Crew", member_count=3),
        message=replace(first, body="hello!", rev=1, edited_at=LATER),
        added={CID: MEMBER},
        roles={BOB: OWNER},
        removed=(DAN,),
        announcement=a_draft(tenant),
        end=2,
    )


@pytest.mark.covers("B-7")
def test_a_change_of_everything_is_stored_whole(stores: Stores, tenant: TenantId) -> None:
    revision = of_everything(stores, tenant)
    announcement = revise(stores, revision)
    assert announcement is not None
    assert (announcement.seq, announcement.rev, announcement.body) == (3, 0, "Anna did it")
    assert (announcement.type, announcement.client_id) == (MessageType.SYSTEM, "rev-1")
    assert stores.rooms.room(tenant, ROOM) == revision.room
    assert stores.rooms.roster(tenant, ROOM) == Roster(
        revision.room, {ANNA: OWNER, BOB: OWNER, CID: MEMBER}
    )
    assert stores.rooms.members(tenant, ROOM, [BOB, CID, DAN]) == {
        BOB: Member(BOB, OWNER, NOON),
        CID: Member(CID, MEMBER, LATER),
    }
    bob, cid = (stores.rooms.membership(tenant, user, ROOM) for user in (BOB, CID))
    assert bob == Membership(ROOM, tenant, BOB, OWNER, NOON)
    assert cid == Membership(ROOM, tenant, CID, MEMBER, LATER, Cursor(3, 3))
    assert stores.rooms.memberships(tenant, DAN) == []
    page = stores.messages.page(tenant, ROOM, limit=10, newest=False)
    assert (page[0], page[2]) == (revision.message, announcement)
    assert stores.messages.head(tenant, ROOM).last_message == announcement
    assert stores.rooms.revisions(tenant, ROOM, 0, 10) == [LoggedRevision(1, 1)]


STRANGER = UserId("eve")

# Each makes one thing of `of_everything` untrue.
BREAKS: dict[str, Callable[[Revision], Revision]] = {
    "the room changed since": lambda r: replace(r, room=replace(r.room, rev=2)),
    "the room is older": lambda r: replace(r, room=replace(r.room, rev=0)),
    "there is no such room": lambda r: replace(r, room=replace(r.room, room_id=RoomId("g-no"))),
    "the room is another tenant's": lambda r: replace(
        r, room=replace(r.room, tenant_id=TenantId("other"))
    ),
    "the message changed since": lambda r: replace(r, message_was=1),
    "there is no such message": lambda r: replace(
        r, message=replace(r.message, seq=9) if r.message else None
    ),
    "somebody added is a member": lambda r: replace(r, added={CID: MEMBER, BOB: MEMBER}, roles={}),
    "somebody given a role is no member": lambda r: replace(r, roles={STRANGER: OWNER}),
    "somebody removed is no member": lambda r: replace(r, removed=(STRANGER,)),
    "the room has another end": lambda r: replace(r, end=1),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_a_change_upon_an_older_state_changes_nothing(
    stores: Stores, tenant: TenantId, broken: Callable[[Revision], Revision]
) -> None:
    revision = of_everything(stores, tenant)
    before = everything(stores, tenant)
    assert stores.rooms.revise(broken(revision)) == Outdated()
    assert everything(stores, tenant) == before
    assert stores.rooms.memberships(tenant, STRANGER) == []
    assert isinstance(stores.rooms.revise(revision), Revised)


def test_the_same_change_twice_is_stored_once(stores: Stores, tenant: TenantId) -> None:
    revision = of_everything(stores, tenant)
    revise(stores, revision)
    after = everything(stores, tenant)
    assert stores.rooms.revise(revision) == Outdated()
    assert everything(stores, tenant) == after


def test_of_changes_at_once_upon_one_state_one_is_stored(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    changes = [Revision(following(room, name=f"by {number}")) for number in range(8)]
    outcomes = at_once(8, lambda number: stores.rooms.revise(changes[number]))
    assert outcomes.count(Revised()) == 1
    assert all(isinstance(outcome, Revised | Outdated | Contended) for outcome in outcomes)
    assert stored_room(stores, tenant) == changes[outcomes.index(Revised())].room
    assert stores.rooms.revisions(tenant, ROOM, 0, 10) == [LoggedRevision(1)]


def test_a_message_goes_through_its_states(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    message = say(stores, tenant, 1)
    states = [
        replace(message, body="x" * 4_000, edited_at=LATER, mentions=(BOB, CID)),
        replace(message, body="y", reactions={"👍": (BOB, CID), "👩‍👩‍👧‍👦": (ANNA,)}),
        replace(message, body="y", reactions={"👍": (CID,)}),
        replace(message, body=None, deleted_at=LATER),
    ]
    for rev, state in enumerate(states, start=1):
        room = following(room)
        changed = replace(state, rev=rev)
        revise(stores, Revision(room, changed, message_was=rev - 1))
        assert stores.messages.get(tenant, ROOM, 1) == changed
        assert stores.messages.at(tenant, [(ROOM, 1)]) == {(ROOM, 1): changed}
    log = stores.rooms.revisions(tenant, ROOM, 0, 10)
    assert log == [LoggedRevision(rev, 1) for rev in (1, 2, 3, 4)]


def test_a_repeated_send_finds_the_message_as_it_is_now(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    message = say(stores, tenant, 1)
    changed = replace(message, body="edited", rev=1, edited_at=LATER)
    revise(stores, Revision(following(room), changed))
    draft = replace(a_draft(tenant, "c1", "hello"), type=MessageType.TEXT)
    assert stores.messages.found(draft) == changed


@pytest.mark.parametrize("size", [100_000, 25_000])
def test_a_body_of_100_kilobytes_can_be_stored_and_changed(
    stores: Stores, tenant: TenantId, size: int
) -> None:
    body = "😀" * 25_000 if size == 25_000 else "x" * size
    room = a_group(stores, tenant)
    message = say(stores, tenant, 1, body)
    changed = replace(message, body=body[::-1] + "!", rev=1, edited_at=LATER)
    revise(stores, Revision(following(room), changed))
    assert stores.messages.page(tenant, ROOM, limit=1, newest=True) == [changed]


def test_an_announcement_has_no_marker_and_holds_up_no_sender(
    stores: Stores, tenant: TenantId
) -> None:
    room = a_group(stores, tenant)
    announcement = revise(stores, Revision(following(room), announcement=a_draft(tenant)))
    assert announcement is not None
    assert stores.messages.found(a_draft(tenant)) is None
    assert stores.messages.append(a_draft(tenant, "other"), 1) == Taken(1)
    assert isinstance(stores.messages.append(a_draft(tenant), 2), Stored)


def test_a_message_at_the_rooms_end_comes_before_an_announcement(
    stores: Stores, tenant: TenantId
) -> None:
    room = a_group(stores, tenant)
    renamed = Revision(following(room, name="Crew"), announcement=a_draft(tenant))
    say(stores, tenant, 1)
    assert stores.rooms.revise(renamed) == Outdated()
    assert stores.rooms.room(tenant, ROOM) == room
    announcement = revise(stores, replace(renamed, end=1))
    assert announcement is not None
    assert announcement.seq == 2


def test_a_name_can_be_taken_away_and_given_again(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    for name in (None, "Crew", None):
        room = following(room, name=name)
        revise(stores, Revision(room))
        assert stores.rooms.room(tenant, ROOM) == room


def test_who_comes_back_begins_at_the_end_of_then(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    stores.rooms.move_cursor(tenant, DAN, ROOM, 1, 1)
    stores.rooms.mute(tenant, DAN, ROOM, muted=True)
    room = following(room, member_count=2)
    revise(stores, Revision(room, removed=(DAN,)))
    for gone in (
        lambda: stores.rooms.move_cursor(tenant, DAN, ROOM, 5, 5),
        lambda: stores.rooms.mute(tenant, DAN, ROOM, muted=False),
    ):
        with pytest.raises(NotFound):
            gone()
    assert stores.rooms.membership(tenant, DAN, ROOM) is None
    assert stores.rooms.cursors(tenant, ROOM, [DAN]) == {}
    room = following(room, member_count=3)
    revise(stores, Revision(room, added={DAN: MEMBER}, end=7))
    back = Membership(ROOM, tenant, DAN, MEMBER, NOON, Cursor(7, 7))
    assert stores.rooms.membership(tenant, DAN, ROOM) == back


def test_a_role_leaves_cursor_and_mute_alone(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    stores.rooms.move_cursor(tenant, BOB, ROOM, 5, 4)
    stores.rooms.mute(tenant, BOB, ROOM, muted=True)
    revise(stores, Revision(following(room), roles={BOB: OWNER, ANNA: MEMBER}))
    bob = Membership(ROOM, tenant, BOB, OWNER, NOON, Cursor(5, 4), muted=True)
    assert stores.rooms.membership(tenant, BOB, ROOM) == bob
    roster = stores.rooms.roster(tenant, ROOM)
    assert roster is not None
    assert roster.members == {ANNA: MEMBER, BOB: OWNER, DAN: MEMBER}


def test_a_manage_user_comes_and_goes_in_his_own_home(stores: Stores, tenant: TenantId) -> None:
    root = manage_user_id(f"root-{tenant}")
    room = following(a_group(stores, tenant), member_count=4)
    revise(stores, Revision(room, added={root: MEMBER}, end=2))
    [mine] = stores.rooms.memberships(MANAGE_TENANT, root)
    assert (mine.tenant_id, mine.cursor) == (tenant, Cursor(2, 2))
    room = following(room)
    revise(stores, Revision(room, roles={root: OWNER}))
    [mine] = stores.rooms.memberships(MANAGE_TENANT, root)
    assert mine.role is OWNER
    revise(stores, Revision(following(room), removed=(root,)))
    assert stores.rooms.memberships(MANAGE_TENANT, root) == []


def test_forty_people_come_change_and_go_in_one_change_each(
    stores: Stores, tenant: TenantId
) -> None:
    people = [UserId(f"u#{number}") for number in range(40)]
    room = following(a_group(stores, tenant), member_count=43)
    added = Revision(room, added=dict.fromkeys(people, MEMBER), announcement=a_draft(tenant))
    revise(stores, added)
    cursors = stores.rooms.cursors(tenant, ROOM, people)
    assert cursors == dict.fromkeys(people, Cursor(1, 1))
    room = following(room)
    revise(stores, Revision(room, roles=dict.fromkeys(people, OWNER)))
    roles = stores.rooms.members(tenant, ROOM, people)
    assert {member.role for member in roles.values()} == {OWNER}
    room = following(room, member_count=3)
    revise(stores, Revision(room, removed=tuple(people), announcement=a_draft(tenant), end=1))
    assert stores.rooms.cursors(tenant, ROOM, people) == {}
    roster = stores.rooms.roster(tenant, ROOM)
    assert roster == Roster(room, {ANNA: OWNER, BOB: MEMBER, DAN: MEMBER})


def test_of_forty_people_one_too_many_keeps_out_all(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    people = [*(UserId(f"u#{number}") for number in range(39)), BOB]
    added = Revision(following(room), added=dict.fromkeys(people, MEMBER))
    before = everything(stores, tenant)
    assert stores.rooms.revise(added) == Outdated()
    assert everything(stores, tenant) == before
    assert stores.rooms.cursors(tenant, ROOM, people[:39]) == {}


def test_the_log_is_read_in_pages_and_says_which_message(stores: Stores, tenant: TenantId) -> None:
    room = a_group(stores, tenant)
    messages = [say(stores, tenant, seq) for seq in (1, 2)]
    for number in range(1, 13):
        room = following(room, name=f"number {number}")
        changed = replace(messages[number % 2], rev=number) if number % 3 == 0 else None
        was = changed and stores.messages.get(tenant, ROOM, changed.seq)
        revise(stores, Revision(room, changed, was.rev if was else 0))
    log = [LoggedRevision(n, 1 + n % 2 if n % 3 == 0 else None) for n in range(1, 13)]
    assert stores.rooms.revisions(tenant, ROOM, 0, 100) == log
    assert stores.rooms.revisions(tenant, ROOM, 3, 4) == log[3:7]
    assert stores.rooms.revisions(tenant, ROOM, 8, 4) == log[8:]
    assert stores.rooms.revisions(tenant, ROOM, 12, 4) == []
    assert stores.rooms.revisions(tenant, ROOM, 2**53, 4) == []
    assert stores.rooms.revisions(TenantId(tenant + "-other"), ROOM, 0, 4) == []


@dataclass
class Counter:
    """Counts how often it was called."""

    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1


def test_the_memory_store_meets_the_faults_it_is_given(tenant: TenantId) -> None:
    rooms = MemoryRoomStore(MemoryMessageStore())
    room = Room(ROOM, tenant, RoomType.GROUP, ANNA, NOON, 1)
    rooms.create(Roster(room, {ANNA: OWNER}))
    revision = Revision(following(room, name="Crew"))
    rooms.faults.extend([Fault.CONFLICT, Fault.UNKNOWN_BEFORE, Fault.UNAVAILABLE])
    assert rooms.revise(revision) == Contended()
    assert rooms.revise(revision) == Unknown()
    with pytest.raises(StoreUnavailable):
        rooms.revise(revision)
    assert rooms.room(tenant, ROOM) == room
    counter = Counter()
    rooms.faults.extend([counter, Fault.UNKNOWN_AFTER])
    assert rooms.revise(replace(revision, room=following(revision.room))) == Outdated()
    assert counter.calls == 1
    assert rooms.revise(revision) == Unknown()
    assert rooms.room(tenant, ROOM) == revision.room


def test_an_announcement_is_read_by_who_made_the_change_and_by_nobody_else(
    stores: Stores, tenant: TenantId
) -> None:
    room = a_group(stores, tenant)
    say(stores, tenant, 1)
    revise(stores, Revision(following(room), announcement=a_draft(tenant), end=1))
    cursors = stores.rooms.cursors(tenant, ROOM, [ANNA, BOB])
    assert cursors == {ANNA: Cursor(2, 2), BOB: Cursor(0, 0)}


def test_a_change_of_somebody_who_is_no_member_any_more_is_outdated(
    stores: Stores, tenant: TenantId
) -> None:
    room = a_group(stores, tenant)
    draft = replace(a_draft(tenant), sender_id=CID)
    stale = Revision(following(room), announcement=draft)
    assert stores.rooms.revise(stale) == Outdated()


def test_who_makes_a_change_may_get_a_role_by_it(stores: Stores, tenant: TenantId) -> None:
    """A transaction may name an item only once: role and cursor are one write."""
    room = a_group(stores, tenant)
    change = Revision(
        following(room, member_count=4),
        added={CID: MEMBER},
        roles={ANNA: MEMBER, BOB: OWNER},
        announcement=a_draft(tenant),
    )
    revise(stores, change)
    anna = stores.rooms.membership(tenant, ANNA, ROOM)
    assert anna is not None
    assert (anna.role, anna.cursor) == (MEMBER, Cursor(1, 1))
    assert stores.rooms.members(tenant, ROOM, [ANNA])[ANNA].role == MEMBER
