"""What tenants may set, and how far (SPEC §6)."""

from dataclasses import asdict, fields

from parley.domain.policies import NO_SETTINGS, TENANT_BOUNDS, TenantSettings
from parley.settings import BOUNDS, Settings


def test_nothing_is_set_at_first() -> None:
    assert set(asdict(NO_SETTINGS).values()) == {None}


def test_what_a_tenant_may_set_is_a_setting_of_the_deployment_within_its_bounds() -> None:
    assert {field.name for field in fields(TenantSettings)} == set(TENANT_BOUNDS)
    for name, (low, high) in TENANT_BOUNDS.items():
        assert BOUNDS[name][0] <= low < high <= BOUNDS[name][1]
        assert low <= getattr(Settings(), name) <= high
