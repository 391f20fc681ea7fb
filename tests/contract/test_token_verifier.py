"""The contract of `TokenVerifier`: the memory twin, HS256 with a secret, and keys at a JWKS URL."""

import base64
import contextlib
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from typing_extensions import override

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.tokens import MemoryTokens
from parley.adapters.tokens.fetch import FetchError, checked_url, fetch, is_public
from parley.adapters.tokens.jwks import JwksKeys, usable_keys
from parley.adapters.tokens.jwt_verifier import JwtVerifier
from parley.domain.tokens import Expected
from parley.errors import BadSetting, Unauthorized
from parley.ports import TokenVerifier

SECRET = "a-secret-of-more-than-thirty-two-bytes"
EXPECTED = Expected(issuer="https://login.example", audience="parley")
CLOCK = MemoryClock()
NOW = int(CLOCK.now().timestamp())
GOOD: dict[str, Any] = {
    "sub": "ann",
    "tenantId": "acme",
    "iat": NOW - 10,
    "exp": NOW + 600,
    "iss": "https://login.example",
    "aud": "parley",
}
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def claims_with(**changes: Any) -> dict[str, Any]:
    """Return the good claims with these changed; None removes one."""
    changed = {**GOOD, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def raw_token(header: str | Mapping[str, Any], payload: str | Mapping[str, Any]) -> str:
    """Return a token with a good HS256 signature over any header and payload."""
    parts = [each if isinstance(each, str) else json.dumps(each) for each in (header, payload)]
    signed = ".".join(b64(part.encode()) for part in parts)
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{b64(digest)}"


def hs256(**changes: Any) -> str:
    return jwt.encode(claims_with(**changes), SECRET, "HS256")


class JwksServer(ThreadingHTTPServer):
    """Serves whatever it is told to, and counts."""

    daemon_threads = True
    status = 200
    body: bytes = b""
    drip_s = 0.0
    fetches = 0
    location: str | None = None

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client leaves early."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/jwks.json"

    def publish(self, *keys: Mapping[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()


class JwksHandler(BaseHTTPRequestHandler):
    server: JwksServer

    def do_GET(self) -> None:
        self.server.fetches += 1
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        if not self.server.drip_s:
            self.wfile.write(self.server.body)
            return
        for byte in self.server.body:
            self.wfile.write(bytes([byte]))
            time.sleep(self.server.drip_s)

    @override
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture
def jwks() -> Iterator[JwksServer]:
    with JwksServer(("127.0.0.1", 0), JwksHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def public_jwk(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        jwk = RSAAlgorithm.to_jwk(public)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(public)
    else:
        jwk = OKPAlgorithm.to_jwk(public)
    return {**json.loads(jwk), "kid": kid, **more}


@dataclass(frozen=True)
class Issuer:
    """A verifier and somebody whose tokens it trusts."""

    verifier: TokenVerifier
    issue: Callable[[dict[str, Any]], str]


KEYS: dict[str, Any] = {"RS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}


@pytest.fixture(params=["memory", "HS256", "RS256", "ES256", "EdDSA"])
def issuer(request: pytest.FixtureRequest) -> Issuer:
    if request.param == "memory":
        memory = MemoryTokens(CLOCK, EXPECTED)
        return Issuer(memory, memory.issue)
    if request.param == "HS256":
        verifier = JwtVerifier.with_secret(SECRET, CLOCK, EXPECTED)
        return Issuer(verifier, lambda claims: jwt.encode(claims, SECRET, "HS256"))
    server: JwksServer = request.getfixturevalue("jwks")
    key = KEYS[request.param]
    server.publish(public_jwk(key, "first"))
    verifier = JwtVerifier.with_jwks(request.param, server.url, CLOCK, EXPECTED)
    return Issuer(
        verifier,
        lambda claims: jwt.encode(claims, key, request.param, headers={"kid": "first"}),
    )


def test_a_good_token_gives_its_claims_back(issuer: Issuer) -> None:
    assert issuer.verifier.verify(issuer.issue(GOOD)).values == GOOD


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["other", "parley"]},
        {"exp": NOW - 9},
        {"iat": NOW + 60},
        {"nbf": NOW + 10},
        {"nbf": NOW - 1_000},
        {"name": "Zoë 🙂", "spaces": ["a"], "extra": {"deep": [1]}},
    ],
    ids=str,
)
def test_what_is_allowed_is_allowed(issuer: Issuer, changes: dict[str, Any]) -> None:
    assert issuer.verifier.verify(issuer.issue(claims_with(**changes))).values["sub"] == "ann"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": NOW - 10},
        {"exp": NOW - 100_000},
        {"exp": True},
        {"exp": str(NOW + 600)},
        {"exp": NOW + 600.5},
        {"exp": -1},
        {"exp": 2**53},
        {"exp": [NOW + 600]},
        {"iat": None},
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


def test_issuer_and_audience_are_not_asked_for_where_none_is_configured() -> None:
    verifier = JwtVerifier.with_secret(SECRET, CLOCK)
    assert verifier.verify(hs256(iss=None, aud=None)).values["sub"] == "ann"
    assert verifier.verify(hs256(iss="anyone", aud="anything")).values["sub"] == "ann"


PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
HEADER = {"alg": "HS256", "typ": "JWT"}


def signed_with(secret: bytes, header: Mapping[str, Any] = HEADER) -> str:
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(GOOD).encode())}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


BAD_TOKENS: dict[str, str] = {
    "empty": "",
    "one word": "token",
    "dots": "..",
    "four parts": hs256() + ".x",
    "alg none": jwt.encode(GOOD, "", "none"),
    "alg none with a signature": raw_token({"alg": "none"}, GOOD),
    "alg None": raw_token({"alg": "None"}, GOOD),
    "alg nOnE": raw_token({"alg": "nOnE"}, GOOD),
    "alg missing": raw_token({"typ": "JWT"}, GOOD),
    "alg null": raw_token({"alg": None}, GOOD),
    "alg a list": raw_token({"alg": ["HS256"]}, GOOD),
    "alg in lower case": raw_token({"alg": "hs256"}, GOOD),
    "alg HS384": jwt.encode(GOOD, SECRET * 2, "HS384"),
    "alg RS256 with an RSA signature": jwt.encode(GOOD, RSA_KEY, "RS256"),
    "alg RS256 with an HMAC": raw_token({"alg": "RS256"}, GOOD),
    "another secret": jwt.encode(GOOD, "another-secret-of-more-than-32-bytes", "HS256"),
    "empty signature": hs256().rpartition(".")[0] + ".",
    "no signature": hs256().rpartition(".")[0],
    "truncated": hs256()[:-3],
    "signature padded": hs256() + "=",
    "payload exchanged": ".".join(
        [
            hs256().split(".")[0],
            b64(json.dumps(claims_with(sub="eve")).encode()),
            hs256().split(".")[2],
        ]
    ),
    "newline at the end": hs256() + "\n",
    "space in front": " " + hs256(),
    "other alphabet": hs256().replace(".", "。"),
    "standard base64": hs256().replace("-", "+").replace("_", "/") + "+",
    "typ id token": raw_token({**HEADER, "typ": "id+jwt"}, GOOD),
    "typ JOSE": raw_token({**HEADER, "typ": "JOSE"}, GOOD),
    "typ a number": raw_token({**HEADER, "typ": 1}, GOOD),
    "typ logout": raw_token({**HEADER, "typ": "logout+jwt"}, GOOD),
    "crit": raw_token({**HEADER, "crit": ["exp"]}, GOOD),
    "crit empty": raw_token({**HEADER, "crit": []}, GOOD),
    "b64 false": raw_token({**HEADER, "b64": False, "crit": ["b64"]}, GOOD),
    "b64 false without crit": raw_token({**HEADER, "b64": False}, GOOD),
    "header no object": raw_token('["HS256"]', GOOD),
    "header no JSON": raw_token("{alg:HS256}", GOOD),
    "header repeats alg": raw_token('{"alg":"none","alg":"HS256"}', GOOD),
    "payload no object": raw_token(HEADER, '["ann"]'),
    "payload no JSON": raw_token(HEADER, "sub=ann"),
    "payload a nested JWT": raw_token({**HEADER, "cty": "JWT"}, hs256()),
    "payload repeats sub": raw_token(HEADER, json.dumps(GOOD)[:-1] + ',"sub":"eve"}'),
    "payload with NaN": raw_token(HEADER, json.dumps(GOOD)[:-1] + ',"x":NaN}'),
    "payload with exp 1e400": raw_token(HEADER, json.dumps(GOOD)[:-1] + ',"x":1e400}'),
    "payload with a lone surrogate": raw_token(HEADER, json.dumps(GOOD)[:-1] + ',"x":"\\ud800"}'),
    "payload too deep": raw_token(HEADER, '{"x":' + "[" * 1_000 + "]" * 1_000 + "}"),
    "iss a list": raw_token(HEADER, claims_with(iss=["https://login.example"])),
    "huge": hs256(filler="x" * 4_096),
    "enormous": "a" * 5_000_000,
    "kid traversal": raw_token({**HEADER, "kid": "../../dev/null"}, GOOD),
    "kid SQL": raw_token({**HEADER, "kid": "' OR 1=1 --"}, GOOD),
    "kid with a newline": raw_token({**HEADER, "kid": "first\n"}, GOOD),
    "kid empty": raw_token({**HEADER, "kid": ""}, GOOD),
    "kid long": raw_token({**HEADER, "kid": "k" * 129}, GOOD),
    "kid a number": raw_token({**HEADER, "kid": 1}, GOOD),
    "kid in other digits": raw_token({**HEADER, "kid": "٣"}, GOOD),
}


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


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS512", ""])
def test_a_jwks_url_goes_with_asymmetric_algorithms_only(algorithm: str) -> None:
    with pytest.raises(BadSetting):
        JwtVerifier.with_jwks(algorithm, "https://login.example/jwks.json", CLOCK)


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


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]", "[::]"]
)
def test_private_addresses_are_never_connected_to(host: str) -> None:
    with pytest.raises(FetchError, match="not public"):
        fetch(f"https://{host}/jwks.json")


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


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 204])
def test_only_a_plain_200_is_taken_and_no_redirect_followed(jwks: JwksServer, status: int) -> None:
    jwks.status, jwks.location = status, jwks.url
    with pytest.raises(FetchError, match=f"status {status}"):
        fetch(jwks.url)
    assert jwks.fetches == 1


def test_a_large_document_is_refused(jwks: JwksServer) -> None:
    jwks.body = b"x" * (64 * 1024)
    assert len(fetch(jwks.url)) == 64 * 1024
    jwks.body += b"x"
    with pytest.raises(FetchError, match="65536"):
        fetch(jwks.url)


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
