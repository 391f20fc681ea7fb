"""`SettingsStore`: what tenants set for themselves, and the deployment's own key."""

from dataclasses import fields

import pytest

from parley.adapters.dynamodb.layout import cursor_key
from parley.adapters.dynamodb.table import Table, attributes_of
from parley.adapters.dynamodb.tenants import DynamoSettingsStore
from parley.adapters.memory.tenants import MemorySettingsStore
from parley.domain.ids import TenantId
from parley.domain.policies import NO_SETTINGS, TENANT_BOUNDS, TenantSettings
from parley.ports import SettingsStore
from tests.contract.dynamodb_fixtures import at_once

FULL = TenantSettings(**{name: high for name, (_, high) in TENANT_BOUNDS.items()})


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> SettingsStore:
    if request.param == "memory":
        return MemorySettingsStore()
    return DynamoSettingsStore(request.getfixturevalue("dynamodb"))


def test_a_tenant_that_set_nothing_has_nothing_of_its_own(
    store: SettingsStore, tenant: TenantId
) -> None:
    assert store.tenant_settings(tenant) == NO_SETTINGS


def test_settings_come_back_as_they_were_put(store: SettingsStore, tenant: TenantId) -> None:
    some = TenantSettings(body_max_chars=1, rooms_per_user=7)
    for settings in (FULL, some, NO_SETTINGS, FULL):
        store.put_tenant_settings(tenant, settings)
        assert store.tenant_settings(tenant) == settings


def test_what_one_tenant_sets_is_not_another_ones(store: SettingsStore, tenant: TenantId) -> None:
    store.put_tenant_settings(tenant, FULL)
    for other in (TenantId(tenant + "#"), TenantId(tenant[:-1])):
        assert store.tenant_settings(other) == NO_SETTINGS


def test_the_key_is_32_bytes_and_always_the_same(store: SettingsStore) -> None:
    key = store.cursor_key()
    assert len(key) == 32
    assert store.cursor_key() == key


def test_processes_that_make_the_key_at_once_get_the_same_one(dynamodb: Table) -> None:
    dynamodb.client.delete_item(TableName=dynamodb.name, Key=attributes_of(cursor_key()))
    keys = at_once(8, lambda _: DynamoSettingsStore(dynamodb).cursor_key())
    assert len(set(keys)) == 1


def test_every_setting_has_bounds() -> None:
    assert {field.name for field in fields(TenantSettings)} == set(TENANT_BOUNDS)
