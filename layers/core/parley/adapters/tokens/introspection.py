"""`TokenVerifier` for opaque tokens: asks the login that issued them (RFC 7662).

What an answer leaves out is filled in with care. Without ``exp`` a token counts as good for an
hour, after which its connection has to be opened anew. Without ``iat`` it counts as issued at the
beginning of time: once its user is revoked here, no such token of that user is good again.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from parley.adapters.redis.breaker import Breaker
from parley.adapters.tokens.fetch import MAX_BYTES, FetchError, Form, checked_url, fetch
from parley.adapters.tokens.jwt_verifier import MAX_TOKEN_CHARS, is_signed_jwt
from parley.domain.tokens import Expected, require_valid
from parley.errors import InvalidInput, PayloadTooLarge, Unauthorized, Unavailable
from parley.ports import Claims, Clock, TokenVerifier
from parley.protocol import strict

TIMEOUT_S = 1.5
REFUSED_CACHE_S = 5.0
# How long a token without an end of its own counts as good.
DEFAULT_TTL_S = 3_600
# Answers are at most 64 KB, but have a few hundred bytes.
MAX_CACHED = 1_000

# RFC 6749 §A.12: visible characters of ASCII.
_OPAQUE = re.compile(r"[\x21-\x7e]+")
# A refresh token is active, too, but opens nothing here.
_KINDS = {"token_type": {"bearer", "access_token"}, "token_use": {"access_token"}}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the login said of a token; None: that it is not good."""

    claims: Mapping[str, Any] | None
    good_until: float


@dataclass(frozen=True, slots=True)
class Introspection:
    """Where to ask, as whom, and for how long an answer holds.

    Attributes:
        url: The introspection endpoint.
        cache_s: How long a token that was good is not asked about again; how late a log-out there
            is noticed here.
    """

    url: str
    client_id: str
    secret: str = field(repr=False)
    cache_s: int = 30


class IntrospectionVerifier:
    """Verifies opaque tokens of one login.

    A login that does not answer is asked by one caller in two seconds; the others are refused at
    once, as `Unavailable`: nobody is told to sign in again for it.
    """

    def __init__(
        self,
        introspection: Introspection,
        clock: Clock,
        expected: Expected | None = None,
        ask: Callable[[str, float, Form], bytes] = fetch,
    ) -> None:
        """Ask nothing yet; raises `BadSetting` for a URL that may not be asked."""
        self._url = checked_url(introspection.url, "INTROSPECTION")
        self._authorization = _basic(introspection.client_id, introspection.secret)
        self._cache_s = introspection.cache_s
        self._clock = clock
        self._expected = expected or Expected()
        self._ask = ask
        self._breaker = Breaker(monotonic=clock.monotonic, refusal=Unavailable)
        self._answers: dict[bytes, _Answer] = {}
        self._lock = threading.Lock()

    def verify(self, token: str) -> Claims:
        """Return what the login says of a good token; at most one request.

        Raises:
            Unauthorized: It says that the token is not good, or it is for something else.
            Unavailable: It does not say.
        """
        if len(token) > MAX_TOKEN_CHARS or _OPAQUE.fullmatch(token) is None:
            raise Unauthorized("token is oversized or malformed")
        claims = self._answer(token).claims
        if claims is None:
            raise Unauthorized("token is not active")
        # Also of an answer from the cache: the token may have ended in the meantime.
        require_valid(claims, self._clock.now().timestamp(), self._expected)
        return Claims(claims)

    def _answer(self, token: str) -> _Answer:
        key = hashlib.sha256(token.encode()).digest()
        with self._lock:
            known = self._answers.get(key)
        if known is not None and self._clock.monotonic() < known.good_until:
            return known
        claims = self._asked(token)
        holds_s = REFUSED_CACHE_S if claims is None else self._cache_s
        answer = _Answer(claims, self._clock.monotonic() + holds_s)
        with self._lock:
            self._keep(key, answer)
        return answer

    def _keep(self, key: bytes, answer: _Answer) -> None:
        # The oldest go first.
        self._answers.pop(key, None)
        while len(self._answers) >= MAX_CACHED:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = answer

    def _asked(self, token: str) -> Mapping[str, Any] | None:
        self._breaker.admit()
        form = urlencode({"token": token, "token_type_hint": "access_token"}).encode()
        try:
            document = self._ask(self._url, TIMEOUT_S, Form(form, self._authorization))
        except FetchError as exc:
            self._note_failure(exc)
            raise Unavailable(f"introspection: {exc}") from exc
        self._breaker.succeeded()
        return self._read(document)

    def _note_failure(self, error: FetchError) -> None:
        # A refusal may be for this one token: nobody's token may shut others out.
        if error.status is not None and error.status < 500:
            self._breaker.succeeded()
        else:
            self._breaker.failed()

    def _read(self, document: bytes) -> Mapping[str, Any] | None:
        try:
            answer = strict.loads(document.decode(), max_bytes=MAX_BYTES)
        except (InvalidInput, PayloadTooLarge, UnicodeDecodeError) as exc:
            raise Unavailable("introspection: not strict JSON") from exc
        if not isinstance(answer, dict) or type(answer.get("active")) is not bool:
            raise Unavailable("introspection: no answer of RFC 7662")
        if not answer["active"] or not all(_is_of(answer, name) for name in _KINDS):
            return None
        now = int(self._clock.now().timestamp())
        said = {name: value for name, value in answer.items() if value is not None}
        return {"exp": now + DEFAULT_TTL_S, "iat": 0, **said}


@dataclass(frozen=True, slots=True)
class TokensOfBothKinds:
    """Has JWTs verified by one, and opaque tokens by the other.

    Attributes:
        jwts: None where no key is configured: then the login is asked about JWTs, too.
    """

    jwts: TokenVerifier | None
    opaque: TokenVerifier

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token. Raises as the two do."""
        if self.jwts is not None and is_signed_jwt(token):
            return self.jwts.verify(token)
        return self.opaque.verify(token)


def _is_of(answer: Mapping[str, Any], name: str) -> bool:
    value = answer.get(name)
    return value is None or (isinstance(value, str) and value.lower() in _KINDS[name])


def _basic(client_id: str, secret: str) -> str:
    # RFC 6749 §2.3.1: each part is encoded as in a form first.
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
