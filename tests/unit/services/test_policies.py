"""Each tenant's policy: what it set, the defaults for the rest, and for how long it is known."""

from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.tenants import MemorySettingsStore
from parley.bootstrap import default_policy
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Caller, Scope
from parley.domain.policies import TenantSettings
from parley.errors import StoreUnavailable
from parley.ports import RateLimit
from parley.services import policies
from parley.services.policies import Policies
from parley.settings import Settings

ANN = Caller(UserId("ann"), TenantId("acme"), Scope.TENANT, "member", "Ann", 2, 1)
DEFAULTS = default_policy(Settings())


@dataclass(slots=True)
class Store(MemorySettingsStore):
    """Counts the reads, and can be away."""

    reads: list[TenantId] = field(default_factory=list)
    away: bool = False

    @override
    def tenant_settings(self, tenant_id: TenantId) -> TenantSettings:
        self.reads.append(tenant_id)
        if self.away:
            raise StoreUnavailable("away")
        return MemorySettingsStore.tenant_settings(self, tenant_id)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def known(store: Store, clock: MemoryClock) -> Policies:
    return Policies(store, DEFAULTS, clock.monotonic)


def test_a_tenant_that_set_nothing_has_the_defaults(known: Policies) -> None:
    policy = known.of(ANN)
    assert policy == DEFAULTS
    assert policy.message == RateLimit("message", ((10, 10), (60, 60)))
    assert policy.typing == RateLimit("typing", ((100, 60),))
    assert policy.receipt == RateLimit("receipt", ((1_000, 60),))
    assert policy.request == RateLimit("request", ((600, 60),))
    assert policy.connect == RateLimit("connect", ((60, 60),))


def test_what_a_tenant_set_holds_instead_and_for_it_alone(known: Policies, store: Store) -> None:
    store.put_tenant_settings(ANN.tenant_id, TenantSettings(messages_per_10s=3))
    assert known.of(ANN) == replace(DEFAULTS, messages_per_10s=3)
    assert known.of(replace(ANN, tenant_id=TenantId("other"))) == DEFAULTS


def test_a_policy_is_read_once_in_ten_seconds(
    known: Policies, store: Store, clock: MemoryClock
) -> None:
    known.of(ANN)
    store.put_tenant_settings(ANN.tenant_id, TenantSettings(rooms_per_user=3))
    clock.advance(9)
    assert known.of(ANN) == DEFAULTS
    assert len(store.reads) == 1
    clock.advance(1)
    assert known.of(ANN).rooms_per_user == 3
    assert len(store.reads) == 2


def test_a_known_policy_holds_on_while_the_store_is_away(
    known: Policies, store: Store, clock: MemoryClock
) -> None:
    store.put_tenant_settings(ANN.tenant_id, TenantSettings(rooms_per_user=3))
    known.of(ANN)
    store.away = True
    clock.advance(60)
    assert known.of(ANN).rooms_per_user == 3
    with pytest.raises(StoreUnavailable):
        known.of(replace(ANN, tenant_id=TenantId("other")))


def test_only_so_many_policies_are_kept_in_mind(
    known: Policies, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_KNOWN", 2)
    for tenant in ("a", "b", "c", "c", "a"):
        assert known.of(replace(ANN, tenant_id=TenantId(tenant))) == DEFAULTS
    assert store.reads == ["a", "b", "c", "a"]
