"""Settings: defaults, bounds, and a bad one stops the start by its name."""

from dataclasses import fields
from typing import get_type_hints

import pytest

from parley.errors import BadSetting
from parley.settings import BOUNDS, Settings

HINTS = get_type_hints(Settings)
NUMBERS = sorted(name for name, kind in HINTS.items() if kind is int)


def read(**variables: str) -> Settings:
    return Settings.from_environment({f"PARLEY_{name}": text for name, text in variables.items()})


def test_without_variables_the_defaults_of_the_contract_hold() -> None:
    settings = read()
    assert settings == Settings()
    assert settings.body_max_chars == 4_000
    assert (settings.messages_per_10s, settings.messages_per_minute) == (10, 60)
    assert (settings.typing_per_minute, settings.receipts_per_minute) == (100, 1_000)
    assert (settings.connections_per_user, settings.rooms_per_user) == (10, 1_000)
    assert (settings.open_rooms_max, settings.quiet_room_members) == (100, 50)
    assert settings.group_members_max == 1_000
    assert (settings.lease_ttl_s, settings.heartbeat_interval_s) == (90, 30)
    assert settings.tenant_cookies == ("dashboard_access_token", "dm_access_token")
    assert settings.manage_cookies == ("manage_access_token",)


def test_every_number_has_bounds_and_its_default_is_within_them() -> None:
    assert sorted(BOUNDS) == NUMBERS
    for field in fields(Settings):
        if field.name in BOUNDS:
            low, high = BOUNDS[field.name]
            assert low <= field.default <= high  # type: ignore[operator]


def test_every_kind_of_setting_is_read() -> None:
    settings = read(
        TABLE=" parley ",
        REDIS_CLUSTER="True",
        BODY_MAX_CHARS="100000",
        ALLOWED_ORIGINS="https://a.example, http://127.0.0.1:8080,",
    )
    assert settings.table == "parley"
    assert settings.redis_cluster is True
    assert settings.body_max_chars == 100_000
    assert settings.allowed_origins == ("https://a.example", "http://127.0.0.1:8080")


def test_the_environment_of_the_process_is_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TABLE", "from-the-environment")
    assert Settings.from_environment().table == "from-the-environment"


def test_an_empty_variable_leaves_the_default() -> None:
    assert read(MESSAGES_PER_MINUTE="", JWT_ALGORITHM=" ") == Settings()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_beyond_its_bounds_is_refused_by_name(name: str) -> None:
    low, high = BOUNDS[name]
    for value in (low - 1, high + 1):
        with pytest.raises(BadSetting, match=f"PARLEY_{name.upper()} must be a whole number"):
            read(**{name.upper(): str(value)})


@pytest.mark.parametrize(
    "text", ["ten", "1.5", "1e3", "-1", "+5", "٣", "1_000", "0x10", "9" * 5000]
)
def test_what_is_no_plain_whole_number_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PARLEY_BODY_MAX_CHARS"):
        read(BODY_MAX_CHARS=text)


@pytest.mark.parametrize("text", ["yes", "2", "on"])
def test_what_is_neither_true_nor_false_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PARLEY_REDIS_CLUSTER"):
        read(REDIS_CLUSTER=text)


@pytest.mark.parametrize("text", ["none", "hs256", "HS512"])
def test_an_algorithm_that_is_not_offered_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PARLEY_JWT_ALGORITHM"):
        read(JWT_ALGORITHM=text)


@pytest.mark.parametrize(
    "text",
    ["*", "https://*.a.example", "https://a.example/", "a.example", "null", "https://a.example?b"],
)
def test_an_origin_that_no_browser_sends_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PARLEY_ALLOWED_ORIGINS"):
        read(ALLOWED_ORIGINS=f"https://fine.example,{text}")


def test_a_heartbeat_that_comes_after_the_end_of_its_lease_is_refused() -> None:
    with pytest.raises(BadSetting, match="PARLEY_HEARTBEAT_INTERVAL_S must be below"):
        read(LEASE_TTL_S="30", HEARTBEAT_INTERVAL_S="30")


def test_a_setting_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(BadSetting, match="PARLEY_MESAGES_PER_MINUTE is no setting"):
        read(MESAGES_PER_MINUTE="30")


def test_a_setting_that_a_function_needs_is_missed_by_name() -> None:
    assert Settings(table="parley").require("table") == "parley"
    with pytest.raises(BadSetting, match="PARLEY_TABLE is not set"):
        Settings().require("table")


@pytest.mark.parametrize("prefix", ["par{ley}", "a b", "x" * 161, "a:b"])
def test_a_prefix_of_keys_that_could_move_them_is_refused(prefix: str) -> None:
    with pytest.raises(BadSetting, match="PARLEY_REDIS_PREFIX must be 1 to 160 of"):
        read(REDIS_PREFIX=prefix)


def test_a_deployment_has_its_own_prefix_of_keys() -> None:
    assert read(REDIS_PREFIX="parley-prod").redis_prefix == "parley-prod"
    assert read().redis_prefix == "parley"
