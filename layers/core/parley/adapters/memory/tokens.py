"""`TokenVerifier` in memory: tokens are words that it gave out itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parley.domain.tokens import Expected, require_valid
from parley.errors import Unauthorized
from parley.ports import Claims, Clock


@dataclass(slots=True)
class MemoryTokens:
    """Issues tokens and verifies them, by the real rules for claims."""

    clock: Clock
    expected: Expected = field(default_factory=Expected)
    _claims: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def issue(self, claims: Mapping[str, Any]) -> str:
        """Return a token for exactly these claims, good or bad."""
        token = f"token-{len(self._claims) + 1}"
        self._claims[token] = dict(claims)
        return token

    def verify(self, token: str) -> Claims:
        """Return the claims of a token that was issued and is good."""
        claims = self._claims.get(token)
        if claims is None:
            raise Unauthorized("no such token")
        require_valid(claims, self.clock.now().timestamp(), self.expected)
        return Claims(claims)
