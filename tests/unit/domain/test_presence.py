"""A person's status is the best of their live connections."""

from itertools import permutations

import pytest

from parley.domain.ids import ConnectionId
from parley.domain.presence import RANK, Lease, PresenceRules, Status, effective_status

NOW = 1_000.0


def lease(status: Status, ends_in: float) -> Lease:
    return Lease(
        connection_id=ConnectionId(f"{status}{ends_in}"),
        status=status,
        heard_at=NOW - 10,
        lease_until=NOW + ends_in,
        registered_until=NOW + 7_000,
        expires_at=int(NOW) + 3_600,
        registered_at=NOW - 100,
    )


ONLINE, AWAY = lease(Status.ONLINE, 60), lease(Status.AWAY, 80)
EXPIRED, ENDING = lease(Status.ONLINE, -1), lease(Status.ONLINE, 0)


@pytest.mark.parametrize(
    ("leases", "status"),
    [
        ([], Status.OFFLINE),
        ([EXPIRED], Status.OFFLINE),
        ([ENDING], Status.OFFLINE),
        ([ONLINE], Status.ONLINE),
        ([AWAY], Status.AWAY),
        ([AWAY, ONLINE], Status.ONLINE),
        ([AWAY, EXPIRED], Status.AWAY),
        ([AWAY, EXPIRED, ENDING], Status.AWAY),
        ([ONLINE, AWAY, EXPIRED, ENDING], Status.ONLINE),
    ],
)
def test_the_best_of_the_live_connections_counts_in_any_order(
    leases: list[Lease], status: Status
) -> None:
    for order in permutations(leases):
        assert effective_status(order, NOW) is status


def test_statuses_are_ranked() -> None:
    assert sorted(RANK, key=RANK.__getitem__) == [Status.OFFLINE, Status.AWAY, Status.ONLINE]
    assert set(RANK) == set(Status)


def test_the_clocks_are_those_of_the_contract() -> None:
    rules = PresenceRules()
    assert (rules.lease_ttl_s, rules.offline_grace_s, rules.coalesce_s) == (90, 5, 2)
    assert (rules.exp_grace_s, rules.young_s, rules.max_connections) == (0, 10, 10)
    assert rules.registered_s > 2 * 60 * 60
