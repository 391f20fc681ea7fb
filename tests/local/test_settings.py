"""The environment says what `make run` does; a mistake in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.errors import StartError
from local.launcher import gateway_config
from local.settings import ROOT, Settings


def test_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings().port == 8080
    assert Settings().data_dir == ROOT / ".local"


def test_everything_can_be_chosen(tmp_path: Path) -> None:
    settings = Settings.from_environment({
        "PORT": "0",
        "REDIS_URL": "redis://elsewhere",
        "PARLEY_AWS": "1",
        "PARLEY_LOCAL_DIR": str(tmp_path),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "GATEWAY_IDLE_TIMEOUT_S": "1.5",
        "GATEWAY_CONCURRENCY": "2",
        "GATEWAY_FAULT_CONTROL": "1",
    })  # fmt: skip
    assert settings == Settings(
        port=0,
        data_dir=tmp_path,
        redis_url="redis://elsewhere",
        uses_aws=True,
        region="eu-central-1",
        gateway={"idle_timeout_s": 1.5, "concurrency": 2, "fault_control": True},
    )


def test_empty_variables_count_as_absent() -> None:
    empty = dict.fromkeys(("PORT", "REDIS_URL", "PARLEY_AWS", "PARLEY_LOCAL_DIR"), "")
    assert Settings.from_environment(empty) == Settings()


def test_parleys_own_settings_reach_the_functions_and_the_launchers_do_not() -> None:
    settings = Settings.from_environment({
        "PARLEY_MESSAGES_PER_MINUTE": "600",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://proxy",
        "AWS_ENDPOINT_URL": "http://nowhere",
        "PARLEY_AWS": "0",
        "PARLEY_LOCAL_DIR": "/somewhere",
        "HOME": "/root",
    })  # fmt: skip
    assert settings.functions == {
        "PARLEY_MESSAGES_PER_MINUTE": "600",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://proxy",
    }


def test_gateway_is_configured_with_what_was_chosen(tmp_path: Path) -> None:
    settings = Settings(gateway={"schedule_scale": 0.01}, functions={"PARLEY_X": "1"})
    log = tmp_path / "log"
    config = gateway_config(settings, 9000, "http://emulator", log, "redis://x", {"P": "v"})
    assert (config.host, config.port, config.endpoint_url) == (
        "127.0.0.1", 9000, "http://emulator",
    )  # fmt: skip
    assert config.schedule_scale == 0.01
    assert config.environment["PARLEY_X"] == "1"
    assert config.environment["PARLEY_REDIS_URL"] == "redis://x"
    assert config.parameters == {"P": "v"}
    assert config.template == ROOT / "template.yaml"


@pytest.mark.parametrize(
    ("settings", "passed_on"),
    [
        # An emulator on the same machine needs more time than SQS.
        (Settings(), {"PARLEY_QUEUE_TIMEOUT_MS": "2000"}),
        (
            Settings(functions={"PARLEY_QUEUE_TIMEOUT_MS": "400"}),
            {"PARLEY_QUEUE_TIMEOUT_MS": "400"},
        ),
        (Settings(uses_aws=True), {}),
    ],
)
def test_functions_have_time_for_emulated_queues(
    tmp_path: Path, settings: Settings, passed_on: dict[str, str]
) -> None:
    config = gateway_config(settings, 9000, None, tmp_path / "log", "redis://x", {})
    assert config.environment == {"PARLEY_REDIS_URL": "redis://x", **passed_on}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("PORT", "http", "a port, 0 to 65535"),
        ("PORT", "65536", "a port, 0 to 65535"),
        ("PORT", "-1", "a port, 0 to 65535"),
        ("PARLEY_AWS", "yes", "1 or 0"),
        ("GATEWAY_CONCURRENCY", "2.5", "a whole number"),
        ("GATEWAY_IDLE_TIMEOUT_S", "soon", "a number"),
        ("GATEWAY_INLINE", "true", "1 or 0"),
    ],
)
def test_a_mistake_is_one_line_with_its_name(name: str, value: str, wanted: str) -> None:
    with pytest.raises(StartError) as caught:
        Settings.from_environment({name: value})
    assert str(caught.value) == f"{name} is {wanted}, not {value!r}"
