"""`TicketStore`: a ticket is good once, and not for long."""

import hashlib

import pytest

from parley.domain.ids import TenantId
from tests.contract.dynamodb_fixtures import Stores, at_once

NOW = 1_800_000_000
CLAIMS = {"sub": "anna", "name": "Änna 😀", "picture": "", "a#b": "{}"}


@pytest.fixture
def digest(tenant: TenantId) -> str:
    return hashlib.sha256(tenant.encode()).hexdigest()


def test_a_ticket_gives_its_claims_once(stores: Stores, digest: str) -> None:
    stores.tickets.put(digest, CLAIMS, NOW + 60)
    assert stores.tickets.take(digest, NOW) == CLAIMS
    assert stores.tickets.take(digest, NOW) is None


def test_an_unknown_ticket_gives_nothing(stores: Stores, digest: str) -> None:
    assert stores.tickets.take(digest, NOW) is None


@pytest.mark.scenario("D8")
@pytest.mark.parametrize("late_s", [0, 1, 172_800])
def test_an_expired_ticket_is_refused(stores: Stores, digest: str, late_s: int) -> None:
    stores.tickets.put(digest, CLAIMS, NOW)
    assert stores.tickets.take(digest, NOW + late_s) is None


def test_a_ticket_is_good_in_its_last_second(stores: Stores, digest: str) -> None:
    stores.tickets.put(digest, CLAIMS, NOW)
    assert stores.tickets.take(digest, NOW - 1) == CLAIMS


def test_eight_threads_consume_a_ticket_once(stores: Stores, digest: str) -> None:
    stores.tickets.put(digest, CLAIMS, NOW + 60)
    taken = at_once(8, lambda _: stores.tickets.take(digest, NOW))
    assert [claims for claims in taken if claims is not None] == [CLAIMS]


def test_a_ticket_without_claims_is_still_a_ticket(stores: Stores, digest: str) -> None:
    stores.tickets.put(digest, {}, NOW + 60)
    assert stores.tickets.take(digest, NOW) == {}
