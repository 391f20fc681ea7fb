"""What changes of rooms on DynamoDB make of conflicts, throttling and lost answers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from parley.adapters.dynamodb import layout, revisions
from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.errors import StoreRejected
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Draft, MessageType
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import Cursor, MemberRole, Room, RoomType, Roster
from parley.errors import StoreUnavailable
from parley.ports import Contended, Outdated, Revised, Stored, Unknown
from tests.contract.dynamodb_fixtures import at_once
from tests.support.faults.botocore_hook import (
    CLOSED,
    NO_ROUTE,
    REFUSED,
    THROTTLED,
    TIMEOUT,
    Answer,
    Faults,
    breaks,
    canceled,
    done_but,
    error,
    says,
)
from tests.support.faults.dynamodb import contention

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
ANNA, BOB, CID = UserId("anna"), UserId("bob"), UserId("cid")
MEMBER = MemberRole.MEMBER


@pytest.fixture
def room(dynamodb: Table, faults: Faults, tenant: TenantId) -> Room:
    made = Room(RoomId("g-1"), tenant, RoomType.GROUP, ANNA, NOON, 2, "Team")
    DynamoRoomStore(dynamodb).create(Roster(made, {ANNA: MemberRole.OWNER, BOB: MEMBER}))
    faults.requests.clear()
    return made


@pytest.fixture
def revision(room: Room) -> Revision:
    body = "Anna added Cid"
    draft = Draft(
        room.tenant_id, room.room_id, "rev-1", ANNA, "Anna", MessageType.SYSTEM, body, NOON
    )
    return Revision(replace(room, rev=1, member_count=3), added={CID: MEMBER}, announcement=draft)


@pytest.mark.parametrize(
    "answer",
    [
        canceled("TransactionConflict", "None"),
        canceled("None", "None", "TransactionConflict"),
        canceled("ThrottlingError", "None"),
        THROTTLED,
        error("ProvisionedThroughputExceededException"),
    ],
)
def test_conflicts_and_throttling_leave_a_change_contended(
    faulty: Table, faults: Faults, room: Room, revision: Revision, answer: Answer
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [answer]
    assert rooms.revise(revision) == Contended()
    assert len(faults.requests) == 1
    assert rooms.room(room.tenant_id, room.room_id) == room
    assert isinstance(rooms.revise(revision), Revised)


def test_a_condition_that_failed_beside_a_conflict_is_outdated(
    faulty: Table, faults: Faults, revision: Revision
) -> None:
    faults.answers = [canceled("TransactionConflict", "None", "ConditionalCheckFailed")]
    assert DynamoRoomStore(faulty).revise(revision) == Outdated()


@pytest.mark.parametrize(
    "answer",
    [
        breaks(TIMEOUT),
        breaks(CLOSED),
        error("InternalServerError", 500),
        says(502, {}),
        error("TransactionInProgressException"),
    ],
)
def test_a_change_without_an_answer_is_unknown(
    faulty: Table, faults: Faults, revision: Revision, answer: Answer
) -> None:
    faults.answers = [answer]
    assert DynamoRoomStore(faulty).revise(revision) == Unknown()
    assert len(faults.requests) == 1


@pytest.mark.parametrize("failure", [TIMEOUT, CLOSED])
def test_the_rooms_state_tells_what_became_of_an_unknown_change(
    faulty: Table, faults: Faults, room: Room, revision: Revision, failure: BotoCoreError
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [done_but(failure)]
    assert rooms.revise(revision) == Unknown()
    assert rooms.room(room.tenant_id, room.room_id) == revision.room
    assert rooms.revise(revision) == Outdated()


@pytest.mark.parametrize("failure", [REFUSED, NO_ROUTE])
def test_a_change_that_was_never_sent_is_unavailable(
    faulty: Table, faults: Faults, revision: Revision, failure: BotoCoreError
) -> None:
    faults.answers = [breaks(failure)]
    with pytest.raises(StoreUnavailable):
        DynamoRoomStore(faulty).revise(revision)


def test_every_change_has_a_token_of_its_own(
    faulty: Table, faults: Faults, revision: Revision
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [breaks(TIMEOUT), breaks(TIMEOUT)]
    for _ in range(3):
        rooms.revise(revision)
    assert len({body["ClientRequestToken"] for _, body in faults.requests}) == 3


def test_forty_members_and_an_announcement_fit_one_transaction(
    faulty: Table, faults: Faults, revision: Revision
) -> None:
    people = [UserId(f"u{number}") for number in range(40)]
    change = replace(revision, added=dict.fromkeys(people, MEMBER))
    assert isinstance(DynamoRoomStore(faulty).revise(change), Revised)
    [(operation, body)] = faults.requests
    assert operation == "TransactWriteItems"
    assert len(body["TransactItems"]) == 84


def test_what_is_too_large_for_an_item_is_a_fault_of_ours(
    faulty: Table, room: Room, revision: Revision
) -> None:
    draft = replace(revision.announcement, body="x" * 410_000)  # type: ignore[type-var]
    with pytest.raises(StoreRejected):
        DynamoRoomStore(faulty).revise(replace(revision, announcement=draft))


def test_a_change_that_overlaps_another_is_contended(emulator: str, revision: Revision) -> None:
    with contention(emulator, hold_s=0.3) as proxy:
        client: Any = dynamodb_client(proxy.url, read_timeout_s=30)
        rooms = DynamoRoomStore(Table(client, "parley"))
        outcomes = at_once(4, lambda _: rooms.revise(revision))
        client.close()
    assert len([outcome for outcome in outcomes if isinstance(outcome, Revised)]) == 1
    assert all(isinstance(outcome, Revised | Contended | Outdated) for outcome in outcomes)


# --- The log -------------------------------------------------------------------------------------


def hides(faulty: Table, room: Room, *revs: int) -> Answer:
    """Answer a Query as one that passed these entries' places before they were committed."""
    pk = layout.room_partition(room.tenant_id, room.room_id)
    found = faulty.query_prefix(pk, layout.REVISIONS)
    hidden = {layout.revision_sort_key(rev) for rev in revs}
    return says(200, {"Items": [item for item in found if item["sk"]["S"] not in hidden]})


def rename(rooms: DynamoRoomStore, room: Room, times: int) -> list[LoggedRevision]:
    for rev in range(1, times + 1):
        renamed = replace(room, rev=rev, name=f"number {rev}")
        assert isinstance(rooms.revise(Revision(renamed)), Revised)
    return [LoggedRevision(rev) for rev in range(1, times + 1)]


@pytest.mark.parametrize("hidden", [(3,), (1,), (1, 2), (2, 4)])
def test_a_log_with_a_hole_is_read_again(
    faulty: Table, faults: Faults, room: Room, hidden: tuple[int, ...]
) -> None:
    rooms = DynamoRoomStore(faulty)
    log = rename(rooms, room, 5)
    faults.answers = [hides(faulty, room, *hidden)]
    assert rooms.revisions(room.tenant_id, room.room_id, 0, 10) == log


def test_a_hole_in_the_log_that_stays_is_not_shown(
    faulty: Table, faults: Faults, room: Room
) -> None:
    rooms = DynamoRoomStore(faulty)
    rename(rooms, room, 5)
    faults.answers = [hides(faulty, room, 3)] * (revisions.MAX_LOG_READS + 2)
    faults.requests.clear()
    with pytest.raises(StoreUnavailable):
        rooms.revisions(room.tenant_id, room.room_id, 0, 10)
    # One asks whether messages of this room expire.
    assert len(faults.requests) == revisions.MAX_LOG_READS + 1


# --- Open rooms and mute -------------------------------------------------------------------------


@pytest.fixture
def hall(dynamodb: Table, faults: Faults, tenant: TenantId) -> Room:
    made = Room(RoomId("o-1"), tenant, RoomType.ORGANIZATION, ANNA, NOON, 1, "Hall")
    DynamoRoomStore(dynamodb).create(Roster(made, {ANNA: MemberRole.OWNER}))
    faults.requests.clear()
    return made


def test_one_who_sees_an_open_room_costs_two_requests_and_then_one(
    faulty: Table, faults: Faults, hall: Room
) -> None:
    rooms = DynamoRoomStore(faulty)
    rooms.join(hall, BOB, MEMBER, 2)
    rooms.join(hall, BOB, MEMBER, 2)
    operations = [operation for operation, _ in faults.requests]
    assert operations == ["TransactWriteItems", "UpdateItem", "TransactWriteItems"]


def test_a_note_whose_answer_was_lost_is_found_done(
    faulty: Table, faults: Faults, hall: Room
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [done_but(TIMEOUT)]
    joined = rooms.join(hall, BOB, MEMBER, 2)
    assert joined.cursor == Cursor(2, 2)
    assert rooms.membership(hall.tenant_id, BOB, hall.room_id) == joined


def test_one_who_cannot_be_counted_is_in_the_room(
    faulty: Table, faults: Faults, hall: Room
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [None, *[error("TransactionConflictException")] * 3]
    joined = rooms.join(hall, BOB, MEMBER, 2)
    assert rooms.membership(hall.tenant_id, BOB, hall.room_id) == joined
    assert rooms.room(hall.tenant_id, hall.room_id) == hall


def test_nobody_is_in_an_open_room_while_the_store_is_away(
    faulty: Table, faults: Faults, hall: Room
) -> None:
    rooms = DynamoRoomStore(faulty)
    faults.answers = [THROTTLED] * 3
    with pytest.raises(StoreUnavailable):
        rooms.join(hall, BOB, MEMBER, 2)
    assert rooms.membership(hall.tenant_id, BOB, hall.room_id) is None


def test_muting_is_one_request_and_repeated_when_unanswered(
    faulty: Table, faults: Faults, room: Room
) -> None:
    rooms = DynamoRoomStore(faulty)
    assert rooms.mute(room.tenant_id, BOB, room.room_id, muted=True).muted
    assert len(faults.requests) == 1
    faults.answers = [done_but(CLOSED)]
    assert not rooms.mute(room.tenant_id, BOB, room.room_id, muted=False).muted


def test_a_body_of_100_kilobytes_goes_through_as_it_is(faulty: Table, room: Room) -> None:
    body = "é" * 50_000
    draft = Draft(room.tenant_id, room.room_id, "c", ANNA, "A", MessageType.TEXT, body, NOON)
    outcome = DynamoMessageStore(faulty).append(draft, 1)
    assert isinstance(outcome, Stored)
    assert outcome.message.body == body
