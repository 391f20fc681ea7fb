"""A Redis anywhere: TLS, a user and a password, at a URL that is a secret and may be changed."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from parley.adapters.redis import login
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.client import RedisClient
from parley.adapters.secrets import secret_value
from parley.bootstrap.redis_client import redis_client
from parley.domain.ids import TenantId
from parley.errors import BadSetting, CacheUnavailable
from parley.settings import Settings
from tests.contract.certificates import self_signed
from tests.contract.redis_fixtures import Server, redis_caches
from tests.contract.test_redis_scripts import everything
from tests.support.faults.tcp import TcpProxy
from tests.support.faults.valkey_node import Node
from tests.support.stack import until

USER = "app"
FIRST, SECOND = "first/pass@word", "second:pass#word"
ENCODED = {FIRST: "first%2Fpass%40word", SECOND: "second%3Apass%23word"}
# The longest that a call may wait here, where the machine may be busy.
PATIENT_MS = 5_000


@dataclass(frozen=True, slots=True)
class External:
    """A server that others run, and the secret that leads to it."""

    node: Node
    front: TcpProxy
    secrets: Any
    arn: str

    def url(self, password: str, port: int | None = None) -> str:
        return f"rediss://{USER}:{ENCODED[password]}@localhost:{port or self.front.port}"

    def keep(self, text: str) -> None:
        """Change the secret."""
        self.secrets.put_secret_value(SecretId=self.arn, SecretString=text)

    def rotate(self, password: str) -> None:
        """Change the password, and end the connections of whoever knew the old one."""
        with self.node.admin() as admin:
            admin.execute_command("ACL", "SETUSER", USER, "resetpass", f">{password}")
            admin.execute_command("CLIENT", "KILL", "USER", USER)

    def client(self) -> RedisClient:
        """Return the client of a process that begins now."""
        secret_value.cache_clear()
        return redis_client(Settings(redis_secret_arn=self.arn, redis_timeout_ms=PATIENT_MS))


@pytest.fixture
def external(tmp_path: Path, emulator: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[External]:
    """Run a server with TLS, one user, and a secret."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    tls, authority = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    node = Node.started(tmp_path)
    secrets = boto3.client("secretsmanager")
    with node.admin() as admin, TcpProxy(node.port, tls) as front:
        admin.execute_command("ACL", "SETUSER", USER, "on", f">{FIRST}", "~*", "+@all")
        arn = secrets.create_secret(Name=tmp_path.name, SecretString="unset")["ARN"]
        running = External(node, front, secrets, arn)
        running.keep(running.url(FIRST) + "\n")
        yield running
    node.kill()
    secret_value.cache_clear()


def events(caplog: pytest.LogCaptureFixture, level: int = logging.ERROR) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


def test_all_work_is_done_over_tls_as_a_user_with_a_password(
    external: External, tenant: TenantId
) -> None:
    client = external.client()
    for call in everything(redis_caches(external.node, client), tenant):
        call()
    with external.node.admin() as admin:
        (mine,) = [each for each in admin.client_list() if each["user"] == USER]
    assert mine["name"] == "parley"
    client.close()


def test_the_user_that_the_template_makes_may_do_all_that_is_needed(
    valkey_cluster: Server, tenant: TenantId
) -> None:
    template = (Path(__file__).resolve().parents[2] / "template.yaml").read_text(encoding="utf-8")
    (access,) = re.findall(r"^ +AccessString: (.+)$", template, re.M)
    with valkey_cluster.admin() as admin:
        admin.execute_command("ACL", "SETUSER", USER, "reset", f">{FIRST}", *access.split())
        url = valkey_cluster.url.replace("//", f"//{USER}:{ENCODED[FIRST]}@")
        client = RedisClient(url, cluster=True)
        for call in everything(redis_caches(valkey_cluster, client), tenant):
            call()
        client.close()
        assert admin.execute_command("ACL", "LOG") == []


def test_the_database_of_the_url_is_used(external: External, tenant: TenantId) -> None:
    external.keep(external.url(FIRST) + "/3")
    client = external.client()
    RedisRoomCache(client).epoch(tenant)
    with external.node.admin() as admin:
        assert set(admin.info("keyspace")) == {"db3"}
    client.close()


def test_a_password_that_was_changed_heals_without_a_deployment(
    external: External, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    client = external.client()
    cache = RedisRoomCache(client)
    first = cache.epoch(tenant)
    external.keep(external.url(SECOND))
    external.rotate(SECOND)
    # In one call, unless the emulator was too busy to tell within half a second.
    assert until(lambda: answered(cache, tenant)) == first
    assert "redis_unreachable" not in events(caplog) or "secret_unreadable" in events(caplog)
    client.close()


def answered(cache: RedisRoomCache, tenant: TenantId) -> str | None:
    try:
        return cache.epoch(tenant)
    except CacheUnavailable:
        return None


def test_a_password_that_is_wrong_is_named_once_and_never_shown(
    external: External,
    tenant: TenantId,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(login, "LOOK_AGAIN_S", 0.0)
    client = external.client()
    cache = RedisRoomCache(client)
    first = cache.epoch(tenant)
    external.rotate(SECOND)
    for _ in range(3):
        with pytest.raises(CacheUnavailable):
            cache.epoch(tenant)
    (told,) = [each for each in caplog.records if each.getMessage() == "redis_unreachable"]
    assert vars(told)["reason"] == "login"
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert not any(word in said for word in (FIRST, SECOND, *ENCODED.values()))
    external.keep(external.url(SECOND))
    assert until(lambda: answered(cache, tenant)) == first
    assert "redis_reached_again" in events(caplog, logging.WARNING)
    client.close()


def test_the_password_of_another_server_is_not_told_to_this_one(
    external: External, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    client = external.client()
    cache = RedisRoomCache(client)
    cache.epoch(tenant)
    external.rotate(SECOND)
    external.keep(external.url(SECOND, port=1))
    with pytest.raises(CacheUnavailable):
        cache.epoch(tenant)
    assert {"redis_moved", "secret_unreadable"} & set(events(caplog))
    client.close()


@pytest.mark.parametrize("kept", ["gone", "redis://localhost:6379?ssl_cert_reqs=none"])
def test_a_secret_that_is_of_no_use_any_more_is_named(
    external: External, tenant: TenantId, caplog: pytest.LogCaptureFixture, kept: str
) -> None:
    client = external.client()
    cache = RedisRoomCache(client)
    cache.epoch(tenant)
    external.rotate(SECOND)
    if kept == "gone":
        external.secrets.delete_secret(SecretId=external.arn, ForceDeleteWithoutRecovery=True)
    else:
        external.keep(kept)
    with pytest.raises(CacheUnavailable):
        cache.epoch(tenant)
    assert events(caplog) == ["secret_unreadable", "redis_unreachable"]
    assert all(external.arn in str(vars(each)) for each in caplog.records[:1])
    client.close()


@pytest.mark.parametrize(
    "url", ["redis://app:first@redis.example:6379", "http://redis.example", "first"]
)
def test_a_url_that_would_show_the_password_on_its_way_is_refused_without_being_shown(
    external: External, url: str
) -> None:
    external.keep(url)
    with pytest.raises(BadSetting, match="rediss://") as refused:
        external.client()
    assert external.arn in str(refused.value)
    assert "first" not in str(refused.value)


def test_a_server_of_this_machine_needs_no_tls(external: External, tenant: TenantId) -> None:
    external.keep(f"redis://{USER}:{ENCODED[FIRST]}@127.0.0.1:{external.node.port}")
    client = external.client()
    assert RedisRoomCache(client).epoch(tenant)
    client.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(
    external: External,
    tenant: TenantId,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    client = external.client()
    with pytest.raises(CacheUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        RedisRoomCache(client).epoch(tenant)
    (told,) = [each for each in caplog.records if each.getMessage() == "redis_unreachable"]
    assert vars(told)["reason"] == "certificate"
    client.close()
