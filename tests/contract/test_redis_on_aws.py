"""Redis on AWS (AWS.md §D): tokens instead of passwords, TLS, one virtual shard, refusals."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import CredentialRetrievalError

from parley.adapters.redis import iam, node
from parley.adapters.redis.breaker import Breaker
from parley.adapters.redis.cache import RedisRoomCache
from parley.adapters.redis.iam import EXPIRES_S, RENEW_S, IamLogin
from parley.domain.ids import RoomId, TenantId
from parley.errors import CacheUnavailable
from tests.contract.certificates import self_signed
from tests.contract.redis_fixtures import redis_caches
from tests.contract.test_redis_scripts import everything
from tests.support.on_aws import KEY, WHO, OnAws
from tests.support.sigv4 import Key, TokenJudge, TokenRefused

HOUR_S = 3600
NEW_KEY = Key("ASIANEWER", "another", "another-session")


class Clock:
    """Epoch seconds that stand still."""

    def __init__(self) -> None:
        self.now_s = time.time()

    def __call__(self) -> float:
        return self.now_s


class Role:
    """The credentials of a function, which AWS renews."""

    def __init__(self) -> None:
        self.key = KEY

    def __call__(self) -> Key:
        return self.key


@pytest.fixture
def aws(serverless: OnAws) -> Iterator[OnAws]:
    """Give a cache that this test may break."""
    serverless.cache.heal()
    yield serverless
    serverless.cache.heal()


@pytest.fixture
def clock(aws: OnAws) -> Clock:
    """Give a clock that cache and client share."""
    clock = Clock()
    aws.cache.clock = clock
    return clock


def unreachable(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.getMessage() == "redis_unreachable"]


# --- Tokens --------------------------------------------------------------------------------------


def judge_of(*keys: Key) -> TokenJudge:
    return TokenJudge(WHO.cache, WHO.user, WHO.region, {key.access_key: key for key in keys})


@pytest.mark.parametrize("key", [KEY, replace(KEY, token=None)])
def test_a_token_is_what_aws_expects_for_its_fifteen_minutes(key: Key) -> None:
    now = time.time()
    token = iam.presigned(WHO, key, now)
    judge = judge_of(key)
    for later_s in (0, EXPIRES_S - 1):
        judge.judge(WHO.user, token, now + later_s)
    with pytest.raises(TokenRefused, match="expired"):
        judge.judge(WHO.user, token, now + EXPIRES_S)
    for other in (
        replace(judge, cache="other"),
        replace(judge, user="other"),
        replace(judge, region="us-east-1"),
        judge_of(replace(key, secret_key="other")),
        judge_of(replace(key, token="other")),
        judge_of(),
    ):
        with pytest.raises(TokenRefused):
            other.judge(WHO.user, token, now)


def test_a_token_is_what_botocore_would_have_signed() -> None:
    url = f"https://{WHO.cache}/?Action=connect&User={WHO.user}&ResourceType=ServerlessCache"
    for _ in range(20):
        request = AWSRequest("GET", url)
        SigV4QueryAuth(KEY, "elasticache", WHO.region, expires=EXPIRES_S).add_auth(request)
        token = iam.presigned(WHO, KEY, time.time())
        signatures = {text.partition("X-Amz-Signature=")[2] for text in (request.url, token)}
        if len(signatures) == 1:
            return
    raise AssertionError(signatures)


def test_a_token_is_kept_for_five_minutes_and_no_longer_than_its_keys() -> None:
    clock, role = Clock(), Role()
    login = IamLogin(WHO, role, clock)
    begun_s = clock.now_s
    first = login.get_credentials()
    clock.now_s = begun_s + RENEW_S - 1
    assert login.get_credentials() == first
    clock.now_s = begun_s + RENEW_S
    second = login.get_credentials()
    assert second != first
    role.key = NEW_KEY
    third = login.get_credentials()
    assert NEW_KEY.access_key in third[1]
    clock.now_s += 1
    assert login.renew()
    assert login.get_credentials() not in (first, second, third)


def test_a_clock_that_was_put_back_does_not_keep_a_token_for_ever() -> None:
    clock = Clock()
    login = IamLogin(WHO, lambda: KEY, clock)
    clock.now_s += HOUR_S
    early = login.get_credentials()
    clock.now_s -= HOUR_S
    assert login.get_credentials() != early


def test_the_keys_are_those_of_the_functions_role(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", str(KEY.token))
    found = iam.role_credentials()()
    assert (found.access_key, found.secret_key, found.token) == (
        KEY.access_key,
        KEY.secret_key,
        KEY.token,
    )


def test_a_role_without_keys_is_an_outage_that_is_named(
    aws: OnAws, tenant: TenantId, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    nobody = SimpleNamespace(get_credentials=lambda: None)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", nobody)

    def no_answer() -> Key:
        raise CredentialRetrievalError(provider="container-role", error_msg="no answer")

    for credentials, cause in (
        (iam.role_credentials(), "NoCredentialsError"),
        (no_answer, "CredentialRetrievalError"),
    ):
        client = aws.client(IamLogin(WHO, credentials), cluster=False)
        with pytest.raises(CacheUnavailable, match=cause):
            RedisRoomCache(client).epoch(tenant)
        client.close()
    assert [record.reason for record in unreachable(caplog)] == ["login", "login"]


# --- Connections ---------------------------------------------------------------------------------


def test_for_two_days_no_call_meets_an_old_token_or_an_end_after_twelve_hours(
    aws: OnAws, clock: Clock, tenant: TenantId
) -> None:
    role = Role()
    client = aws.client(IamLogin(WHO, role, clock), clock=clock)
    cache = RedisRoomCache(client)
    begun_s, ages_s = clock.now_s, []
    for quarter in range(2 * 24 * 4):
        clock.now_s = begun_s + quarter * HOUR_S / 4
        if quarter % 5 == 0:
            # The role's keys change in between, and the old ones are worth nothing.
            role.key = replace(KEY, access_key=f"ASIA{quarter}", secret_key=f"secret-{quarter}")
            aws.cache.judge = judge_of(role.key)
        before = len(aws.cache.tokens)
        cache.log_changes(tenant, [RoomId("room")])
        if len(aws.cache.tokens) > before:
            ages_s.append(clock.now_s - begun_s)
    lasted = [after - before for before, after in pairwise(ages_s)]
    assert len(ages_s) >= 4
    assert all(10 * HOUR_S < each < 12 * HOUR_S for each in lasted), lasted
    assert aws.cache.refusals == []
    client.close()


def test_processes_that_began_together_connect_again_at_different_times(
    aws: OnAws, clock: Clock, tenant: TenantId
) -> None:
    clients = [aws.client(clock=clock) for _ in range(8)]
    for client in clients:
        RedisRoomCache(client).epoch(tenant)
    reconnected: list[int] = []
    for _ in range(12):
        clock.now_s += 6 * 60 if reconnected else node.MAX_AGE_S - node.STAGGERED_S
        before = len(aws.cache.tokens)
        for client in clients:
            RedisRoomCache(client).epoch(tenant)
        reconnected.append(len(aws.cache.tokens) - before)
    assert sum(reconnected) == len(clients)
    assert max(reconnected) < len(clients)
    assert sum(1 for each in reconnected if each) > 1
    for client in clients:
        client.close()


def test_a_connection_is_not_replaced_in_the_middle_of_a_call(aws: OnAws, clock: Clock) -> None:
    client = aws.client(clock=clock)
    (one,) = client._nodes()
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(one.ask("BLPOP", "nothing", "1")))
    waiting.start()
    while not aws.cache.commands["blpop"]:
        time.sleep(0.01)
    clock.now_s += 11.9 * HOUR_S
    assert one.ask("PING")
    assert aws.cache.connections == 2
    waiting.join()
    assert answers == [None]
    client.close()


def test_a_token_that_is_refused_is_made_anew_once(
    aws: OnAws, clock: Clock, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    client = aws.client(IamLogin(WHO, Role(), clock), clock=clock)
    cache = RedisRoomCache(client)
    first = cache.epoch(tenant)
    # It believes itself 20 minutes earlier than AWS, until somebody sets its clock.
    aws.cache.clock = lambda: clock.now_s + 20 * 60
    aws.cache.drop()
    with pytest.raises(CacheUnavailable):
        cache.epoch(tenant)
    assert len(aws.cache.tokens) == 1 + 2
    assert [(each.reason, each.levelno) for each in unreachable(caplog)] == [
        ("login", logging.ERROR)
    ]
    assert not any(token in caplog.text for token in aws.cache.tokens)
    client.close()
    aws.cache.clock = clock
    other = aws.client(IamLogin(WHO, Role(), clock), clock=clock)
    assert RedisRoomCache(other).epoch(tenant) == first
    other.close()


def test_keys_that_changed_under_a_token_cost_one_more_try(
    aws: OnAws, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    role = Role()
    login = IamLogin(WHO, role)
    client = aws.client(login)
    cache = RedisRoomCache(client)
    first = cache.epoch(tenant)
    # The same key with another secret: nothing tells the client that its token is worth nothing.
    role.key = replace(KEY, secret_key="another")
    aws.cache.judge = judge_of(role.key)
    client.close()
    assert cache.epoch(tenant) == first
    assert len(aws.cache.refusals) == 1
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
    client.close()


def test_a_connection_that_has_to_log_in_again_does_and_its_call_is_done_once(
    aws: OnAws, tenant: TenantId
) -> None:
    client = aws.client()
    caches = redis_caches(aws, client)
    caches.rooms.epoch(tenant)
    for _ in range(3):
        aws.cache.forget_logins()
        # Not repeatable: one that was done twice would count twice.
        caches.rooms.log_changes(tenant, [RoomId("room")])
    assert len(aws.cache.tokens) == 4
    assert aws.cache.refusals == []
    client.close()


def test_who_is_slow_to_look_at_a_token_is_waited_for(aws: OnAws, tenant: TenantId) -> None:
    aws.cache.slow_login_s = 0.4
    client = aws.client(timeout_s=0.25, breakers=lambda: Breaker(2.0))
    assert RedisRoomCache(client).epoch(tenant)
    client.close()


# --- TLS -----------------------------------------------------------------------------------------


def test_a_certificate_of_somebody_else_is_refused_before_anything_is_said(
    aws: OnAws, tenant: TenantId, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    _, other = self_signed(elsewhere)
    client = replace(aws, authority=other).client()
    with pytest.raises(CacheUnavailable):
        RedisRoomCache(client).epoch(tenant)
    (told,) = unreachable(caplog)
    assert (told.reason, told.address) == ("certificate", aws.cache.url.removeprefix("rediss://"))
    assert aws.cache.tokens == []
    client.close()


def test_a_certificate_for_another_name_is_refused(
    aws: OnAws, tenant: TenantId, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(aws.cache), "url", f"rediss://127.0.0.1:{aws.cache.port}")
    client = aws.client()
    with pytest.raises(CacheUnavailable):
        RedisRoomCache(client).epoch(tenant)
    (told,) = unreachable(caplog)
    assert "IP address mismatch" in told.cause
    assert aws.cache.tokens == []
    client.close()


# --- What a serverless cache has, and refuses ----------------------------------------------------


def test_all_work_is_done_with_what_is_allowed(aws: OnAws, tenant: TenantId) -> None:
    client = aws.client()
    for call in everything(redis_caches(aws, client), tenant):
        call()
    assert redis_caches(aws, client).presence.tenants_due(1) is not None
    assert aws.cache.refused["info"] == 1
    # Two that nobody misses: the connection's name, and the policy that may not be asked for.
    assert set(aws.cache.refused) == {"client setname", "info"}
    assert set(aws.cache.commands) == {"auth", "client", "cluster", "evalsha", "eval", "info"}
    client.close()


def test_the_reader_is_left_alone_and_one_connection_does(aws: OnAws, tenant: TenantId) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        aws.cache.reader_port = reader.getsockname()[1]
        client = aws.client()
        for number in range(20):
            RedisRoomCache(client).epoch(TenantId(f"{tenant}-{number}"))
        assert aws.cache.connections == 1
        reader.settimeout(0.1)
        with pytest.raises(TimeoutError):
            reader.accept()
    client.close()


def test_a_cluster_that_may_not_be_asked_for_its_slots_is_asked_once(
    aws: OnAws, tenant: TenantId, caplog: pytest.LogCaptureFixture
) -> None:
    aws.cache.may_cluster = frozenset()
    client = aws.client()
    for _ in range(5):
        RedisRoomCache(client).epoch(tenant)
        time.sleep(0.2)
    assert aws.cache.refused["cluster slots"] == 1
    assert [each.getMessage() for each in caplog.records] == ["cluster_unknown"]
    client.close()


def test_who_speaks_to_one_server_only_is_served_too(aws: OnAws, tenant: TenantId) -> None:
    client = aws.client(cluster=False)
    assert RedisRoomCache(client).epoch(tenant)
    assert not aws.cache.commands["cluster"]
    client.close()
