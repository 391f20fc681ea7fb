"""Points execute-api addresses at the gateway. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_EXECUTE_API = re.compile(
    r"(?:(?P<scheme>https?|wss?)://)?(?P<api>[A-Za-z0-9]+)\.execute-api\.[A-Za-z0-9.-]+"
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the gateway listens, and the path under which each API is mounted.

    Attributes:
        host: As `127.0.0.1:8080`.
        mounts: Path of an API's root by API id: empty for a WebSocket API, whose stage is in the
            address already; the prefix for the HTTP API.
    """

    host: str
    mounts: Mapping[str, str]

    def localized(self, value: str) -> str:
        """`value` with each `https://{apiId}.execute-api.{region}.{suffix}` made local."""
        return _EXECUTE_API.sub(self._replace, value)

    def _replace(self, found: re.Match[str]) -> str:
        mount = self.mounts.get(found["api"])
        if mount is None:
            return found[0]
        scheme = found["scheme"]
        local_scheme = "" if not scheme else "ws://" if scheme.startswith("ws") else "http://"
        return f"{local_scheme}{self.host}{mount}"
