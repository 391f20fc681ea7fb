"""One careful request: https, no redirects, no private addresses, bounded (SCENARIOS A7).

A GET for a key set, or a POST that asks about a token. The URL comes from configuration only. The
address that was checked is the one connected to, so that a second DNS answer cannot lead elsewhere.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from parley.errors import BadSetting

MAX_BYTES = 64 * 1024
TIMEOUT_S = 2.0
_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})


class FetchError(Exception):
    """Raised when the document could not be had; says why, for the logs."""

    def __init__(self, why: str, status: int | None = None) -> None:
        """Keep the HTTP status, where there was one."""
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Form:
    """What a POST carries: a body of ``application/x-www-form-urlencoded``, and who asks."""

    body: bytes
    authorization: str


def checked_url(url: str, name: str = "JWKS") -> str:
    """Return the URL if it may be asked at all.

    Args:
        url: As configured.
        name: Which one it is, for the error.

    Raises:
        BadSetting: It is neither https nor http to this machine, or holds a user or fragment.
    """
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError as exc:
        raise BadSetting(f"PARLEY_{name}_URL is malformed") from exc
    if not parts.hostname or not port_is_valid or "@" in parts.netloc or parts.fragment:
        raise BadSetting(f"PARLEY_{name}_URL is malformed")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise BadSetting(f"PARLEY_{name}_URL is malformed")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(parts)):
        raise BadSetting(f"PARLEY_{name}_URL must be https")
    return url


def fetch(url: str, timeout_s: float = TIMEOUT_S, form: Form | None = None) -> bytes:
    """Return the document's bytes.

    Args:
        url: One that :func:`checked_url` let pass.
        timeout_s: For each try to connect, and for the whole answer; the DNS look-up has its own.
        form: To be posted; None: a GET.

    Raises:
        FetchError: Anything but a 200 of at most 64 KB.
    """
    parts = urlsplit(url)
    try:
        with _connected(parts, timeout_s) as sock:
            # Socket timeouts start again with every byte: a slow drip needs a deadline.
            deadline = threading.Timer(timeout_s, _cut, (sock,))
            deadline.daemon = True
            deadline.start()
            try:
                return _exchange(parts, sock, form)
            finally:
                deadline.cancel()
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise FetchError(f"no answer: {type(exc).__name__}") from exc


def _cut(sock: socket.socket) -> None:
    # Not SSLSocket.shutdown, which takes the TLS state away under the reading thread.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _exchange(parts: SplitResult, sock: socket.socket, form: Form | None) -> bytes:
    connection = http.client.HTTPConnection(parts.hostname or "")
    connection.sock = sock
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    headers = {"Host": parts.netloc, "Accept": "application/json", "Connection": "close"}
    if form is None:
        connection.request("GET", target, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Authorization"] = form.authorization
        connection.request("POST", target, form.body, headers)
    # Closed in any case: the response holds the socket open by itself.
    with connection.getresponse() as response:
        if response.status != HTTPStatus.OK:
            raise FetchError(f"status {response.status}", response.status)
        body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise FetchError(f"over {MAX_BYTES} bytes")
    return body


def _connected(parts: SplitResult, timeout_s: float) -> socket.socket:
    sock = _first_reachable(_checked_addresses(parts), _port(parts), timeout_s)
    if parts.scheme != "https":
        return sock
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname)
    except OSError:
        sock.close()
        raise


def _first_reachable(addresses: list[str], port: int, timeout_s: float) -> socket.socket:
    # Lambda has no IPv6 outside a dual-stack VPC, but DNS names such addresses first.
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), timeout_s)
    return socket.create_connection((addresses[-1], port), timeout_s)


def _checked_addresses(parts: SplitResult) -> list[str]:
    found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not _is_local(parts) and not all(is_public(address) for address in addresses):
        raise FetchError("the host has an address that is not public")
    return addresses


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """Tell whether an address is one of the internet, also where IPv6 wraps an IPv4 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast


def _is_local(parts: SplitResult) -> bool:
    return parts.hostname in _LOCAL_HOSTS
