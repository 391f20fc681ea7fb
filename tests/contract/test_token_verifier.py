"""The contract of `TokenVerifier`: the memory twin, a secret, keys at a JWKS URL, introspection."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from parley.adapters.memory.tokens import MemoryTokens
from parley.adapters.tokens.introspection import Introspection, IntrospectionVerifier
from parley.adapters.tokens.jwt_verifier import JwtVerifier
from parley.errors import BadSetting, Unauthorized
from parley.ports import TokenVerifier
from tests.attacks.corpora.tokens import BAD_TOKENS, PEM, hs256, raw_token, signed_with
from tests.contract.token_issuer import (
    CLOCK,
    EC_KEY,
    ED_KEY,
    EXPECTED,
    GOOD,
    NOW,
    RSA_KEY,
    SECRET,
    IntrospectionServer,
    JwksServer,
    claims_with,
    introspecting,
    public_jwk,
    serving,
)


@pytest.fixture
def jwks() -> Iterator[JwksServer]:
    with serving() as server:
        yield server


@dataclass(frozen=True)
class Issuer:
    """A verifier and somebody whose tokens it trusts."""

    verifier: TokenVerifier
    issue: Callable[[dict[str, Any]], str]


@pytest.fixture
def login() -> Iterator[IntrospectionServer]:
    with introspecting() as server:
        yield server


KEYS: dict[str, Any] = {"RS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}


SIGNED = ["memory", "HS256", "RS256", "ES256", "EdDSA"]


@pytest.fixture(params=[*SIGNED, "introspection"])
def issuer(request: pytest.FixtureRequest) -> Issuer:
    if request.param == "memory":
        memory = MemoryTokens(CLOCK, EXPECTED)
        return Issuer(memory, memory.issue)
    if request.param == "HS256":
        verifier = JwtVerifier.with_secret(SECRET, CLOCK, EXPECTED)
        return Issuer(verifier, lambda claims: jwt.encode(claims, SECRET, "HS256"))
    if request.param == "introspection":
        login: IntrospectionServer = request.getfixturevalue("login")
        asking = Introspection(login.url, "parley", "word")
        return Issuer(IntrospectionVerifier(asking, CLOCK, EXPECTED), login.issue)
    server: JwksServer = request.getfixturevalue("jwks")
    key = KEYS[request.param]
    server.publish(public_jwk(key, "first"))
    verifier = JwtVerifier.with_jwks(request.param, server.url, CLOCK, EXPECTED)
    return Issuer(
        verifier,
        lambda claims: jwt.encode(claims, key, request.param, headers={"kid": "first"}),
    )


@pytest.mark.covers("C-27", "C-74", "D-8")
def test_a_good_token_gives_its_claims_back(issuer: Issuer) -> None:
    values = issuer.verifier.verify(issuer.issue(GOOD)).values
    assert {name: value for name, value in values.items() if name != "active"} == GOOD


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["other", "parley"]},
        {"exp": NOW + 1},
        {"iat": NOW + 60},
        {"nbf": NOW + 10},
        {"nbf": NOW - 1_000},
        {"name": "Zoë 🙂", "spaces": ["a"], "extra": {"deep": [1]}},
    ],
    ids=str,
)
def test_what_is_allowed_is_allowed(issuer: Issuer, changes: dict[str, Any]) -> None:
    assert issuer.verifier.verify(issuer.issue(claims_with(**changes))).values["sub"] == "ann"


@pytest.mark.scenario("A6")
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 10},
        {"exp": NOW - 100_000},
        {"exp": True},
        {"exp": str(NOW + 600)},
        {"exp": NOW + 600.5},
        {"exp": -1},
        {"exp": 2**53},
        {"exp": [NOW + 600]},
        {"iat": NOW + 61},
        {"iat": str(NOW)},
        {"iat": False},
        {"nbf": NOW + 11},
        {"nbf": "soon"},
        {"sub": None},
        {"sub": 7},
        {"sub": ["ann"]},
        {"iss": None},
        {"iss": "https://login.example/"},
        {"aud": None},
        {"aud": "Parley"},
        {"aud": ["parley2"]},
        {"aud": {"parley": 1}},
        {"aud": []},
    ],
    ids=str,
)
def test_claims_that_are_not_good_are_refused(issuer: Issuer, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        issuer.verifier.verify(issuer.issue(claims_with(**changes)))


@pytest.mark.parametrize("issuer", SIGNED, indirect=True)
@pytest.mark.parametrize("missing", ["exp", "iat"])
def test_what_is_signed_must_say_when_it_was_and_until_when(issuer: Issuer, missing: str) -> None:
    with pytest.raises(Unauthorized, match=missing):
        issuer.verifier.verify(issuer.issue(claims_with(**{missing: None})))


def test_issuer_and_audience_are_not_asked_for_where_none_is_configured() -> None:
    verifier = JwtVerifier.with_secret(SECRET, CLOCK)
    assert verifier.verify(hs256(iss=None, aud=None)).values["sub"] == "ann"
    assert verifier.verify(hs256(iss="anyone", aud="anything")).values["sub"] == "ann"


@pytest.mark.covers("C-27", "C-74", "D-12", "D-98")
@pytest.mark.scenario("A6", "A7")
@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token_is_refused_and_never_repeated(name: str) -> None:
    verifier = JwtVerifier.with_secret(SECRET, CLOCK, EXPECTED)
    with pytest.raises(Unauthorized) as refused:
        verifier.verify(BAD_TOKENS[name])
    assert refused.value.people == Unauthorized.people
    assert len(str(refused.value)) < 80
    assert len(BAD_TOKENS[name]) < 10 or BAD_TOKENS[name] not in str(refused.value)


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", None])
def test_types_of_access_tokens_are_taken(kind: str | None) -> None:
    header = {"alg": "HS256"} if kind is None else {"alg": "HS256", "typ": kind}
    JwtVerifier.with_secret(SECRET, CLOCK, EXPECTED).verify(raw_token(header, GOOD))


@pytest.mark.scenario("A7")
@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c"])
def test_keys_that_a_token_brings_along_are_not_looked_at(jwks: JwksServer, member: str) -> None:
    jwks.publish(public_jwk(RSA_KEY, "first"))
    verifier = JwtVerifier.with_jwks("RS256", jwks.url, CLOCK, EXPECTED)
    eve = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    brought: dict[str, Any] = {"kid": "first", member: f"{jwks.url}?evil"}
    if member == "jwk":
        brought = {"kid": "first", "jwk": public_jwk(eve, "first")}
    with pytest.raises(Unauthorized):
        verifier.verify(jwt.encode(GOOD, eve, "RS256", headers=brought))
    verifier.verify(jwt.encode(GOOD, RSA_KEY, "RS256", headers=brought))
    assert jwks.fetches == 1


@pytest.mark.scenario("A6")
@pytest.mark.parametrize(
    "secret",
    [PEM, PEM.strip(), json.dumps(public_jwk(RSA_KEY, "first")).encode(), b""],
    ids=["PEM", "PEM stripped", "JWK", "empty"],
)
@pytest.mark.parametrize("alg", ["HS256", "RS256"])
def test_a_public_key_is_no_hmac_secret(jwks: JwksServer, secret: bytes, alg: str) -> None:
    jwks.publish(public_jwk(RSA_KEY, "first"))
    verifier = JwtVerifier.with_jwks("RS256", jwks.url, CLOCK, EXPECTED)
    with pytest.raises(Unauthorized):
        verifier.verify(signed_with(secret, {"alg": alg, "kid": "first"}))


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_short_secret_stops_the_cold_start(secret: str) -> None:
    with pytest.raises(BadSetting):
        JwtVerifier.with_secret(secret, CLOCK)
