"""Ids: which are well formed, and those that follow from others."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from parley.domain import ids
from parley.domain.ids import MessageId, TenantId, UserId

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# Few letters, so that different tuples often join to the same text.
tricky = st.text("ab:#/@", max_size=4)
seqs = st.integers(0, 2**55 - 1)


@pytest.mark.parametrize("good", ["a", "x" * 128, "😀" * 128, "a b", "é", "../x", "{t}#", "@x"])
def test_ids_of_others_are_nfc_bounded_and_without_controls(good: str) -> None:
    assert ids.is_external_id(good)


@pytest.mark.parametrize(
    "bad", ["", "x" * 129, "a\n", "\x00", "\x7f", "\x9f", "e\u0301", "\ud800", "\u2126"]
)
def test_other_ids_of_others_are_not_well_formed(bad: str) -> None:
    assert not ids.is_external_id(bad)


def test_a_client_id_has_its_own_bound() -> None:
    assert ids.is_external_id("x" * 64, ids.MAX_CLIENT_ID_CHARS)
    assert not ids.is_external_id("x" * 65, ids.MAX_CLIENT_ID_CHARS)


@pytest.mark.parametrize("good", ["a", "A-Z_09", "x" * 64, "-", "g-" + "0" * 32])
def test_an_id_that_could_be_ours(good: str) -> None:
    assert ids.is_own_id(good)


@pytest.mark.parametrize(
    "bad", ["", "x" * 65, "a\n", "a b", "é", "٣", "a:b", "../x", "a{b}", "*", "a\x00", "ａ"]
)
def test_an_id_that_cannot_be_ours(bad: str) -> None:
    assert not ids.is_own_id(bad)


def test_ids_of_manage_scope_are_told_from_all_others() -> None:
    manager = ids.manage_user_id("root")
    assert manager == "@manage/root"
    assert ids.is_manage_user(manager)
    assert not ids.is_manage_user("@manager")
    assert not ids.is_manage_user("manage/root")


# --- Rooms --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(text, text, text)
def test_a_direct_room_is_the_same_whoever_asks(tenant: str, one: str, other: str) -> None:
    room_id = ids.direct_room_id(TenantId(tenant), UserId(one), UserId(other))
    assert room_id == ids.direct_room_id(TenantId(tenant), UserId(other), UserId(one))
    assert ids.is_own_id(room_id)


@settings(deadline=None, max_examples=500)
@given(tricky, tricky, tricky, tricky, tricky, tricky)
def test_other_people_or_another_tenant_have_another_direct_room(
    tenant: str, one: str, other: str, tenant2: str, one2: str, other2: str
) -> None:
    assume((tenant, {one, other}) != (tenant2, {one2, other2}))
    assert ids.direct_room_id(TenantId(tenant), UserId(one), UserId(other)) != ids.direct_room_id(
        TenantId(tenant2), UserId(one2), UserId(other2)
    )


def test_no_two_of_many_small_tuples_share_a_room() -> None:
    names = ["", "a", "b", "ab", "ba", "a:b", ":", "::", "a#", "\x00", "a\x00", "á"]
    pairs = {(t, *sorted((o, p))) for t in names for o in names for p in names}
    rooms = {ids.direct_room_id(TenantId(t), UserId(o), UserId(p)) for t, o, p in pairs}
    assert len(rooms) == len(pairs)


def test_a_direct_room_with_manage_scope_says_so() -> None:
    acme, ann, root = TenantId("acme"), UserId("ann"), ids.manage_user_id("root")
    assert ids.concerns_manage(ids.direct_room_id(acme, ann, root))
    assert ids.concerns_manage(ids.direct_room_id(acme, root, ann))
    assert not ids.concerns_manage(ids.direct_room_id(acme, ann, UserId("ben")))
    assert not ids.concerns_manage(ids.random_room_id("group"))


@settings(deadline=None)
@given(text, text, text)
def test_a_room_that_is_asked_for_again_has_the_same_id(
    tenant: str, creator: str, client_id: str
) -> None:
    def room_id(kind: str = "group", by: str = creator) -> str:
        return ids.created_room_id(TenantId(tenant), UserId(by), kind, client_id)

    assert room_id() == room_id()
    assert ids.is_own_id(room_id())
    assert len({room_id(), room_id("channel"), room_id(by=creator + "x")}) == 3


def test_rooms_that_follow_from_nothing_are_all_different() -> None:
    made = {ids.random_room_id("group") for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(ids.is_own_id(room_id) and room_id.startswith("g-") for room_id in made)


# --- Messages -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(seqs)
def test_a_message_id_leads_back_to_its_seq(seq: int) -> None:
    message_id = ids.new_message_id(seq)
    assert ids.seq_of_message_id(message_id) == seq
    assert ids.is_own_id(message_id)


@settings(deadline=None)
@given(st.lists(seqs, unique=True, max_size=20))
def test_message_ids_sort_like_their_seq(numbers: list[int]) -> None:
    made = sorted(ids.new_message_id(seq) for seq in numbers)
    assert [ids.seq_of_message_id(message_id) for message_id in made] == sorted(numbers)


def test_two_messages_at_the_same_seq_have_different_ids() -> None:
    assert len({ids.new_message_id(7) for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize(
    "other",
    ["", "0" * 20, "0" * 22, "0" * 20 + "i", "0" * 20 + "O", "0" * 20 + "\n", "0" * 20 + "٣"],
)
def test_what_is_no_message_id_leads_nowhere(other: str) -> None:
    assert ids.seq_of_message_id(MessageId(other)) is None


def test_what_stands_for_something_else_in_the_log_is_no_rooms_id() -> None:
    signs = [ids.newcomers_id(ids.SpaceId(name)) for name in ("north", "south")]
    for user in ("ann", "ben"):
        signs += [ids.joined_id(ids.UserId(user)), ids.left_id(ids.UserId(user))]
    assert len({*signs, ids.newcomers_id(None)}) == 7
    assert all(ids.is_sign(each) for each in [*signs, ids.newcomers_id(None)])
    rooms = [ids.random_room_id(kind) for kind in ("direct", "group", "channel", "organization")]
    assert not any(ids.is_sign(room) for room in rooms)
