"""`UserStore`: what a token said, which tenants were seen, and who is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from parley.adapters.dynamodb import users
from parley.adapters.dynamodb.errors import Reason, TransactionCanceled
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.domain.directory import folded_words
from parley.domain.ids import MANAGE_TENANT, TenantId, UserId, manage_user_id
from parley.domain.people import Profile
from parley.errors import StoreUnavailable
from tests.contract.dynamodb_fixtures import Stores, at_once

ANNA = UserId("anna")
BOB = UserId("bob")


def found(stores: Stores, tenant: TenantId, text: str = "", *, limit: int = 2) -> list[str]:
    """Return the ids of those whom a search finds, page by page."""
    ids: list[str] = []
    after: str | None = None
    for _ in range(200):
        page, after = stores.users.search(tenant, folded_words(text), after, limit)
        assert len(page) <= limit
        ids += [profile.user_id for profile in page]
        if after is None:
            return ids
    pytest.fail("the pages never end")


def test_a_profile_comes_back_as_the_token_said(stores: Stores, tenant: TenantId) -> None:
    anna = Profile(tenant, ANNA, "Änna 😀", "https://x.test/a.png", "member", "anna@x.test")
    bob = Profile(tenant, BOB)
    stores.users.remember(anna)
    stores.users.remember(bob)
    known = stores.users.profiles(tenant, [ANNA, BOB, UserId("nobody"), ANNA])
    assert known == {ANNA: anna, BOB: bob}


def test_what_the_next_token_does_not_say_stays(stores: Stores, tenant: TenantId) -> None:
    full = Profile(tenant, ANNA, "Anna", "https://x.test/a.png", "member", "a@x.test")
    assert stores.users.remember(full) == full
    assert stores.users.remember(Profile(tenant, ANNA)) == full
    renamed = replace(full, name="Anna B.", role="lead")
    assert stores.users.remember(Profile(tenant, ANNA, "Anna B.", role="lead")) == renamed
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: renamed}


def test_what_is_put_replaces_all_that_was_known(stores: Stores, tenant: TenantId) -> None:
    stores.users.remember(Profile(tenant, ANNA, "Anna", "https://x.test/a.png", "lead", "a@x.test"))
    wanted = Profile(tenant, ANNA, "Anna B.")
    assert stores.users.put(wanted) == wanted
    assert stores.users.put(wanted) == wanted
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: wanted}
    assert stores.users.put(Profile(tenant, ANNA)) == Profile(tenant, ANNA)
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: Profile(tenant, ANNA)}


def test_a_profile_may_be_put_before_its_user_was_seen(stores: Stores, tenant: TenantId) -> None:
    stores.users.put(Profile(tenant, ANNA, "Anna"))
    assert stores.users.tenant_exists(tenant)
    assert found(stores, tenant, "anna") == ["anna"]


def test_a_wish_to_hide_reads_outlives_what_others_say(stores: Stores, tenant: TenantId) -> None:
    stores.users.remember(Profile(tenant, ANNA, "Anna"))
    stores.users.hide_reads(tenant, ANNA, hidden=True)
    hidden = Profile(tenant, ANNA, "Anna", hides_reads=True)
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: hidden}
    assert stores.users.remember(Profile(tenant, ANNA, "Anna")) == hidden
    assert stores.users.put(Profile(tenant, ANNA, "A.")) == replace(hidden, name="A.")
    stores.users.hide_reads(tenant, ANNA, hidden=False)
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: Profile(tenant, ANNA, "A.")}


def test_somebody_with_nothing_but_a_wish_is_found_once_a_token_came(
    stores: Stores, tenant: TenantId
) -> None:
    stores.users.hide_reads(tenant, ANNA, hidden=True)
    assert stores.users.profiles(tenant, [ANNA])[ANNA].hides_reads
    assert found(stores, tenant) == []
    stores.users.remember(Profile(tenant, ANNA))
    assert found(stores, tenant) == ["anna"]
    assert stores.users.profiles(tenant, [ANNA])[ANNA].hides_reads


def test_nobody_can_say_for_others_that_their_reads_are_hidden(
    stores: Stores, tenant: TenantId
) -> None:
    said = Profile(tenant, ANNA, "Anna", hides_reads=True)
    assert not stores.users.remember(said).hides_reads
    assert not stores.users.put(replace(said, name="A.")).hides_reads


def test_what_is_said_at_once_is_all_kept(stores: Stores, tenant: TenantId) -> None:
    said = [Profile(tenant, ANNA, "Anna"), Profile(tenant, ANNA, role="lead")] * 3
    at_once(len(said), lambda number: stores.users.remember(said[number]))
    assert stores.users.profiles(tenant, [ANNA]) == {
        ANNA: Profile(tenant, ANNA, "Anna", None, "lead")
    }
    assert found(stores, tenant, "anna") == ["anna"]


def test_names_changed_at_once_leave_one_of_them_to_be_found_by(
    stores: Stores, tenant: TenantId
) -> None:
    at_once(4, lambda number: stores.users.put(Profile(tenant, ANNA, f"name{number}")))
    name = stores.users.profiles(tenant, [ANNA])[ANNA].name
    assert [n for n in range(4) if found(stores, tenant, f"name{n}")] == [int(str(name)[-1])]


def test_more_profiles_than_one_request_holds(stores: Stores, tenant: TenantId) -> None:
    people = {UserId(f"u#{n}"): Profile(tenant, UserId(f"u#{n}"), f"U{n}") for n in range(103)}
    for profile in people.values():
        stores.users.remember(profile)
    assert stores.users.profiles(tenant, people) == people


def test_nobody_asked_for_is_nobody_found(stores: Stores, tenant: TenantId) -> None:
    assert stores.users.profiles(tenant, []) == {}


def test_a_tenant_exists_once_somebody_was_seen(stores: Stores, tenant: TenantId) -> None:
    assert not stores.users.tenant_exists(tenant)
    stores.users.remember(Profile(tenant, ANNA))
    assert stores.users.tenant_exists(tenant)
    assert not stores.users.tenant_exists(TenantId(tenant + "#U#anna"))


def test_a_manage_user_is_known_from_every_tenant(stores: Stores, tenant: TenantId) -> None:
    root = manage_user_id(f"root-{tenant}")
    profile = Profile(MANAGE_TENANT, root, "Root")
    stores.users.remember(profile)
    assert stores.users.profiles(tenant, [root]) == {root: profile}


def test_tenants_with_the_same_user_ids_share_nothing(stores: Stores, tenant: TenantId) -> None:
    other = TenantId(tenant + "-other")
    mine, theirs = Profile(tenant, ANNA, "Mine"), Profile(other, ANNA, "Theirs")
    stores.users.remember(mine)
    stores.users.remember(theirs)
    stores.users.revoke(tenant, ANNA, 100)
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: mine}
    assert stores.users.profiles(other, [ANNA]) == {ANNA: theirs}
    assert stores.users.revoked_before(other, ANNA) == 0


def test_nobody_is_revoked_at_first(stores: Stores, tenant: TenantId) -> None:
    assert stores.users.revoked_before(tenant, ANNA) == 0


def test_revocation_only_moves_forward(stores: Stores, tenant: TenantId) -> None:
    for before in (200, 100, 200, 300, 250):
        stores.users.revoke(tenant, ANNA, before)
    assert stores.users.revoked_before(tenant, ANNA) == 300


def test_concurrent_revocations_leave_the_latest(stores: Stores, tenant: TenantId) -> None:
    at_once(8, lambda number: stores.users.revoke(tenant, ANNA, 100 + (number * 5) % 8))
    assert stores.users.revoked_before(tenant, ANNA) == 107


def test_revocation_survives_the_next_profile(stores: Stores, tenant: TenantId) -> None:
    stores.users.revoke(tenant, ANNA, 200)
    stores.users.remember(Profile(tenant, ANNA, "Anna"))
    assert stores.users.revoked_before(tenant, ANNA) == 200


@pytest.mark.parametrize("hard_id", ["a#b", "PROFILE", "%23", "{:}", "😀" * 128])
def test_user_ids_may_hold_any_character(stores: Stores, tenant: TenantId, hard_id: str) -> None:
    profile = Profile(tenant, UserId(hard_id), "Hard")
    stores.users.remember(profile)
    assert stores.users.profiles(tenant, [UserId(hard_id)]) == {UserId(hard_id): profile}


def test_people_are_found_by_the_beginning_of_any_word(stores: Stores, tenant: TenantId) -> None:
    stores.users.put(Profile(tenant, ANNA, "Änna-Lena  LÓPEZ", email="boss@x.test"))
    stores.users.put(Profile(tenant, BOB, "Bob O'Neill"))
    for text in ("anna", "ANNA-L", "ánna", "lop", "López", "lo ann", "boss", "boss@x.test"):
        assert found(stores, tenant, text) == ["anna"], text
    for text in ("nna", "annaa", "x.test", "lopez bob", "%", "anna#", "#"):
        assert found(stores, tenant, text) == [], text
    assert found(stores, tenant, "b") == ["anna", "bob"] or found(stores, tenant, "b") == [
        "bob",
        "anna",
    ]


def test_somebody_without_a_name_is_found_by_the_id(stores: Stores, tenant: TenantId) -> None:
    stores.users.remember(Profile(tenant, UserId("auth0|5F7")))
    assert found(stores, tenant, "AUTH0|5f") == ["auth0|5F7"]


def test_somebody_of_whom_several_words_match_is_found_once(
    stores: Stores, tenant: TenantId
) -> None:
    for number in range(5):
        user = UserId(f"u{number}")
        stores.users.put(
            Profile(tenant, user, f"Max{number} Maxwell Maxi", email=f"max@{user}.test")
        )
    everybody = [f"u{number}" for number in range(5)]
    for text in ("m", "max", "maxw", "max maxw", ""):
        assert sorted(found(stores, tenant, text)) == everybody


def test_without_a_word_everybody_is_found_page_by_page(stores: Stores, tenant: TenantId) -> None:
    ids = [f"u {number:02}" for number in range(30)] + ["u", "u#", "#", "%23", "u ", "é", "😀"]
    for user in ids:
        stores.users.put(Profile(tenant, UserId(user), "Same Name"))
    for limit in (1, 7, 37, 100):
        once = found(stores, tenant, limit=limit)
        assert sorted(once) == sorted(ids)
        assert once == found(stores, tenant, limit=limit)
        assert sorted(found(stores, tenant, "same na", limit=limit)) == sorted(ids)


def test_a_rare_match_among_many_is_found(stores: Stores, tenant: TenantId) -> None:
    for number in range(60):
        stores.users.put(Profile(tenant, UserId(f"u{number:02}"), f"Alexandra {number:02}"))
    assert found(stores, tenant, "alexandra 59") == ["u59"]


def test_a_name_that_somebody_lost_finds_nobody(stores: Stores, tenant: TenantId) -> None:
    stores.users.put(Profile(tenant, ANNA, "Anna Berg", email="anna@x.test"))
    stores.users.put(Profile(tenant, ANNA, "Anna Tal"))
    assert [found(stores, tenant, text) for text in ("berg", "anna@", "tal", "anna")] == [
        [],
        [],
        ["anna"],
        ["anna"],
    ]


def test_the_place_of_one_search_does_no_harm_in_another(stores: Stores, tenant: TenantId) -> None:
    for user in ("anna", "bob", "zoe"):
        stores.users.put(Profile(tenant, UserId(user), user))
    _, after = stores.users.search(tenant, (), None, 2)
    _, other = stores.users.search(tenant, ("zoe",), None, 1)
    for place in (after, other, "zzz#zzz"):
        people, _ = stores.users.search(tenant, ("anna",), place, 2)
        assert len(people) <= 1


def test_people_are_found_in_their_own_tenant_only(stores: Stores, tenant: TenantId) -> None:
    stores.users.put(Profile(tenant, ANNA, "Anna"))
    root = manage_user_id(f"root-{tenant}")
    stores.users.remember(Profile(MANAGE_TENANT, root, f"Root {tenant}"))
    for other in (TenantId(tenant + "#W"), TenantId(tenant[:-1])):
        assert found(stores, other) == []
    assert found(stores, tenant, "root") == []
    assert found(stores, MANAGE_TENANT, tenant) == [root]


def test_tenants_come_page_by_page_each_once(stores: Stores, tenant: TenantId) -> None:
    mine = {TenantId(f"{tenant}{mark}") for mark in ("", " ", "#", "#W", "é", "😀")}
    for each in mine:
        stores.users.remember(Profile(each, ANNA))
    seen: list[TenantId] = []
    while page := stores.users.tenants(seen[-1] if seen else None, 4):
        assert len(page) <= 4
        seen += page
    assert len(seen) == len(set(seen))
    assert mine <= set(seen)


def test_the_longest_words_and_ids_have_a_place(stores: Stores, tenant: TenantId) -> None:
    user = UserId("😀" * 128)
    stores.users.put(Profile(tenant, user, "𝕏" * 10 + " " + "😀" * 117, email="#" * 254))
    for text in ("x" * 10, "😀" * 64, "😀" * 117, "#" * 254):
        assert found(stores, tenant, text) == [user]


class Counting(Table):
    """A table that counts what is written."""

    writes: ClassVar[list[str]] = []

    @override
    def put(self, key: Key, attributes: Item) -> None:
        self.writes.append("put")
        super().put(key, attributes)

    @override
    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        self.writes.extend(next(iter(action)) for action in actions)
        super().transact(actions)


def test_only_what_is_new_is_written(dynamodb: Table, tenant: TenantId) -> None:
    table = Counting(dynamodb.client, dynamodb.name)
    Counting.writes.clear()
    anna = Profile(tenant, ANNA, "Anna Berg", role="member")
    DynamoUserStore(table).remember(anna)
    # The tenant; the profile, and the words "", "anna" and "berg".
    assert Counting.writes == ["put", "Update", "Put", "Put", "Put"]
    Counting.writes.clear()
    for store in (DynamoUserStore(table), DynamoUserStore(table)):
        assert store.remember(anna) == store.remember(Profile(tenant, ANNA)) == anna
        assert store.put(anna) == anna
    assert Counting.writes == []
    DynamoUserStore(table).remember(Profile(tenant, ANNA, "Anna Tal"))
    assert Counting.writes == ["Update", "Put", "Delete"]


class Losing(Table):
    """A table on which somebody else is always faster."""

    @override
    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        raise TransactionCanceled([Reason(failed=True, item=None)])


def test_whoever_is_always_too_late_gives_up(dynamodb: Table, tenant: TenantId) -> None:
    losing = DynamoUserStore(Losing(dynamodb.client, dynamodb.name))
    with pytest.raises(StoreUnavailable):
        losing.remember(Profile(tenant, ANNA, "Anna"))


def test_a_page_ends_where_too_many_do_not_match(
    dynamodb: Table, tenant: TenantId, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DynamoUserStore(dynamodb)
    for number in range(30):
        store.put(Profile(tenant, UserId(f"u{number:02}"), f"Alexandra {number:02}"))
    monkeypatch.setattr(users, "MAX_LOOKS", 1)
    page, after = store.search(tenant, ("alexandra", "29"), None, 10)
    assert page == []
    assert after is not None
    page, after = store.search(tenant, ("alexandra", "29"), after, 10)
    assert [profile.user_id for profile in page] == ["u29"]
    assert after is None


def test_a_process_keeps_only_so_many_tenants_in_mind(
    dynamodb: Table, tenant: TenantId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "MAX_SEEN_TENANTS", 1)
    store = DynamoUserStore(dynamodb)
    for number in range(3):
        store.remember(Profile(TenantId(f"{tenant}{number}"), ANNA))
    assert all(store.tenant_exists(TenantId(f"{tenant}{number}")) for number in range(3))
