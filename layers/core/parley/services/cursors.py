"""Opaque page cursors: where a listing stopped. Rights are checked on every page, not here."""

import base64
import binascii
import json

from parley.errors import InvalidInput, PayloadTooLarge
from parley.protocol import strict


def encode_cursor(*parts: str | int) -> str:
    """Write a place in a listing as a token."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[str | int]:
    """Read a token back; `InvalidInput` unless it has parts of exactly these types."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = strict.loads(raw.decode())
    except (binascii.Error, ValueError, InvalidInput, PayloadTooLarge) as exc:
        raise InvalidInput.at("data.cursor", "is not a cursor") from exc
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise InvalidInput.at("data.cursor", "is not a cursor")
    return parts
