"""What the DynamoDB stores make of conflicts, throttling, lost answers and half-done work."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import BotoCoreError, NoCredentialsError

from parley.adapters.dynamodb import layout, table
from parley.adapters.dynamodb.client import dynamodb_client
from parley.adapters.dynamodb.errors import StoreRejected, translated
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.adapters.dynamodb.tickets import DynamoTicketStore
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Draft, MessageType
from parley.domain.people import Profile
from parley.domain.rooms import Cursor, MemberRole, Room, RoomType, Roster
from parley.errors import ErrorCode, OutcomeUnknown, StoreUnavailable
from parley.ports import Contended, Repeated, Stored, Taken, Unknown
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

ROOM = RoomId("g-room")
NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)


@pytest.fixture
def draft(tenant: TenantId) -> Draft:
    return Draft(tenant, ROOM, "c1", UserId("anna"), "Anna", MessageType.TEXT, "hello", NOON)


def a_roster(tenant: TenantId, count: int) -> Roster:
    people = [UserId(f"u{number}") for number in range(count)]
    room = Room(RoomId("g-1"), tenant, RoomType.GROUP, people[0], NOON, count, "Team")
    return Roster(room, dict.fromkeys(people, MemberRole.MEMBER))


@pytest.mark.parametrize(
    "answer",
    [
        canceled("TransactionConflict", "None"),
        canceled("None", "TransactionConflict"),
        canceled("ThrottlingError", "None"),
        canceled("ProvisionedThroughputExceeded", "TransactionConflict"),
        THROTTLED,
        error("ProvisionedThroughputExceededException"),
        error("RequestLimitExceeded"),
    ],
)
def test_conflicts_and_throttling_leave_an_append_contended(
    faulty: Table, faults: Faults, draft: Draft, answer: Answer
) -> None:
    messages = DynamoMessageStore(faulty)
    faults.answers = [answer]
    assert messages.append(draft, 1) == Contended()
    assert len(faults.requests) == 1
    assert messages.found(draft) is None
    assert isinstance(messages.append(draft, 1), Stored)


@pytest.mark.parametrize(
    "answer",
    [
        breaks(TIMEOUT),
        breaks(CLOSED),
        error("InternalServerError", 500),
        error("ServiceUnavailable", 503),
        says(502, {}),
        error("TransactionInProgressException"),
    ],
)
def test_an_append_without_an_answer_is_unknown(
    faulty: Table, faults: Faults, draft: Draft, answer: Answer
) -> None:
    messages = DynamoMessageStore(faulty)
    faults.answers = [answer]
    assert messages.append(draft, 1) == Unknown()
    assert len(faults.requests) == 1


@pytest.mark.parametrize("failure", [TIMEOUT, CLOSED])
def test_the_marker_tells_what_became_of_an_unknown_append(
    faulty: Table, faults: Faults, draft: Draft, failure: BotoCoreError
) -> None:
    messages = DynamoMessageStore(faulty)
    faults.answers = [done_but(failure)]
    assert messages.append(draft, 1) == Unknown()
    outcome = messages.append(draft, 2)
    assert isinstance(outcome, Repeated)
    assert outcome.message == messages.get(draft.tenant_id, ROOM, 1)
    assert messages.head(draft.tenant_id, ROOM).last_seq == 1


@pytest.mark.parametrize("failure", [REFUSED, NO_ROUTE])
def test_an_append_that_was_never_sent_is_unavailable(
    faulty: Table, faults: Faults, draft: Draft, failure: BotoCoreError
) -> None:
    faults.answers = [breaks(failure)]
    with pytest.raises(StoreUnavailable):
        DynamoMessageStore(faulty).append(draft, 1)


def test_a_taken_seq_with_a_conflict_on_the_marker_is_taken(
    faulty: Table, faults: Faults, draft: Draft
) -> None:
    faults.answers = [canceled("ConditionalCheckFailed", "TransactionConflict")]
    assert DynamoMessageStore(faulty).append(draft, 7) == Taken(7)


def test_every_append_has_a_token_of_its_own(faulty: Table, faults: Faults, draft: Draft) -> None:
    messages = DynamoMessageStore(faulty)
    faults.answers = [breaks(TIMEOUT), breaks(TIMEOUT)]
    for _ in range(3):
        messages.append(draft, 1)
    assert len({body["ClientRequestToken"] for _, body in faults.requests}) == 3


def test_an_append_is_two_puts_in_one_request(faulty: Table, faults: Faults, draft: Draft) -> None:
    DynamoMessageStore(faulty).append(draft, 1)
    [(operation, body)] = faults.requests
    assert operation == "TransactWriteItems"
    assert [list(action) for action in body["TransactItems"]] == [["Put"], ["Put"]]


@pytest.mark.parametrize("answer", [THROTTLED, breaks(TIMEOUT), breaks(REFUSED)])
def test_reads_survive_two_failures(
    faulty: Table, faults: Faults, draft: Draft, answer: Answer
) -> None:
    messages = DynamoMessageStore(faulty)
    messages.append(draft, 1)
    faults.answers = [answer, answer]
    assert messages.head(draft.tenant_id, ROOM).last_seq == 1
    assert len(faults.waits) == 2
    assert all(0 <= wait <= table.BACKOFF_S * 2**table.TRIES for wait in faults.waits)


@pytest.mark.parametrize("answer", [THROTTLED, breaks(CLOSED), breaks(NO_ROUTE), says(503, {})])
def test_a_store_that_keeps_failing_is_unavailable(
    faulty: Table, faults: Faults, draft: Draft, answer: Answer
) -> None:
    faults.answers = [answer] * 4
    with pytest.raises(StoreUnavailable):
        DynamoMessageStore(faulty).head(draft.tenant_id, ROOM)
    assert len(faults.requests) == table.TRIES


def test_no_try_begins_after_the_budget(faulty: Table, faults: Faults, draft: Draft) -> None:
    times = iter([0.0, table.BUDGET_S + 0.1])
    slow = replace(faulty, monotonic=lambda: next(times))
    faults.answers = [breaks(TIMEOUT)]
    with pytest.raises(StoreUnavailable):
        DynamoMessageStore(slow).head(draft.tenant_id, ROOM)
    assert len(faults.requests) == 1


def test_nothing_listening_is_unavailable(dynamodb: Table, faults: Faults, draft: Draft) -> None:
    client: Any = dynamodb_client("http://127.0.0.1:9")
    nobody = Table(client, dynamodb.name, sleep=faults.waits.append)
    with pytest.raises(StoreUnavailable):
        DynamoMessageStore(nobody).append(draft, 1)
    with pytest.raises(StoreUnavailable):
        DynamoRoomStore(nobody).memberships(draft.tenant_id, UserId("anna"))
    client.close()


def test_what_dynamodb_refuses_is_a_fault_of_ours(faulty: Table, draft: Draft) -> None:
    too_large = replace(draft, body="x" * 410_000)
    for rejected in (
        lambda: DynamoMessageStore(faulty).append(too_large, 1),
        lambda: DynamoUserStore(replace(faulty, name="missing")).tenant_exists(draft.tenant_id),
    ):
        with pytest.raises(StoreRejected) as caught:
            rejected()
        assert caught.value.code is ErrorCode.INTERNAL_ERROR
        assert not caught.value.retryable
        assert len(str(caught.value)) < 60


def test_missing_credentials_are_no_outage() -> None:
    assert isinstance(translated(NoCredentialsError()), StoreRejected)


def test_keys_that_were_not_processed_are_asked_for_again(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    rooms = DynamoRoomStore(faulty)
    room = rooms.create(a_roster(tenant, 2)).room_id
    people = [UserId("u0"), UserId("u1")]

    def unprocessed(request: AWSPreparedRequest) -> AWSResponse | None:
        asked = json.loads(request.body)["RequestItems"]
        return says(200, {"Responses": {}, "UnprocessedKeys": asked})(request)

    faults.answers = [unprocessed, THROTTLED, unprocessed]
    assert rooms.cursors(tenant, room, people) == dict.fromkeys(people, Cursor())
    faults.answers = [unprocessed] * 20
    with pytest.raises(StoreUnavailable):
        rooms.cursors(tenant, room, people)


@pytest.mark.parametrize(
    ("move", "most"), [((0, 5), 1), ((5, 5), 1), ((5, 0), 1), ((6, 5), 2), ((0, 0), 1)]
)
def test_a_move_takes_one_request_seldom_two(
    faulty: Table, faults: Faults, tenant: TenantId, move: tuple[int, int], most: int
) -> None:
    rooms = DynamoRoomStore(faulty)
    room_id = rooms.create(a_roster(tenant, 2)).room_id
    for _ in range(2):
        faults.requests.clear()
        rooms.move_cursor(tenant, UserId("u0"), room_id, *move)
        assert len(faults.requests) <= most


def test_a_move_whose_answer_was_lost_is_repeated(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    rooms = DynamoRoomStore(faulty)
    room_id = rooms.create(a_roster(tenant, 2)).room_id
    faults.answers = [done_but(CLOSED)]
    _, after = rooms.move_cursor(tenant, UserId("u0"), room_id, 0, 4)
    assert after == Cursor(4, 4)


def test_a_ticket_is_not_asked_for_again_when_the_answer_was_lost(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    tickets = DynamoTicketStore(faulty)
    tickets.put(tenant, {"sub": "anna"}, 2_000)
    faults.requests.clear()
    faults.answers = [breaks(TIMEOUT)]
    with pytest.raises(OutcomeUnknown):
        tickets.take(tenant, 1_000)
    assert len(faults.requests) == 1
    faults.answers = [THROTTLED]
    assert tickets.take(tenant, 1_000) == {"sub": "anna"}


def hides(faulty: Table, tenant: TenantId, *seqs: int) -> Answer:
    """Answer a Query as one that passed these messages' places before they were committed."""
    pk = layout.room_partition(tenant, ROOM)
    found = faulty.query(pk, layout.message_sort_key(1), layout.message_sort_key(layout.MAX_SEQ))
    hidden = {layout.message_sort_key(seq) for seq in seqs}
    return says(200, {"Items": [item for item in found if item["sk"]["S"] not in hidden]})


def fill(messages: DynamoMessageStore, draft: Draft, count: int) -> None:
    for seq in range(1, count + 1):
        messages.append(replace(draft, client_id=f"c{seq}"), seq)


@pytest.mark.parametrize("hidden", [(3,), (1,), (1, 2), (2, 4)])
def test_a_page_with_a_hole_is_read_again(
    faulty: Table, faults: Faults, draft: Draft, hidden: tuple[int, ...]
) -> None:
    messages = DynamoMessageStore(faulty)
    fill(messages, draft, 5)
    faults.answers = []
    holed = hides(faulty, draft.tenant_id, *hidden)
    faults.answers = [holed]
    page = messages.page(draft.tenant_id, ROOM, limit=10, newest=False)
    assert [message.seq for message in page] == [1, 2, 3, 4, 5]


def test_a_hole_that_stays_is_not_shown(faulty: Table, faults: Faults, draft: Draft) -> None:
    messages = DynamoMessageStore(faulty)
    fill(messages, draft, 5)
    holed = hides(faulty, draft.tenant_id, 3)
    faults.answers = [holed] * 10
    with pytest.raises(StoreUnavailable):
        messages.page(draft.tenant_id, ROOM, limit=10, newest=True)


def test_the_beginning_that_retention_left_is_read_twice_at_most(
    faulty: Table, faults: Faults, draft: Draft
) -> None:
    messages = DynamoMessageStore(faulty)
    fill(messages, draft, 5)
    cut = hides(faulty, draft.tenant_id, 1, 2)
    faults.requests.clear()
    faults.answers = [cut] * 10
    page = messages.page(draft.tenant_id, ROOM, limit=10, newest=False)
    assert [message.seq for message in page] == [3, 4, 5]
    assert len(faults.requests) == 2


def test_a_tenant_is_written_once_a_process_and_a_profile_when_it_is_new(
    faulty: Table, faults: Faults, tenant: TenantId
) -> None:
    users = DynamoUserStore(faulty)
    for name in ("a", "b", "c"):
        users.remember(Profile(tenant, UserId(name)))
    written = [json.dumps(body) for operation, body in faults.requests if operation != "GetItem"]
    assert len([body for body in written if f'"{layout.TENANTS}"' in body]) == 1
    faults.requests.clear()
    users.remember(Profile(tenant, UserId("a")))
    assert [operation for operation, _ in faults.requests] == ["GetItem"]
