"""The token secret is made once, kept to its owner, and found in Secrets Manager."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from local.errors import StartError
from local.processes import HOST, free_port
from local.secrets import kept_secret, publish
from local.servers import emulator

REGION = "us-east-1"


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    """An emulator."""
    with emulator() as url:
        yield url


def test_secret_is_long_random_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "jwt-secret")
    assert re.fullmatch(r"[0-9a-f]{64}", secret)
    assert secret != kept_secret(tmp_path / "another")
    assert stat.S_IMODE((tmp_path / "jwt-secret").stat().st_mode) == 0o600


def test_secret_is_kept(tmp_path: Path) -> None:
    assert kept_secret(tmp_path / "jwt-secret") == kept_secret(tmp_path / "jwt-secret")


def test_secret_is_made_in_spite_of_a_draft_that_a_killed_run_left(tmp_path: Path) -> None:
    (tmp_path / "jwt-secret.new").write_text("half")
    assert len(kept_secret(tmp_path / "jwt-secret")) == 64


def test_published_secret_is_found_by_its_arn_and_follows_changes(endpoint_url: str) -> None:
    arn = publish("one", endpoint_url, REGION)
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:")
    assert value(endpoint_url, arn) == "one"
    assert publish("one", endpoint_url, REGION) == arn
    assert publish("two", endpoint_url, REGION) == arn
    assert value(endpoint_url, arn) == "two"


def value(endpoint_url: str, arn: str) -> str:
    """What the authorizer would read."""
    client = boto3.client(
        "secretsmanager",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    return str(client.get_secret_value(SecretId=arn)["SecretString"])


def test_unreachable_secrets_manager_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StartError, match="cannot be kept in Secrets Manager") as caught:
        publish("one", f"http://{HOST}:{free_port()}", REGION)
    assert "\n" not in str(caught.value)
