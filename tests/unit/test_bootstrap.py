"""Wiring: real adapters from the environment, made once and only when they are needed."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from parley import bootstrap
from parley.adapters.clock import SystemClock
from parley.adapters.dynamodb.clearing import DynamoClearingStore
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.tickets import DynamoTicketStore
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.adapters.push.crt import AwsCrtPush
from parley.adapters.queue import SqsFanoutQueue, SqsFlushQueue
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.presence import RedisPresenceStore
from parley.adapters.secrets import secret_value
from parley.adapters.tokens.introspection import TokensOfBothKinds
from parley.adapters.tokens.jwt_verifier import JwtVerifier
from parley.bootstrap import Adapters, App
from parley.errors import BadSetting, SecretUnreadable
from parley.ports import RateLimit
from parley.settings import Settings
from tests.support.memory import memory_app

VARIABLES = {
    "PARLEY_TABLE": "parley",
    "PARLEY_REDIS_URL": "redis://127.0.0.1:1",
    "PARLEY_WS_ENDPOINT": "https://example.com/v1",
    "PARLEY_FLUSH_QUEUE_URL": "https://sqs.example.com/q",
    "PARLEY_FANOUT_QUEUE_URL": "https://sqs.example.com/f",
    "PARLEY_JWT_ALGORITHM": "ES256",
    "PARLEY_JWKS_URL": "https://login.example.com/jwks.json",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    yield
    bootstrap.use(None)


def test_the_real_adapters_are_made_once_and_without_connecting() -> None:
    adapters = bootstrap.app().adapters
    kinds = {
        "clock": SystemClock,
        "messages": DynamoMessageStore,
        "rooms": DynamoRoomStore,
        "users": DynamoUserStore,
        "clearing": DynamoClearingStore,
        "tickets": DynamoTicketStore,
        "cache": RedisRoomCache,
        "presence": RedisPresenceStore,
        "push": AwsCrtPush,
        "queue": SqsFlushQueue,
        "fanout": SqsFanoutQueue,
        "verifier": JwtVerifier,
    }
    for name, kind in kinds.items():
        assert isinstance(getattr(adapters, name), kind), name
        assert getattr(adapters, name) is getattr(adapters, name)
    assert bootstrap.app() is bootstrap.app()


def test_a_secret_is_read_for_hs256() -> None:
    secret_value.cache_clear()
    with mock_aws():
        secret = boto3.client("secretsmanager").create_secret(Name="s", SecretString="x" * 40)
        settings = Settings(jwt_secret_arn=secret["ARN"])
        assert isinstance(Adapters(settings).verifier, JwtVerifier)


def test_with_introspection_the_login_is_asked_about_opaque_tokens() -> None:
    secret_value.cache_clear()
    with mock_aws():
        secret = boto3.client("secretsmanager").create_secret(Name="i", SecretString="word")
        settings = Settings(
            introspection_url="https://login.example.com/introspect",
            introspection_client_id="parley",
            introspection_secret_arn=secret["ARN"],
        )
        alone = Adapters(settings).verifier
        assert isinstance(alone, TokensOfBothKinds)
        assert alone.jwts is None
        jwks_url = VARIABLES["PARLEY_JWKS_URL"]
        both = Adapters(replace(settings, jwt_algorithm="ES256", jwks_url=jwks_url)).verifier
        assert isinstance(both, TokensOfBothKinds)
        assert isinstance(both.jwts, JwtVerifier)
    with pytest.raises(BadSetting, match=r"^PARLEY_INTROSPECTION_CLIENT_ID is not set$"):
        _ = Adapters(replace(settings, introspection_client_id="")).verifier
    with pytest.raises(BadSetting, match=r"^PARLEY_INTROSPECTION_SECRET_ARN is not set$"):
        _ = Adapters(replace(settings, introspection_secret_arn="")).verifier


@pytest.mark.parametrize(
    ("adapter", "setting"),
    [
        ("messages", "PARLEY_TABLE"),
        ("cache", "PARLEY_REDIS_URL"),
        ("push", "PARLEY_WS_ENDPOINT"),
        ("queue", "PARLEY_FLUSH_QUEUE_URL"),
        ("fanout", "PARLEY_FANOUT_QUEUE_URL"),
        ("verifier", "PARLEY_JWT_SECRET_ARN"),
    ],
)
def test_a_setting_that_is_missing_is_named(adapter: str, setting: str) -> None:
    with pytest.raises(BadSetting, match=f"^{setting} is not set$"):
        getattr(Adapters(Settings()), adapter)


def test_the_limits_of_the_contract_are_the_defaults() -> None:
    app = memory_app()
    assert app.policies.defaults.message == RateLimit("message", ((10, 10), (60, 60)))
    assert app.policies.defaults.typing == RateLimit("typing", ((100, 60),))
    assert app.policies.defaults.receipt == RateLimit("receipt", ((1_000, 60),))
    settings = app.settings
    assert (settings.body_max_chars, settings.connections_per_user) == (4_000, 10)
    assert (settings.rooms_per_user, settings.group_members_max) == (1_000, 1_000)
    assert (settings.quiet_room_members, settings.lease_ttl_s) == (50, 90)
    assert (settings.heartbeat_interval_s, settings.push_budget_ms) == (30, 500)


def test_preparing_happens_where_functions_start_and_only_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[App] = []
    bootstrap.prepare(built.append)
    assert built == []
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "message")
    bootstrap.prepare(built.append)
    bootstrap.prepare(built.append)
    assert built == [bootstrap.app()]


def test_a_bad_setting_stops_the_start_and_is_named_by_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "message")
    monkeypatch.setenv("PARLEY_LEASE_TTL_S", "soon")
    with pytest.raises(BadSetting, match="PARLEY_LEASE_TTL_S"):
        bootstrap.prepare(lambda app: app)
    (line,) = caplog.records
    assert (line.levelname, line.getMessage()) == ("ERROR", "setting_bad")
    assert "PARLEY_LEASE_TTL_S" in vars(line)["cause"]
    # Not hidden behind a stack.
    assert line.exc_info is None


def test_a_secret_that_cannot_be_read_is_named_by_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "authorizer")

    def build(app: App) -> None:
        raise SecretUnreadable("secret arn:aws:s cannot be read: ClientError")

    with pytest.raises(SecretUnreadable):
        bootstrap.prepare(build)
    (line,) = caplog.records
    assert (line.levelname, line.getMessage()) == ("ERROR", "secret_unreadable")
    assert "arn:aws:s" in vars(line)["cause"]


def test_functions_pay_only_for_what_they_use() -> None:
    """JWT belongs to the authorizer, and no adapter is imported before it is asked for."""
    script = "import sys, parley.bootstrap; print(*sorted(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(bootstrap.__file__).parents[2])},
    )
    assert not {"boto3", "redis", "jwt", "awscrt", "cryptography"} & set(done.stdout.split())
