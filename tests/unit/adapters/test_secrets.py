"""Secrets are read once for each process, and a missing one stops the cold start."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from parley.adapters.secrets import secret_value
from parley.errors import BadSetting


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    secret_value.cache_clear()
    with mock_aws():
        yield


def test_a_secret_is_read_once() -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="token", SecretString="first")["ARN"]
    assert secret_value(arn) == "first"
    client.put_secret_value(SecretId=arn, SecretString="second")
    assert secret_value(arn) == "first"


def test_a_secret_that_is_not_there_is_named() -> None:
    with pytest.raises(BadSetting, match="arn:of:nothing cannot be read"):
        secret_value("arn:of:nothing")


def test_a_binary_secret_is_refused() -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="b", SecretBinary=b"\x00")["ARN"]
    with pytest.raises(BadSetting, match="holds no string"):
        secret_value(arn)
