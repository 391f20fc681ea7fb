"""Verifying tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Claims:
    """A verified token's claims, as far as Parley knows them; values are not judged yet."""

    values: Mapping[str, Any]


class TokenVerifier(Protocol):
    """Checks signatures, times, issuer and audience."""

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token; raises `Unauthorized` for any other."""
        ...
