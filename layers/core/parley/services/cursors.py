"""Opaque page cursors: where a listing stopped. Rights are checked on every page, not here."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field

from parley.domain.people import Caller
from parley.errors import InvalidInput
from parley.ports import SettingsStore

TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Cursors:
    """Seals places in listings: a cursor is good for who got it, in the listing that gave it.

    It can neither be changed nor read.

    Anything else is `InvalidInput`: it was changed, or is somebody else's.
    """

    store: SettingsStore
    _key: list[bytes] = field(default_factory=list, repr=False)

    def seal(self, caller: Caller, listing: str, *parts: str | int) -> str:
        """Write a place in a listing, such as ``room.list``, as a token. One read a process."""
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
        tag = self._tag(caller, listing, text)
        return _encoded(tag + self._masked(tag, text))

    def open(self, caller: Caller, listing: str, cursor: str, *kinds: type) -> list[str | int]:
        """Read a token back as parts of exactly these types; `InvalidInput` if it is not ours."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as exc:
            raise InvalidInput.at("data.cursor", "is not a cursor") from exc
        tag, masked = raw[:TAG_BYTES], raw[TAG_BYTES:]
        text = self._masked(tag, masked)
        is_ours = hmac.compare_digest(tag, self._tag(caller, listing, text))
        # Base64 has several forms of the same bytes: only the one that we gave is ours.
        if not is_ours or _encoded(raw) != cursor:
            raise InvalidInput.at("data.cursor", "is not a cursor")
        parts = json.loads(text)
        if [type(part) for part in parts] != list(kinds):
            raise InvalidInput.at("data.cursor", "is not a cursor")
        return list(parts)

    def _tag(self, caller: Caller, listing: str, text: bytes) -> bytes:
        bound = json.dumps([listing, caller.tenant_id, caller.user_id]).encode()
        framed = len(bound).to_bytes(4) + bound + text
        return hmac.digest(self._own_key(), framed, hashlib.sha256)[:TAG_BYTES]

    def _masked(self, tag: bytes, text: bytes) -> bytes:
        """Hide a place, or show it again: it may hold what the caller may not see, an e-mail say.

        A keystream from key and tag, which depends on the whole text (as in SIV, RFC 5297).
        """
        stream = hashlib.shake_256(b"mask" + self._own_key() + tag).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, stream, strict=True))

    def _own_key(self) -> bytes:
        if not self._key:
            self._key.append(self.store.cursor_key())
        return self._key[0]


def _encoded(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
