"""Keys from a JWKS URL: which are taken, how often they are fetched, and from where never."""

import contextlib
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.tokens.fetch import FetchError, checked_url, fetch, is_public
from parley.adapters.tokens.jwks import JwksKeys, usable_keys
from parley.adapters.tokens.jwt_verifier import JwtVerifier
from parley.errors import BadSetting, Unauthorized
from tests.contract.certificates import self_signed
from tests.contract.token_issuer import (
    CLOCK,
    EC_KEY,
    EXPECTED,
    GOOD,
    RSA_KEY,
    SECRET,
    JwksServer,
    b64,
    public_jwk,
    serving,
)


@pytest.fixture
def jwks() -> Iterator[JwksServer]:
    with serving() as server:
        yield server


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS512", ""])
def test_a_jwks_url_goes_with_asymmetric_algorithms_only(algorithm: str) -> None:
    with pytest.raises(BadSetting):
        JwtVerifier.with_jwks(algorithm, "https://login.example/jwks.json", CLOCK)


@pytest.mark.scenario("A7")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "jwks.json",
        "http://login.example/jwks.json",
        "http://127.0.0.1.evil.example/",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://login.example/jwks.json",
        "https:///jwks.json",
        "https://user:word@login.example/jwks.json",
        "https://login.example/jwks.json#x",
        "https://login.example/a\r\nHost: evil",
        "https://login.example:99999/",
        "https://login.example/a b",
    ],
)
def test_a_jwks_url_that_is_not_https_stops_the_cold_start(url: str) -> None:
    with pytest.raises(BadSetting):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["https://login.example/.well-known/jwks.json?v=1", "http://localhost:8080/jwks"]
)
def test_https_and_this_machine_are_fine(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.scenario("A7")
@pytest.mark.parametrize(
    "host", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]", "[::]"]
)
def test_private_addresses_are_never_connected_to(host: str) -> None:
    with pytest.raises(FetchError, match="not public"):
        fetch(f"https://{host}/jwks.json")


@pytest.mark.scenario("A7")
@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:a9fe:a9fe::1", False),
        ("fe80::1%eth0", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
    ],
)
def test_wrapped_addresses_are_judged_by_what_they_lead_to(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.scenario("A7")
def test_a_flood_of_unknown_key_ids_costs_one_fetch_in_thirty_seconds(jwks: JwksServer) -> None:
    clock = MemoryClock()
    jwks.publish(public_jwk(RSA_KEY, "first"))
    verifier = JwtVerifier.with_jwks("RS256", jwks.url, clock, EXPECTED)
    verifier.verify(jwt.encode(GOOD, RSA_KEY, "RS256", headers={"kid": "first"}))
    for second in range(60):
        for number in range(5):
            token = jwt.encode(GOOD, RSA_KEY, "RS256", headers={"kid": f"k{second}-{number}"})
            with pytest.raises(Unauthorized):
                verifier.verify(token)
        clock.advance(1)
    assert jwks.fetches == 1 + 1


def test_a_new_key_is_found_by_its_id(jwks: JwksServer) -> None:
    clock = MemoryClock()
    jwks.publish(public_jwk(EC_KEY, "first"))
    keys = JwksKeys(jwks.url, "ES256", clock)
    keys.key_for("first")
    jwks.publish(public_jwk(EC_KEY, "second"))
    clock.advance(31)
    keys.key_for("second")
    with pytest.raises(Unauthorized):
        keys.key_for("first")


def test_keys_are_fetched_again_after_ten_minutes(jwks: JwksServer) -> None:
    clock = MemoryClock()
    jwks.publish(public_jwk(EC_KEY, "first"))
    keys = JwksKeys(jwks.url, "ES256", clock)
    keys.key_for("first")
    clock.advance(599)
    keys.key_for("first")
    assert jwks.fetches == 1
    clock.advance(1)
    keys.key_for("first")
    assert jwks.fetches == 2


def test_old_keys_stay_good_while_the_issuer_is_down(
    jwks: JwksServer, caplog: pytest.LogCaptureFixture
) -> None:
    clock = MemoryClock()
    jwks.publish(public_jwk(EC_KEY, "first"))
    keys = JwksKeys(jwks.url, "ES256", clock)
    keys.key_for("first")
    jwks.status = 500
    clock.advance(3_600)
    with caplog.at_level(logging.WARNING, "parley.tokens"):
        for _ in range(100):
            keys.key_for("first")
    assert jwks.fetches == 2
    assert [record.message for record in caplog.records] == ["jwks_not_refreshed"]


def test_without_any_key_the_next_try_comes_soon_but_not_at_once(jwks: JwksServer) -> None:
    clock = MemoryClock()
    jwks.status = 503
    keys = JwksKeys(jwks.url, "ES256", clock)
    for _ in range(10):
        with pytest.raises(Unauthorized):
            keys.key_for("first")
    assert jwks.fetches == 1
    jwks.status = 200
    jwks.publish(public_jwk(EC_KEY, "first"))
    clock.advance(5)
    keys.key_for("first")


def test_a_token_without_key_id_needs_a_set_of_one(jwks: JwksServer) -> None:
    jwks.publish(public_jwk(EC_KEY, "first"))
    assert JwksKeys(jwks.url, "ES256", MemoryClock()).key_for(None)
    other = ec.generate_private_key(ec.SECP256R1())
    jwks.publish(public_jwk(EC_KEY, "first"), public_jwk(other, "second"))
    with pytest.raises(Unauthorized):
        JwksKeys(jwks.url, "ES256", MemoryClock()).key_for(None)


@pytest.mark.scenario("A6", "A7")
def test_keys_for_something_else_are_ignored() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    private = json.loads(RSAAlgorithm.to_jwk(RSA_KEY))
    entries: list[Any] = [
        public_jwk(RSA_KEY, "good", alg="RS256", use="sig", key_ops=["verify"]),
        public_jwk(EC_KEY, "other kty"),
        public_jwk(RSA_KEY, "other alg", alg="RS512"),
        public_jwk(RSA_KEY, "odd alg", alg=["RS256"]),
        public_jwk(RSA_KEY, "for encryption", use="enc"),
        public_jwk(RSA_KEY, "for wrapping", key_ops=["wrapKey"]),
        public_jwk(RSA_KEY, "odd key_ops", key_ops=1),
        public_jwk(short, "short", key_ops=["verify"]),
        {**private, "kid": "private", "key_ops": ["verify"]},
        {"kty": "oct", "k": b64(SECRET.encode()), "kid": "symmetric", "alg": "HS256"},
        {"kty": "RSA", "kid": "broken", "key_ops": ["verify"], "n": "AQAB"},
        {**public_jwk(RSA_KEY, "x", key_ops=["verify"]), "kid": 7},
        "no object",
        None,
    ]
    assert list(usable_keys(json.dumps({"keys": entries}).encode(), "RS256")) == ["good"]


@pytest.mark.parametrize(
    "document",
    [b"", b"null", b"[]", b"{}", b'{"keys":{}}', b'{"keys":[]}', b"\xff", b'{"keys":[],"keys":[]}'],
)
def test_what_is_no_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(FetchError):
        usable_keys(document, "RS256")


@pytest.mark.scenario("A7")
@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 204])
def test_only_a_plain_200_is_taken_and_no_redirect_followed(jwks: JwksServer, status: int) -> None:
    jwks.status, jwks.location = status, jwks.url
    with pytest.raises(FetchError, match=f"status {status}"):
        fetch(jwks.url)
    assert jwks.fetches == 1


@pytest.mark.scenario("A7")
def test_a_large_document_is_refused(jwks: JwksServer) -> None:
    jwks.body = b"x" * (64 * 1024)
    assert len(fetch(jwks.url)) == 64 * 1024
    jwks.body += b"x"
    with pytest.raises(FetchError, match="65536"):
        fetch(jwks.url)


@pytest.mark.scenario("A7")
def test_a_document_that_drips_is_cut_off(jwks: JwksServer) -> None:
    jwks.body, jwks.drip_s = b"x" * 1_000, 0.05
    begun = time.monotonic()
    with contextlib.suppress(FetchError):
        assert len(fetch(jwks.url, timeout_s=0.3)) < 1_000
    assert time.monotonic() - begun < 5


def test_a_server_that_is_not_there_is_a_fetch_error(jwks: JwksServer) -> None:
    url = jwks.url
    jwks.shutdown()
    jwks.server_close()
    with pytest.raises(FetchError, match="no answer"):
        fetch(url)


def test_https_needs_a_certificate_that_is_trusted(
    jwks: JwksServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jwks.body = b"{}"
    context, certificate = self_signed(tmp_path)
    jwks.socket = context.wrap_socket(jwks.socket, server_side=True)
    url = f"https://localhost:{jwks.server_address[1]}/jwks.json"
    with pytest.raises(FetchError, match="SSLCertVerificationError"):
        fetch(url)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetch(url) == b"{}"
    with pytest.raises(FetchError, match="SSLCertVerificationError"):
        fetch(url.replace("localhost", "127.0.0.1"))
