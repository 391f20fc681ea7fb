"""`parley doctor --local`: a Parley that is well, and each thing that can be wrong with one."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from tests.cli.conftest import LocalCommand
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.stack import Stack, running_stack, until

SECRET_BYTES = 64


def findings(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in answer["checks"]}


def bad(answer: dict[str, Any]) -> list[str]:
    return [each["name"] for each in answer["checks"] if each["status"] == "fail"]


def test_a_parley_that_is_well_is_found_well(local: LocalCommand) -> None:
    answer = local.json("doctor")
    assert answer["ok"]
    assert answer["stack"] == "parley-local"
    assert answer["counts"] == {"ok": len(answer["checks"]), "warn": 0, "fail": 0, "unknown": 0}
    assert set(findings(answer)) == {
        "stack",
        "token secret",
        "rest",
        "redis",
        "clock",
        "websocket",
        "session",
        "table",
        "dead letters",
        "logs",
    }
    ran = local("doctor")
    assert ran.out.splitlines()[-1] == "parley-local: 10 ok, 0 warn, 0 fail, 0 unknown"


def test_dead_letters_are_counted_with_what_to_do(stack: Stack, local: LocalCommand) -> None:
    from cli.aws import Aws
    from cli.stacks import find_stack

    port = (stack.data_dir / "aws" / "port").read_text()
    aws = Aws(endpoint_url=f"http://127.0.0.1:{port}")
    url = find_stack(aws, "parley-local").resource("FanoutDeadLetters")
    aws.call("sqs", "send_message", QueueUrl=url, MessageBody="poison")
    ran = local("doctor")
    assert ran.code == 1
    assert "1 of fanout's records failed for good" in ran.out
    assert "`parley redrive fanout`" in ran.out
    assert local("redrive", "fanout", "--drop-unreadable").out == (
        "fanout: 0 put back, 1 dropped, 0 left that cannot be read\n"
    )
    assert local.json("doctor")["ok"]


def test_a_token_is_judged_claim_by_claim(stack: Stack, local: LocalCommand) -> None:
    good = stack.token("ann", tenantId="acme")
    answer = local.json("doctor", "--token", good)
    assert findings(answer)["token"]["says"].startswith("the token is good")
    claims = {"sub": "@ann", "iat": int(time.time()), "exp": int(time.time()) - 60}
    forged = jwt.encode(claims, "x" * SECRET_BYTES, algorithm="HS512")
    ran = local("doctor", "--token", forged)
    assert ran.code == 1
    assert "alg is 'HS512', and JwtAlgorithm is 'HS256'" in ran.out
    assert "it is refused: expired" in ran.out
    assert "it is refused: sub is no well-formed user id" in ran.out
    of_another = jwt.encode(
        {**claims, "sub": "ann", "tenantId": "acme", "exp": int(time.time()) + 60},
        "x" * SECRET_BYTES,
    )
    ran = local("doctor", "--token", of_another)
    assert "its claims are right, and it is refused: signature" in ran.out
    for opaque in ("opaque", "a.b.c"):
        assert "the token is no" in local("doctor", "--token", opaque).out


# --- A Parley that is ill -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyUnderTest]:
    with ValkeyUnderTest() as server:
        yield server


@pytest.fixture(scope="module")
def ill(valkey: ValkeyUnderTest) -> Iterator[LocalCommand]:
    """A Parley whose issuer is not that of its login, and whose Redis can be stopped."""
    settings = {"REDIS_URL": valkey.url, "PARLEY_JWT_ISSUER": "https://login.example"}
    with running_stack(settings) as stack:
        yield LocalCommand(stack)


def test_a_wrong_issuer_is_named(ill: LocalCommand) -> None:
    def named() -> dict[str, Any] | None:
        answer = dict(ill("doctor", "--json").json(code=1))
        return answer if "issuer_wrong" in findings(answer)["logs"]["says"] else None

    answer = until(named)
    assert bad(answer) == ["session"]
    assert "UNAUTHORIZED" in findings(answer)["session"]["says"]
    assert findings(answer)["logs"]["status"] == "warn"
    assert "JwtIssuer" in findings(answer)["logs"]["todo"]


def test_a_redis_out_of_reach_is_named(ill: LocalCommand, valkey: ValkeyUnderTest) -> None:
    valkey.kill9()

    def named() -> dict[str, Any] | None:
        answer = dict(ill("doctor", "--json").json(code=1))
        said = [each["says"] for each in answer["checks"] if each["name"] == "logs"]
        return answer if any("redis_unreachable" in says for says in said) else None

    answer = until(named, 40)
    assert findings(answer)["redis"]["status"] == "fail"
    assert "cannot reach Redis" in findings(answer)["redis"]["says"]
    assert not answer["ok"]
