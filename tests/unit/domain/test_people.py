"""What is known of people, and whose word counts."""

from dataclasses import replace
from typing import Any

import pytest

from parley.domain.ids import MANAGE_TENANT, TenantId, UserId
from parley.domain.people import Caller, Profile, Scope, home_tenant

ACME, ANN = TenantId("acme"), UserId("ann")
FULL = Profile(ACME, ANN, "Ann", "https://x.test/a.png", "lead", "ann@x.test", hides_reads=True)


def test_what_a_token_does_not_say_stays() -> None:
    assert FULL.told(Profile(ACME, ANN)) == FULL
    assert Profile(ACME, ANN).told(FULL) == replace(FULL, hides_reads=False)


@pytest.mark.parametrize("field", ["name", "picture", "role", "email"])
def test_what_a_token_says_is_taken(field: str) -> None:
    new: dict[str, Any] = {field: "https://new"}
    assert FULL.told(replace(Profile(ACME, ANN), **new)) == replace(FULL, **new)


def test_what_the_customers_backend_puts_is_all_there_is_but_for_the_persons_own_wish() -> None:
    assert FULL.replaced(Profile(ACME, ANN, "Anna")) == Profile(ACME, ANN, "Anna", hides_reads=True)
    assert Profile(ACME, ANN).replaced(FULL) == replace(FULL, hides_reads=False)


def test_those_who_manage_live_in_a_partition_of_their_own() -> None:
    assert home_tenant(Scope.MANAGE, ACME) == MANAGE_TENANT
    assert home_tenant(Scope.TENANT, ACME) == ACME
    caller = Caller(ANN, ACME, Scope.TENANT, "member", "Ann", 2, 1)
    assert not caller.manages
    assert replace(caller, scope=Scope.MANAGE).manages
