"""Keys by id from a JWKS URL, kept for ten minutes and refreshed no more often than allowed."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from parley.adapters.tokens.fetch import MAX_BYTES, FetchError, checked_url, fetch
from parley.errors import InvalidInput, PayloadTooLarge, Unauthorized, Unverifiable
from parley.ports import Clock
from parley.protocol import strict

CACHE_S = 600.0
REFRESH_INTERVAL_S = 30.0
FIRST_RETRY_S = 5.0
MIN_RSA_BITS = 2_048

_KTY = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_CURVES = {"ES256": frozenset({"P-256"}), "EdDSA": frozenset({"Ed25519"})}
_ALG_NAMES = {"EdDSA": frozenset({"EdDSA", "Ed25519"})}

_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "RS256": RSAAlgorithm.from_jwk,
    "ES256": ECAlgorithm.from_jwk,
    "EdDSA": OKPAlgorithm.from_jwk,
}

_log = logging.getLogger("parley.tokens")


class JwksKeys:
    """The keys of one issuer that fit one algorithm.

    A flood of unknown ids costs one fetch in 30 s. Keys that are older than the cache time are
    still used when a refresh fails: an issuer that is down must not lock everybody out.
    """

    def __init__(
        self,
        url: str,
        algorithm: str,
        clock: Clock,
        get: Callable[[str], bytes] = fetch,
    ) -> None:
        """Fetch nothing yet; raises `BadSetting` for a URL that may not be fetched."""
        self._url = checked_url(url)
        self._algorithm = algorithm
        self._clock = clock
        self._get = get
        self._lock = threading.Lock()
        self._keys: dict[str | None, Any] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None

    def key_for(self, kid: str | None) -> Any:
        """Return the key of this id; without an id, the only key there is.

        Raises:
            Unauthorized: There is none, also after the refresh that may have been due.
        """
        with self._lock:
            if self._is_stale() or self._find(kid) is None:
                self._refresh()
            key = self._find(kid)
        if not self._keys:
            raise Unverifiable("keys_missing", "no keys could be fetched")
        if key is None:
            raise Unauthorized("no key of that id")
        return key

    def _find(self, kid: str | None) -> Any:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid) if kid is not None else None

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._clock.monotonic() - self._fetched_at >= CACHE_S

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        interval_s = REFRESH_INTERVAL_S if self._keys else FIRST_RETRY_S
        if self._tried_at is not None and now - self._tried_at < interval_s:
            return
        self._tried_at = now
        try:
            self._keys = usable_keys(self._get(self._url), self._algorithm)
            self._fetched_at = now
        except FetchError as exc:
            _log.warning("jwks_not_refreshed", extra={"reason": str(exc), "kept": len(self._keys)})


def usable_keys(document: bytes, algorithm: str) -> dict[str | None, Any]:
    """Return the public keys of a JWKS document that fit the algorithm; others are ignored.

    Raises:
        FetchError: It is no JWKS, or no key of it fits.
    """
    try:
        content = strict.loads(document.decode(), max_bytes=MAX_BYTES)
    except (InvalidInput, PayloadTooLarge, UnicodeDecodeError) as exc:
        raise FetchError("not JSON") from exc
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise FetchError("not a JWKS")
    keys = {}
    for entry in entries:
        if isinstance(entry, dict) and _fits(entry, algorithm):
            key = _public_key(entry, algorithm)
            if key is not None:
                keys[entry.get("kid")] = key
    if not keys:
        raise FetchError("no key fits the algorithm")
    return keys


def _fits(entry: Mapping[str, Any], algorithm: str) -> bool:
    """Tell whether a key says that it is for this; a published private key is nobody's."""
    key_ops = entry.get("key_ops", ["verify"])
    return (
        entry.get("kty") == _KTY[algorithm]
        and _says(entry, "alg", _ALG_NAMES.get(algorithm, frozenset({algorithm})))
        and _says(entry, "use", frozenset({"sig"}))
        and _says(entry, "crv", _CURVES.get(algorithm, frozenset()))
        and isinstance(key_ops, list)
        and "verify" in key_ops
        and isinstance(entry.get("kid"), str | None)
        and "d" not in entry
    )


def _says(entry: Mapping[str, Any], member: str, allowed: frozenset[str]) -> bool:
    value = entry.get(member)
    return value is None or (isinstance(value, str) and value in allowed)


def _public_key(entry: Mapping[str, Any], algorithm: str) -> Any:
    try:
        key = _READERS[algorithm](dict(entry))
    except (InvalidKeyError, ValueError, TypeError, KeyError):
        _log.warning("jwks_key_ignored", extra={"kty": entry["kty"]})
        return None
    return None if algorithm == "RS256" and key.key_size < MIN_RSA_BITS else key
