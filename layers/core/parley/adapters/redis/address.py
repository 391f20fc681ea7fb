"""Where a server is, read from its URL; nothing here may repeat a URL, which holds a password.

The options that redis-py takes from a URL's query are refused: one of them turns the check of
certificates off, and others the time limits.
"""

from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote, urlsplit

from typing_extensions import override

from parley.adapters.redis.login import Account
from parley.errors import BadSetting

PORT = 6379
_TLS = {"redis": False, "rediss": True}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """A server.

    Attributes:
        tls: Whether it is asked over TLS, with a certificate for ``host``.
        database: Its number; clusters have 0 only.
    """

    host: str
    port: int
    tls: bool
    database: int = 0

    @override
    def __str__(self) -> str:
        """Return it as logs name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Tell whether nothing that is said to it leaves this machine."""
        return self.host in _LOOPBACK

    def at(self, host: str | None, port: int) -> "Address":
        """Return another server of the same cluster; one that does not know its name omits it."""
        return replace(self, host=self.host if host in (None, "", "?") else host, port=port)


def parse(url: str, setting: str = "the URL of Redis") -> tuple[Address, Account]:
    """Read ``redis[s]://[[user][:password]@]host[:port][/database]``.

    Args:
        url: Percent-encoded where a password holds any of ``@ : / ? # %``.
        setting: What the error calls it.

    Raises:
        BadSetting: It is something else.
    """
    try:
        parts = urlsplit(url)
        address = _address(parts)
    except ValueError:
        # The text of a ValueError quotes what it could not read: perhaps half of a password.
        raise _bad(setting) from None
    if address is None or parts.query or parts.fragment:
        raise _bad(setting)
    return address, Account(unquote(parts.username or ""), unquote(parts.password or ""))


def _address(parts: SplitResult) -> Address | None:
    database = parts.path.strip("/") or "0"
    if parts.scheme not in _TLS or not parts.hostname or not database.isdecimal():
        return None
    return Address(parts.hostname, parts.port or PORT, _TLS[parts.scheme], int(database))


def _bad(setting: str) -> BadSetting:
    return BadSetting(
        f"{setting} must be rediss://user:password@host:port without options, and with its special"
        " characters percent-encoded"
    )
