"""Opaque tokens: what the login is asked, what its answers mean, and when it is left in peace."""

import base64
import logging
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.tokens import introspection
from parley.adapters.tokens.introspection import (
    Introspection,
    IntrospectionVerifier,
    TokensOfBothKinds,
)
from parley.adapters.tokens.jwt_verifier import JwtVerifier
from parley.domain.people import Scope
from parley.domain.tokens import caller_from_claims
from parley.errors import BadSetting, CacheUnavailable, Unauthorized, Unavailable
from tests.contract.token_issuer import (
    EXPECTED,
    GOOD,
    NOW,
    SECRET,
    IntrospectionServer,
    claims_with,
    introspecting,
)


@pytest.fixture
def login() -> Iterator[IntrospectionServer]:
    with introspecting() as server:
        yield server


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def verifier(login: IntrospectionServer, clock: MemoryClock) -> IntrospectionVerifier:
    return IntrospectionVerifier(Introspection(login.url, "parley", "word"), clock, EXPECTED)


def refuses(verifier: IntrospectionVerifier, token: str = "opaque") -> None:  # noqa: S107
    with pytest.raises(Unauthorized):
        verifier.verify(token)


def fails(verifier: IntrospectionVerifier, token: str = "opaque") -> Unavailable:  # noqa: S107
    with pytest.raises(Unavailable) as failure:
        verifier.verify(token)
    assert not isinstance(failure.value, CacheUnavailable)
    return failure.value


def test_the_login_is_asked_with_the_token_as_ourselves(login: IntrospectionServer) -> None:
    asking = Introspection(login.url, "par ley", "w:rd+%&ö")
    refuses(IntrospectionVerifier(asking, MemoryClock()), "a+b/c=&token=x%20")
    assert login.asked == [{"token": ["a+b/c=&token=x%20"], "token_type_hint": ["access_token"]}]
    scheme, _, pair = str(login.authorizations[0]).partition(" ")
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"par+ley:w%3Ard%2B%25%26%C3%B6")


@pytest.mark.covers("D-9")
def test_an_opaque_token_names_the_caller_as_a_jwt_does(
    login: IntrospectionServer, verifier: IntrospectionVerifier
) -> None:
    said = {**GOOD, "org": "acme", "role": "service", "name": "Ann", "spaces": ["north"]}
    claims = verifier.verify(login.issue({**said, "token_type": "Bearer", "username": None}))
    caller = caller_from_claims(claims.values, Scope.TENANT, "org")
    assert (caller.user_id, caller.tenant_id, caller.role) == ("ann", "acme", "service")
    assert (caller.issued_at, caller.expires_at) == (NOW - 10, NOW + 600)
    assert caller.spaces == ("north",)


@pytest.mark.parametrize("left_out", [{}, {"exp": None, "iat": None}], ids=["absent", "null"])
def test_without_times_a_token_is_old_and_good_for_an_hour(
    login: IntrospectionServer, verifier: IntrospectionVerifier, left_out: dict[str, Any]
) -> None:
    token = login.issue({**claims_with(exp=None, iat=None), **left_out})
    values = verifier.verify(token).values
    assert (values["iat"], values["exp"]) == (0, NOW + 3_600)


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"token_type": "refresh_token"},
        {"token_type": "DPoP"},
        {"token_type": 7},
        {"token_use": "refresh_token"},
        {"sub": None},
        {"aud": None},
        {"aud": "another"},
    ],
    ids=str,
)
def test_what_is_not_good_here_is_unauthorized(
    login: IntrospectionServer, verifier: IntrospectionVerifier, changes: dict[str, Any]
) -> None:
    refuses(verifier, login.issue(claims_with(**changes)))


@pytest.mark.parametrize("token", ["", "a b", "a\n", "ä", "a" * 8_193, "\x7f"])
def test_what_can_be_no_token_is_not_asked_about(
    login: IntrospectionServer, verifier: IntrospectionVerifier, token: str
) -> None:
    refuses(verifier, token)
    assert login.asked == []


def test_a_good_answer_holds_for_the_time_that_is_configured(
    login: IntrospectionServer, clock: MemoryClock
) -> None:
    asking = Introspection(login.url, "parley", "word", cache_s=60)
    verifier = IntrospectionVerifier(asking, clock, EXPECTED)
    token = login.issue(GOOD)
    verifier.verify(token)
    login.answers[token] = {"active": False}
    clock.advance(59)
    verifier.verify(token)
    assert len(login.asked) == 1
    clock.advance(1)
    refuses(verifier, token)


def test_no_answer_outlives_its_token(
    login: IntrospectionServer, verifier: IntrospectionVerifier, clock: MemoryClock
) -> None:
    token = login.issue(claims_with(exp=NOW + 20))
    verifier.verify(token)
    clock.advance(20)
    refuses(verifier, token)
    assert len(login.asked) == 1


def test_a_refusal_holds_for_five_seconds(
    login: IntrospectionServer, verifier: IntrospectionVerifier, clock: MemoryClock
) -> None:
    for _ in range(3):
        refuses(verifier, "opaque~0")
    assert len(login.asked) == 1
    assert login.issue(GOOD) == "opaque~0"
    clock.advance(5)
    verifier.verify("opaque~0")


def test_one_answer_is_not_another_tokens(
    login: IntrospectionServer, verifier: IntrospectionVerifier
) -> None:
    ann, bob = login.issue(GOOD), login.issue(claims_with(sub="bob"))
    assert [verifier.verify(token).values["sub"] for token in (ann, bob, ann)] == [
        "ann",
        "bob",
        "ann",
    ]


def test_only_so_many_answers_are_kept(
    login: IntrospectionServer, verifier: IntrospectionVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introspection, "MAX_CACHED", 2)
    for token in ("a", "b", "c", "b", "c", "a"):
        refuses(verifier, token)
    assert [form["token"] for form in login.asked] == [["a"], ["b"], ["c"], ["a"]]


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"[]", b"{}", b'{"active":"true"}', b'{"active":1}', b"\xff", b"<html>",
     b'{"active":true,"active":false}', b'{"active":true,"x":NaN}'],
)  # fmt: skip
def test_an_answer_that_cannot_be_understood_is_no_refusal(
    login: IntrospectionServer, verifier: IntrospectionVerifier, answer: bytes
) -> None:
    login.answers["opaque"] = answer
    fails(verifier)
    login.answers["opaque"] = {"active": True, **GOOD}
    verifier.verify("opaque")


@pytest.mark.parametrize("status", [302, 307, 400, 401, 403, 404])
def test_a_login_that_refuses_us_refuses_nobody_and_is_asked_again(
    login: IntrospectionServer, verifier: IntrospectionVerifier, status: int
) -> None:
    token = login.issue(GOOD)
    login.status, login.location = status, login.url
    fails(verifier, token)
    assert len(login.asked) == 1
    login.status, login.location = 200, None
    verifier.verify(token)


def test_a_login_that_is_broken_is_asked_once_in_two_seconds(
    login: IntrospectionServer, verifier: IntrospectionVerifier, clock: MemoryClock
) -> None:
    token = login.issue(GOOD)
    login.status = 503
    for number in range(10):
        fails(verifier, f"other{number}")
    assert len(login.asked) == 1
    assert 0 < fails(verifier, token).retry_after_s <= 2
    clock.advance(2)
    fails(verifier, token)
    assert len(login.asked) == 2
    login.status = 200
    clock.advance(2)
    verifier.verify(token)
    verifier.verify(login.issue(GOOD))


def test_answers_that_are_known_hold_while_the_login_is_down(
    login: IntrospectionServer, verifier: IntrospectionVerifier, clock: MemoryClock
) -> None:
    token = login.issue(GOOD)
    verifier.verify(token)
    login.shutdown()
    login.server_close()
    fails(verifier, "other")
    clock.advance(29)
    verifier.verify(token)
    clock.advance(1)
    fails(verifier, token)


def test_an_answer_that_never_ends_is_cut_off(
    login: IntrospectionServer, verifier: IntrospectionVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introspection, "TIMEOUT_S", 0.2)
    login.answers["opaque"], login.drip_s = b" " * 100, 0.05
    fails(verifier)


def test_a_large_answer_is_refused(
    login: IntrospectionServer, verifier: IntrospectionVerifier
) -> None:
    fails(verifier, login.issue(claims_with(filler="x" * 65_536)))


def test_nothing_of_token_or_secret_is_told(
    login: IntrospectionServer, caplog: pytest.LogCaptureFixture
) -> None:
    asking = Introspection(login.url, "parley", "the-word")
    verifier = IntrospectionVerifier(asking, MemoryClock())
    with caplog.at_level(logging.DEBUG):
        login.status = 500
        told = [str(fails(verifier, "the-token")), str(fails(verifier, "the-token"))]
    assert all("the-" not in text for text in [*told, caplog.text, repr(asking)])


@pytest.mark.parametrize("url", ["", "http://login.example/i", "https://a:b@login.example/i"])
def test_a_url_that_may_not_be_asked_stops_the_cold_start(url: str) -> None:
    with pytest.raises(BadSetting, match="PARLEY_INTROSPECTION_URL"):
        IntrospectionVerifier(Introspection(url, "parley", "word"), MemoryClock())


@pytest.mark.covers("D-7")
def test_each_kind_of_token_goes_where_it_belongs(
    login: IntrospectionServer, verifier: IntrospectionVerifier, clock: MemoryClock
) -> None:
    both = TokensOfBothKinds(JwtVerifier.with_secret(SECRET, clock, EXPECTED), verifier)
    signed = jwt.encode(GOOD, SECRET, "HS256")
    assert both.verify(signed).values["sub"] == "ann"
    forged = jwt.encode(GOOD, "another-secret-of-more-than-32-bytes", "HS256")
    login.answers[forged] = {"active": True, **GOOD}
    with pytest.raises(Unauthorized):
        both.verify(forged)
    assert login.asked == []
    assert both.verify(login.issue(claims_with(sub="bob"))).values["sub"] == "bob"
    for opaque in ("a.b", "a.b.c.d", "a.b.", signed + "="):
        with pytest.raises(Unauthorized):
            both.verify(opaque)
        assert login.asked[-1]["token"] == [opaque]


def test_without_a_key_the_login_is_asked_about_jwts_too(
    login: IntrospectionServer, verifier: IntrospectionVerifier
) -> None:
    signed = jwt.encode(GOOD, SECRET, "HS256")
    login.answers[signed] = {"active": True, **GOOD}
    assert TokensOfBothKinds(None, verifier).verify(signed).values["sub"] == "ann"
