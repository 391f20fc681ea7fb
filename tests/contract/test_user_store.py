"""`UserStore`: what a token said, which tenants were seen, and who is refused."""

import pytest

from parley.domain.ids import MANAGE_TENANT, TenantId, UserId, manage_user_id
from parley.domain.people import Profile
from tests.contract.dynamodb_fixtures import Stores, at_once

ANNA = UserId("anna")
BOB = UserId("bob")


def test_a_profile_comes_back_as_the_token_said(stores: Stores, tenant: TenantId) -> None:
    anna = Profile(tenant, ANNA, "Änna 😀", "https://x.test/a.png", "member", "anna@x.test")
    bob = Profile(tenant, BOB)
    stores.users.remember(anna)
    stores.users.remember(bob)
    known = stores.users.profiles(tenant, [ANNA, BOB, UserId("nobody"), ANNA])
    assert known == {ANNA: anna, BOB: bob}


def test_what_the_next_token_leaves_out_is_gone(stores: Stores, tenant: TenantId) -> None:
    stores.users.remember(Profile(tenant, ANNA, "Anna", "https://x.test/a.png", email="a@x.test"))
    stores.users.remember(Profile(tenant, ANNA, "Anna B."))
    assert stores.users.profiles(tenant, [ANNA]) == {ANNA: Profile(tenant, ANNA, "Anna B.")}


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
