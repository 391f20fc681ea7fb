"""Handshakes that are refused: 401, 403, and what API Gateway is told (SPEC §2, AWS.md §A3)."""

import logging
from typing import Any

import pytest

from parley.errors import StoreUnavailable
from tests.handlers.conftest import ORIGIN, handshake, invoke, sample
from tests.support.memory import World


def effect(event: dict[str, Any]) -> str:
    policy = invoke("authorizer", event)
    return str(policy["policyDocument"]["Statement"][0]["Effect"])


@pytest.mark.covers("A-15", "B-110", "C-74", "D-12", "D-98", "D-99")
@pytest.mark.parametrize(
    "event",
    [
        handshake(),
        handshake({"token": "unknown"}),
        handshake({"ticket": "A" * 43}),
        handshake(Authorization="Bearer unknown"),
        handshake(Sec_WebSocket_Protocol="parley.v1, bearer.unknown"),
    ],
)
def test_no_or_a_bad_credential_is_a_401(world: World, event: dict[str, Any]) -> None:
    """API Gateway answers exactly this text with 401."""
    assert world.out.calls == []
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        invoke("authorizer", event)


def test_a_revoked_user_is_a_401(world: World) -> None:
    caller = world.caller("alice")
    world.out.users.revoke(caller.tenant_id, caller.user_id, caller.issued_at + 1)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        invoke("authorizer")


@pytest.mark.parametrize(
    "event",
    [
        handshake({"token": "token-1", "scope": "manage"}),
        handshake({"token": "token-1", "scope": "all"}),
        handshake(Cookie="dashboard_access_token=token-1", Origin="https://evil.example"),
        handshake(Cookie="dashboard_access_token=token-1"),
    ],
)
def test_what_a_known_person_may_not_is_a_403(world: World, event: dict[str, Any]) -> None:
    assert effect(event) == "Deny"
    assert world.out.calls == []


def test_a_cookie_from_an_allowed_origin_is_let_in(world: World) -> None:
    assert world.app.settings.allowed_origins == (ORIGIN,)
    assert effect(handshake(Cookie="dashboard_access_token=token-1", Origin=ORIGIN)) == "Allow"


@pytest.mark.covers("A-77")
def test_a_token_without_tenant_is_refused_with_a_log_line_that_says_so(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "parley")
    now = int(world.out.clock.now().timestamp())
    token = world.out.verifier.issue({"sub": "alice", "iat": now, "exp": now + 60})
    assert effect(handshake({"token": token})) == "Deny"
    line = caplog.records[-1]
    assert (line.getMessage(), vars(line)["reason"], vars(line)["error"]) == (
        "connect_refused",
        "the token names no tenant",
        "FORBIDDEN",
    )
    assert vars(line)["correlation_id"] == sample("authorizer")["requestContext"]["requestId"]


def test_a_store_that_does_not_answer_refuses_the_connection(world: World) -> None:
    world.out.faults["users.remember"].append(StoreUnavailable("down"))
    assert invoke("connect") == {"statusCode": 503}


def test_a_connection_without_identity_is_refused(world: World) -> None:
    """The route is open by mistake: no authorizer ran."""
    event = sample("connect")
    del event["requestContext"]["authorizer"]
    assert invoke("connect", event) == {"statusCode": 401}
    assert world.out.calls == []


def test_a_connection_opens_without_redis(world: World) -> None:
    world.out.server.down = True
    assert invoke("connect")["statusCode"] == 200
    assert invoke("disconnect") == {"statusCode": 200}
