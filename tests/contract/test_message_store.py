"""`MessageStore`: exactly once, one order, no holes, the same bytes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.adapters.memory.faults import Fault
from parley.adapters.memory.messages import MemoryMessageStore
from parley.domain.ids import MessageId, RoomId, TenantId, UserId, seq_of_message_id
from parley.domain.messages import EMPTY_HEAD, Draft, Head, Message, MessageType, message_from
from parley.errors import StoreUnavailable
from parley.ports import Contended, Repeated, Stored, Taken, Unknown
from tests.contract.dynamodb_fixtures import Stores, at_once

ROOM = RoomId("g-room")
NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
LATER = datetime(2026, 12, 24, 12, 0, 0, 456_789, UTC)

TEXTS = [
    "hello",
    "",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 \U0001f9d1\U0001f3fd‍\U0001f680",
    "你好，世界 こんにちは 안녕하세요",
    "שלום \u202eabc\u202c مرحبا",
    "zero\u200bwidth \ufeff bom \U0010ffff end",
    'tab\tand\nline, "quotes" \\ and {"S": 1}',
    "é (NFC) and e\u0301 (NFD)",
    "😀" * 4_000,
]

HARD_IDS = ["a#b", "a:b", "{a}", "%", "%23", "#", "a#S#0000000000000001", "é", "😀" * 128, " "]


def a_draft(tenant: TenantId, client_id: str = "c1", body: str = "hello") -> Draft:
    return Draft(
        tenant_id=tenant,
        room_id=ROOM,
        client_id=client_id,
        sender_id=UserId("anna"),
        sender_name="Anna",
        type=MessageType.TEXT,
        body=body,
        created_at=NOON,
    )


def fill(stores: Stores, tenant: TenantId, count: int, body: str = "hello") -> list[Message]:
    messages = []
    for seq in range(1, count + 1):
        outcome = stores.messages.append(a_draft(tenant, f"c{seq}", body), seq)
        assert isinstance(outcome, Stored)
        messages.append(outcome.message)
    return messages


def seqs(messages: list[Message]) -> list[int]:
    return [message.seq for message in messages]


def test_a_stored_message_reads_back_equal_by_every_way(stores: Stores, tenant: TenantId) -> None:
    draft = replace(
        a_draft(tenant),
        reply_to=MessageId("00000000001abcdefghjk"),
        mentions=(UserId("zoe"), UserId("bob"), UserId("zoe#1")),
        attachments=("att-2", "att-1"),
        type=MessageType.IMAGE,
        created_at=LATER,
    )
    outcome = stores.messages.append(draft, 1)
    assert isinstance(outcome, Stored)
    message = outcome.message
    assert message == message_from(draft, message.message_id, 1)
    assert seq_of_message_id(message.message_id) == 1
    assert stores.messages.get(tenant, ROOM, 1) == message
    assert stores.messages.found(draft) == message
    assert stores.messages.head(tenant, ROOM) == Head(1, message)
    assert stores.messages.page(tenant, ROOM, limit=10, newest=True) == [message]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_text_comes_back_as_the_same_bytes(stores: Stores, tenant: TenantId, text: str) -> None:
    stores.messages.append(replace(a_draft(tenant, body=text), sender_name=text or "x"), 1)
    message = stores.messages.get(tenant, ROOM, 1)
    assert message is not None
    assert message.body is not None
    assert message.body.encode() == text.encode()
    assert message.sender_name == (text or "x")


def test_an_empty_room_has_no_end_and_no_messages(stores: Stores, tenant: TenantId) -> None:
    assert stores.messages.head(tenant, ROOM) == EMPTY_HEAD
    assert stores.messages.get(tenant, ROOM, 1) is None
    assert stores.messages.found(a_draft(tenant)) is None
    assert stores.messages.page(tenant, ROOM, limit=50, newest=True) == []
    assert stores.messages.page(tenant, ROOM, after=7, limit=50, newest=False) == []


def test_a_repeated_draft_returns_the_first_message(stores: Stores, tenant: TenantId) -> None:
    [first] = fill(stores, tenant, 1)
    again = replace(a_draft(tenant, "c1", "other words"), created_at=LATER)
    assert stores.messages.append(again, 1) == Repeated(first)
    assert stores.messages.append(again, 2) == Repeated(first)
    assert stores.messages.head(tenant, ROOM) == Head(1, first)


def test_a_taken_seq_stores_nothing(stores: Stores, tenant: TenantId) -> None:
    [first] = fill(stores, tenant, 1)
    second = a_draft(tenant, "c2")
    assert stores.messages.append(second, 1) == Taken(1)
    assert stores.messages.found(second) is None
    assert stores.messages.get(tenant, ROOM, 1) == first


def test_one_draft_from_eight_threads_is_stored_once(stores: Stores, tenant: TenantId) -> None:
    draft = a_draft(tenant)
    # Each thinks that another seq is next, as after different views of the room's end.
    outcomes = at_once(8, lambda number: stores.messages.append(draft, 1 + number % 2))
    stored = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
    assert len(stored) == 1
    assert all(
        isinstance(outcome, Stored | Repeated) and outcome.message == stored[0].message
        for outcome in outcomes
    )
    assert stores.messages.head(tenant, ROOM).last_seq == stored[0].message.seq


def test_eight_senders_racing_for_a_seq_get_one_winner(stores: Stores, tenant: TenantId) -> None:
    outcomes = at_once(8, lambda number: stores.messages.append(a_draft(tenant, f"c{number}"), 1))
    stored = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
    assert len(stored) == 1
    assert outcomes.count(Taken(1)) == 7
    assert stores.messages.page(tenant, ROOM, limit=10, newest=False) == [stored[0].message]


def test_a_client_id_counts_for_one_sender_in_one_room(stores: Stores, tenant: TenantId) -> None:
    draft = a_draft(tenant)
    others = [
        replace(draft, sender_id=UserId("bob")),
        replace(draft, room_id=RoomId("g-other")),
        replace(draft, tenant_id=TenantId(tenant + "-2")),
        # The same text when sender and client id are merely joined.
        replace(draft, sender_id=UserId("anna#c"), client_id="1"),
        replace(draft, sender_id=UserId("anna"), client_id="c#1"),
    ]
    for number, one in enumerate([draft, *others]):
        room_is_new = one.room_id != ROOM or one.tenant_id != tenant
        end = stores.messages.head(one.tenant_id, one.room_id).last_seq
        assert end == 0 or not room_is_new
        assert isinstance(stores.messages.append(one, end + 1), Stored), number


def test_tenants_with_the_same_ids_share_nothing(stores: Stores, tenant: TenantId) -> None:
    other = TenantId(tenant + "-other")
    [mine] = fill(stores, tenant, 1, "mine")
    [theirs] = fill(stores, other, 1, "theirs")
    assert stores.messages.get(tenant, ROOM, 1) == mine
    assert stores.messages.get(other, ROOM, 1) == theirs
    assert stores.messages.page(other, ROOM, limit=10, newest=True) == [theirs]
    assert stores.messages.found(a_draft(other)) == theirs


@pytest.mark.parametrize("hard_id", HARD_IDS, ids=range(len(HARD_IDS)))
def test_ids_may_hold_any_character(stores: Stores, tenant: TenantId, hard_id: str) -> None:
    draft = replace(
        a_draft(tenant, hard_id[:64]),
        tenant_id=TenantId(tenant[-8:] + hard_id[:120]),
        sender_id=UserId(hard_id),
        mentions=(UserId(hard_id),),
    )
    outcome = stores.messages.append(draft, 1)
    assert isinstance(outcome, Stored)
    assert stores.messages.found(draft) == outcome.message
    assert stores.messages.page(draft.tenant_id, ROOM, limit=2, newest=True) == [outcome.message]


def test_pages_follow_the_order_of_seq_in_both_directions(stores: Stores, tenant: TenantId) -> None:
    messages = fill(stores, tenant, 12)
    page = stores.messages.page
    assert page(tenant, ROOM, limit=1000, newest=True) == messages
    assert page(tenant, ROOM, limit=1000, newest=False) == messages
    assert seqs(page(tenant, ROOM, limit=3, newest=True)) == [10, 11, 12]
    assert seqs(page(tenant, ROOM, limit=3, newest=False)) == [1, 2, 3]
    assert seqs(page(tenant, ROOM, before=10, limit=3, newest=True)) == [7, 8, 9]
    assert seqs(page(tenant, ROOM, after=3, limit=3, newest=False)) == [4, 5, 6]
    assert seqs(page(tenant, ROOM, after=3, before=6, limit=9, newest=True)) == [4, 5]
    assert seqs(page(tenant, ROOM, after=10, limit=9, newest=True)) == [11, 12]


def test_ranges_that_hold_nothing_give_an_empty_page(stores: Stores, tenant: TenantId) -> None:
    fill(stores, tenant, 3)
    page = stores.messages.page
    assert page(tenant, ROOM, after=3, limit=5, newest=False) == []
    assert page(tenant, ROOM, after=2, before=3, limit=5, newest=False) == []
    assert page(tenant, ROOM, after=3, before=1, limit=5, newest=True) == []
    assert page(tenant, ROOM, before=1, limit=5, newest=True) == []
    assert page(tenant, ROOM, after=2**53, limit=5, newest=False) == []
    assert seqs(page(tenant, ROOM, before=2**53, limit=5, newest=True)) == [1, 2, 3]


def test_messages_at_places_in_many_rooms_come_together(stores: Stores, tenant: TenantId) -> None:
    first, second = fill(stores, tenant, 2)
    elsewhere = replace(a_draft(tenant), room_id=RoomId("g-other"))
    outcome = stores.messages.append(elsewhere, 1)
    assert isinstance(outcome, Stored)
    other = RoomId("g-other")
    places = [(ROOM, 1), (ROOM, 2), (ROOM, 3), (other, 1), (other, 2), (ROOM, 1)]
    assert stores.messages.at(tenant, places) == {
        (ROOM, 1): first,
        (ROOM, 2): second,
        (other, 1): outcome.message,
    }
    assert stores.messages.at(tenant, []) == {}


def test_more_places_than_one_request_holds(stores: Stores, tenant: TenantId) -> None:
    messages = fill(stores, tenant, 103)
    places = [(ROOM, seq) for seq in range(1, 200)]
    assert list(stores.messages.at(tenant, places).values()).count(messages[0]) == 1
    assert len(stores.messages.at(tenant, places)) == 103


def test_seq_sorts_as_a_number(stores: Stores, tenant: TenantId) -> None:
    for seq in (9, 10, 11, 99, 100, 101):
        stores.messages.append(a_draft(tenant, f"c{seq}"), seq)
    assert stores.messages.head(tenant, ROOM).last_seq == 101
    assert seqs(stores.messages.page(tenant, ROOM, after=8, before=12, limit=9, newest=False)) == [
        9,
        10,
        11,
    ]
    assert seqs(stores.messages.page(tenant, ROOM, after=98, limit=9, newest=False)) == [
        99,
        100,
        101,
    ]


def test_a_page_of_more_than_a_megabyte_is_complete(stores: Stores, tenant: TenantId) -> None:
    messages = fill(stores, tenant, 25, "x" * 100_000)
    assert stores.messages.page(tenant, ROOM, limit=1000, newest=False) == messages
    assert stores.messages.page(tenant, ROOM, limit=22, newest=True) == messages[3:]


def test_history_may_begin_above_one_after_retention(stores: Stores, tenant: TenantId) -> None:
    fill(stores, tenant, 8)
    for seq in (1, 2, 3):
        stores.remove_message(tenant, ROOM, seq)
    page = stores.messages.page
    assert seqs(page(tenant, ROOM, limit=100, newest=True)) == [4, 5, 6, 7, 8]
    assert seqs(page(tenant, ROOM, limit=2, newest=False)) == [4, 5]
    assert seqs(page(tenant, ROOM, after=1, limit=2, newest=False)) == [4, 5]
    assert page(tenant, ROOM, before=4, limit=5, newest=True) == []


def test_a_marker_outlives_its_message(stores: Stores, tenant: TenantId) -> None:
    [first, _] = fill(stores, tenant, 2)
    stores.remove_message(tenant, ROOM, 1)
    again = replace(a_draft(tenant), created_at=LATER)
    gone = replace(first, body=None)
    assert stores.messages.append(again, 3) == Repeated(gone)
    assert stores.messages.found(again) == gone
    assert stores.messages.head(tenant, ROOM).last_seq == 2


def test_the_memory_store_meets_the_faults_it_is_given(tenant: TenantId) -> None:
    store = MemoryMessageStore()
    draft, rival = a_draft(tenant), a_draft(tenant, "rival")
    store.faults.extend([Fault.CONFLICT, Fault.UNKNOWN_BEFORE, Fault.UNAVAILABLE])
    assert store.append(draft, 1) == Contended()
    assert store.append(draft, 1) == Unknown()
    with pytest.raises(StoreUnavailable):
        store.append(draft, 1)
    assert store.found(draft) is None
    store.faults.append(lambda: store.append(rival, 1))
    assert store.append(draft, 1) == Taken(1)
    store.faults.append(Fault.UNKNOWN_AFTER)
    assert store.append(draft, 2) == Unknown()
    stored = store.get(tenant, ROOM, 2)
    assert stored is not None
    assert store.append(draft, 3) == Repeated(stored)
