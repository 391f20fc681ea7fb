"""`TokenVerifier` for JWTs with PyJWT (RFC 7519, 7515, 8725).

The algorithm comes from the configuration; a token can only agree with it. PyJWT checks the
signature; header, claims and times are read strictly here, with our own clock.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError
from jwt.utils import base64url_decode

from parley.adapters.tokens.jwks import JwksKeys
from parley.domain.tokens import Expected, require_valid
from parley.errors import BadSetting, InvalidInput, PayloadTooLarge, Unauthorized
from parley.ports import Claims, Clock
from parley.protocol import strict

# 4 KB of spaces in Base64, with everything else that a token may hold; API Gateway takes 10,240
# bytes of headers.
MAX_TOKEN_CHARS = 8_192
MIN_SECRET_BYTES = 32
ASYMMETRIC = frozenset({"RS256", "ES256", "EdDSA"})

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KID = re.compile(r"[A-Za-z0-9_.=-]{1,128}")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})


class KeySource(Protocol):
    """Finds the key that a token must be signed with."""

    def key_for(self, kid: str | None) -> Any:
        """Return the key; raises `Unauthorized`."""
        ...


class SharedSecret:
    """The one secret of HS256; a ``kid`` changes nothing."""

    def __init__(self, secret: str) -> None:
        """Keep the secret; raises `BadSetting` for one that could be guessed (RFC 7518 §3.2)."""
        if len(secret.encode()) < MIN_SECRET_BYTES:
            raise BadSetting(
                f"the secret of PARLEY_JWT_SECRET_ARN must have at least {MIN_SECRET_BYTES} bytes"
            )
        self._secret = secret.encode()

    def key_for(self, kid: str | None) -> bytes:
        """Return the secret."""
        del kid
        return self._secret


class JwtVerifier:
    """Verifies tokens of one issuer, with one algorithm."""

    def __init__(
        self, algorithm: str, keys: KeySource, clock: Clock, expected: Expected | None = None
    ) -> None:
        """Use :meth:`with_secret` or :meth:`with_jwks`."""
        self._algorithm = algorithm
        self._keys = keys
        self._clock = clock
        self._expected = expected or Expected()
        self._jws = PyJWS(algorithms=[algorithm])

    @classmethod
    def with_secret(
        cls, secret: str, clock: Clock, expected: Expected | None = None
    ) -> "JwtVerifier":
        """Verify HS256; raises `BadSetting` for a short secret."""
        return cls("HS256", SharedSecret(secret), clock, expected)

    @classmethod
    def with_jwks(
        cls, algorithm: str, url: str, clock: Clock, expected: Expected | None = None
    ) -> "JwtVerifier":
        """Verify RS256, ES256 or EdDSA with the keys at a URL; raises `BadSetting`."""
        if algorithm not in ASYMMETRIC:
            raise BadSetting("PARLEY_JWT_ALGORITHM for a JWKS URL is RS256, ES256 or EdDSA")
        return cls(algorithm, JwksKeys(url, algorithm, clock), clock, expected)

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token.

        Raises:
            Unauthorized: For any other; the text is for the log and holds nothing of the token.
        """
        if len(token) > MAX_TOKEN_CHARS:
            raise Unauthorized("token is oversized")
        if not is_signed_jwt(token):
            raise Unauthorized("token is no signed JWT")
        header = _object(_decoded(token.partition(".")[0]))
        key = self._keys.key_for(self._judge_header(header))
        claims = _object(self._payload(token, key))
        require_valid(claims, self._clock.now().timestamp(), self._expected)
        return Claims(claims)

    def _judge_header(self, header: Mapping[str, Any]) -> str | None:
        """Return the ``kid``. ``jku``, ``x5u``, ``jwk`` and the like are not even looked at."""
        if header.get("alg") != self._algorithm:
            raise Unauthorized("alg is another than configured")
        if "crit" in header or "b64" in header:
            raise Unauthorized("header needs extensions")
        kind = header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise Unauthorized("typ is no access token")
        kid = header.get("kid")
        if kid is not None and not (isinstance(kid, str) and _KID.fullmatch(kid)):
            raise Unauthorized("kid is malformed")
        return kid

    def _payload(self, token: str, key: Any) -> bytes:
        try:
            payload = self._jws.decode(token, key, algorithms=[self._algorithm])
        except (PyJWTError, ValueError, TypeError) as exc:
            raise Unauthorized(f"signature: {type(exc).__name__}") from exc
        return bytes(payload)


def is_signed_jwt(token: str) -> bool:
    """Tell whether a token has the form of a signed JWT: three parts in base64url."""
    return _COMPACT.fullmatch(token) is not None


def _decoded(segment: str) -> bytes:
    try:
        return base64url_decode(segment)
    except ValueError as exc:
        raise Unauthorized("token is not base64url") from exc


def _object(document: bytes) -> dict[str, Any]:
    try:
        value = strict.loads(document.decode())
    except (InvalidInput, PayloadTooLarge, UnicodeDecodeError) as exc:
        raise Unauthorized("token is not strict JSON") from exc
    if not isinstance(value, dict):
        raise Unauthorized("token is no JSON object")
    return value
