"""Looks at a presigned token as AWS does: with the account's keys, and no code of its maker."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

MOST_S = 900
ALGORITHM = "AWS4-HMAC-SHA256"
# How far the clocks of caller and AWS may be apart.
SKEW_S = 300


class TokenRefused(Exception):
    """Raised with what is wrong."""


@dataclass(frozen=True, slots=True)
class Key:
    """Credentials of a role."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class TokenJudge:
    """Knows a cache, its user and the keys of the role that may log in as that user."""

    cache: str
    user: str
    region: str
    keys: Mapping[str, Key]

    def judge(self, user: str, token: str, now_s: float) -> None:
        """Return if the token is good now; raises `TokenRefused`."""
        host, slash, query = token.partition("/?")
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        given = dict(pairs)
        _expect(len(given) == len(pairs) and slash == "/?", "a field twice, or no query")
        _expect(host == self.cache and user == self.user, "another cache or user")
        expected = {"Action": "connect", "User": self.user, "ResourceType": "ServerlessCache"}
        _expect(expected.items() <= given.items(), "another action, user or kind")
        self._judge_time(given, now_s)
        self._judge_signature(host, given)

    def _judge_time(self, given: Mapping[str, str], now_s: float) -> None:
        signed = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lasts_s = int(given["X-Amz-Expires"])
        age_s = now_s - signed.timestamp()
        _expect(0 < lasts_s <= MOST_S, "lasts too long")
        _expect(age_s >= -SKEW_S, "signed in the future")
        _expect(age_s < lasts_s, f"expired {age_s - lasts_s:.0f} s ago")

    def _judge_signature(self, host: str, given: Mapping[str, str]) -> None:
        access_key, *scope = given["X-Amz-Credential"].split("/")
        date = given["X-Amz-Date"][:8]
        _expect(scope == [date, self.region, "elasticache", "aws4_request"], "another scope")
        key = self.keys.get(access_key)
        _expect(key is not None, "keys that are not the role's, or not any more")
        assert key is not None
        _expect(given.get("X-Amz-Security-Token") == key.token, "another session")
        _expect(given["X-Amz-Algorithm"] == ALGORITHM, "another algorithm")
        _expect(given["X-Amz-SignedHeaders"] == "host", "other headers")
        rest = {name: value for name, value in given.items() if name != "X-Amz-Signature"}
        wanted = _signature(key.secret_key, scope, given["X-Amz-Date"], _canonical(host, rest))
        _expect(hmac.compare_digest(wanted, given["X-Amz-Signature"]), "a wrong signature")


def _canonical(host: str, query: Mapping[str, str]) -> str:
    parts = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in query.items())
    text = "&".join(f"{name}={value}" for name, value in parts)
    nothing = hashlib.sha256(b"").hexdigest()
    return "\n".join(["GET", "/", text, f"host:{host}", "", "host", nothing])


def _signature(secret_key: str, scope: list[str], at: str, canonical: str) -> str:
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join([ALGORITHM, at, "/".join(scope), hashed])
    key = f"AWS4{secret_key}".encode()
    for part in (*scope, to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def _expect(fact: bool, otherwise: str) -> None:
    if not fact:
        raise TokenRefused(otherwise)
