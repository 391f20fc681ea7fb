"""What a new connection says to be let in; a login that was refused can be renewed, once a call."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from redis.credentials import CredentialProvider
from typing_extensions import override

# Whoever changes a password may change the secret a little later; and each look costs money.
LOOK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """A user and a password; without a user it is the server's ``default``."""

    user: str = ""
    password: str = field(default="", repr=False)

    def words(self) -> tuple[str] | tuple[str, str] | tuple[()]:
        """Return what AUTH is given: nothing where the server lets everybody in."""
        if self.user:
            return self.user, self.password
        return (self.password,) if self.password else ()


class Login(CredentialProvider):
    """An account that stays the same."""

    # How long the server may take to look at it; None: as long as for any other answer.
    patience_s: float | None = None

    def __init__(self, account: Account) -> None:
        """Keep it."""
        self._account = account

    @override
    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        # redis-py's type has no word for "none"; `greet` knows it.
        return self._account.words()  # type: ignore[return-value]

    def renew(self) -> bool:
        """Get another login, after this one was refused; tell whether there is one."""
        return False


class RotatingLogin(Login):
    """An account that somebody may change where it is kept. Safe for threads."""

    def __init__(
        self,
        account: Account,
        look_again: Callable[[], Account | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with an account.

        Args:
            account: As it was kept when this process began.
            look_again: Reads it where it is kept; None when it cannot be read.
            monotonic: A clock.
        """
        super().__init__(account)
        self._look_again = look_again
        self._monotonic = monotonic
        self._looked_at = float("-inf")

    @override
    def renew(self) -> bool:
        """Look whether it was changed; at most every 10 s, however often it is refused."""
        now = self._monotonic()
        if now - self._looked_at < LOOK_AGAIN_S:
            return False
        self._looked_at = now
        kept = self._look_again()
        if kept is None or kept == self._account:
            return False
        self._account = kept
        return True
