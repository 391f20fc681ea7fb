"""Bad tokens: forged, confused, malformed, ended, for something else; and who signed them."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.contract.token_issuer import (
    EC_KEY,
    GOOD,
    NOW,
    RSA_KEY,
    SECRET,
    b64,
    claims_with,
    public_jwk,
)


def raw_token(header: str | Mapping[str, Any], payload: str | Mapping[str, Any]) -> str:
    """Return a token with a good HS256 signature over any header and payload."""
    parts = [each if isinstance(each, str) else json.dumps(each) for each in (header, payload)]
    signed = ".".join(b64(part.encode()) for part in parts)
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{b64(digest)}"


def hs256(**changes: Any) -> str:
    return jwt.encode(claims_with(**changes), SECRET, "HS256")


PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
HEADER = {"alg": "HS256", "typ": "JWT"}


def signed_with(secret: bytes, header: Mapping[str, Any] = HEADER) -> str:
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(GOOD).encode())}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


BAD_TOKENS: dict[str, str] = {
    "empty": "",
    "one word": "token",
    "dots": "..",
    "no base64url": "a.b.c",
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
    "huge": hs256(filler="x" * 8_192),
    "enormous": "a" * 5_000_000,
    "kid traversal": raw_token({**HEADER, "kid": "../../dev/null"}, GOOD),
    "kid SQL": raw_token({**HEADER, "kid": "' OR 1=1 --"}, GOOD),
    "kid with a newline": raw_token({**HEADER, "kid": "first\n"}, GOOD),
    "kid empty": raw_token({**HEADER, "kid": ""}, GOOD),
    "kid long": raw_token({**HEADER, "kid": "k" * 129}, GOOD),
    "kid a number": raw_token({**HEADER, "kid": 1}, GOOD),
    "kid in other digits": raw_token({**HEADER, "kid": "٣"}, GOOD),
}


# Signed, but no good claims: 401.
BAD_CLAIMS: tuple[dict[str, Any], ...] = (
    {"exp": NOW},
    {"exp": NOW - 1},
    {"exp": NOW - 1_000_000},
    {"exp": None},
    {"exp": str(NOW + 600)},
    {"exp": NOW + 600.5},
    {"exp": True},
    {"exp": 2**53},
    {"exp": -1},
    {"exp": []},
    {"iat": NOW + 61},
    {"iat": NOW + 1_000_000},
    {"iat": None},
    {"iat": "now"},
    {"nbf": NOW + 11},
    {"nbf": "now"},
    {"iss": None},
    {"iss": "https://evil.example"},
    {"iss": "https://login.example/"},
    {"iss": "HTTPS://login.example"},
    {"aud": None},
    {"aud": "other"},
    {"aud": []},
    {"aud": ["other"]},
    {"aud": {"parley": True}},
    {"aud": "parley "},
    {"sub": None},
    {"sub": 7},
    {"sub": ["ann"]},
)
BAD_TOKENS |= {f"claims {changes}": hs256(**changes) for changes in BAD_CLAIMS}
BAD_TOKENS |= {
    "HMAC with the public key as PEM": signed_with(PEM),
    "HMAC with the public key as PEM, stripped": signed_with(PEM.strip()),
    "HMAC with the public key as JWK": signed_with(json.dumps(public_jwk(RSA_KEY, "k")).encode()),
    "HMAC with nothing": signed_with(b""),
    "a key brought along": raw_token(
        {**HEADER, "alg": "RS256", "jwk": public_jwk(EC_KEY, "k")}, GOOD
    ),
    "an address of keys brought along": signed_with(
        b"x", {**HEADER, "jku": "https://evil.example/k"}
    ),
    "a certificate's address brought along": signed_with(
        b"x", {**HEADER, "x5u": "file:///dev/null"}
    ),
}
# Of claims that a verifier takes, but that name nobody: 401.
BAD_SUBJECTS: dict[str, str] = {
    f"sub {subject[:20]!r}": hs256(sub=subject)
    for subject in ("", "@ann", "@manage/ann", "x" * 129, "a\nb", "a\x9b", "e\u0301")
}
# Of people who are known, but may not: 403.
FORBIDDEN_CLAIMS: tuple[dict[str, Any], ...] = (
    {"tenantId": None},
    {"tenantId": ""},
    {"tenantId": 7},
    {"tenantId": ["acme"]},
    {"tenantId": "@manage"},
    {"tenantId": "a\x00"},
    {"tenantId": "e\u0301"},
    {"tenantId": "x" * 129},
    {"role": 7},
    {"role": "x" * 65},
    {"role": ["super_admin"]},
    {"spaces": "north"},
    {"spaces": [7]},
    {"spaces": [str(number) for number in range(101)]},
    {"spaces": ["x" * 128] * 40},
)
FORBIDDEN_TOKENS = {f"claims {changes}": hs256(**changes) for changes in FORBIDDEN_CLAIMS}
