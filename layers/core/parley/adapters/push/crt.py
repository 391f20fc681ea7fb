"""`AwsCrtPush`: HTTP and SigV4 in C, measured at 0.06 ms of CPU a post (DESIGN, "Push").

The Python binding has no connection manager, so `lanes` is one of our own. Nothing native exists
before the first push: threads and sockets would not survive a fork or a SnapStart restore.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from awscrt.auth import AwsCredentialsProvider
from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpClientConnection
from awscrt.io import (
    ClientBootstrap,
    ClientTlsContext,
    DefaultHostResolver,
    EventLoopGroup,
    SocketOptions,
    TlsConnectionOptions,
    TlsContextOptions,
)

from parley.adapters.push.batch import Batch, Freight
from parley.adapters.push.lanes import Lanes
from parley.adapters.push.signing import Endpoint, environment_credentials, signing_config
from parley.adapters.push.verdicts import UNSENT
from parley.domain.ids import ConnectionId
from parley.ports import PendingPush

MAX_CONNECTIONS = 32
MAX_IDLE_S = 30.0
CONNECT_TIMEOUT_MS = 1_000


@dataclass(frozen=True, slots=True)
class _Transport:
    """What lives in C: credentials, event loop, sockets."""

    lanes: Lanes
    credentials: AwsCredentialsProvider


class AwsCrtPush:
    """Posts to connections over a bounded pool of kept-alive sockets."""

    def __init__(
        self,
        endpoint_url: str,
        region: str,
        *,
        max_connections: int = MAX_CONNECTIONS,
        max_idle_s: float = MAX_IDLE_S,
    ) -> None:
        """Remember the settings; credentials are read from the environment at first use.

        Args:
            endpoint_url: ``https://{api}.execute-api.{region}.amazonaws.com/{stage}``.
            region: For the signature.
            max_connections: Sockets at most.
            max_idle_s: A socket idle for longer is not trusted with a post.

        Raises:
            BadSetting: The URL is none.
        """
        self._endpoint = Endpoint.from_url(endpoint_url)
        self._region = region
        self._max_connections = max_connections
        self._max_idle_s = max_idle_s
        self._lock = threading.Lock()
        self._transport: _Transport | None = None

    def start(self, connection_ids: Sequence[ConnectionId], frame: bytes) -> PendingPush:
        """Begin to send one frame to all of these; does not block, never raises.

        Somebody must `wait`: that is what retries throttled posts and frees hung sockets.
        """
        return self._begin("POST", connection_ids, frame)

    def close(self, connection_ids: Sequence[ConnectionId], timeout_s: float) -> None:
        """End connections (DELETE); failures are only logged."""
        self._begin("DELETE", connection_ids, b"").wait(timeout_s)

    def shutdown(self) -> None:
        """Close all sockets and let go of the event-loop thread; a later push starts anew."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.lanes.close()

    def _begin(self, method: str, connection_ids: Sequence[ConnectionId], frame: bytes) -> Batch:
        try:
            transport = self._ready()
            config = signing_config(transport.credentials, self._region, frame)
        except (AwsCrtError, RuntimeError, OSError, MemoryError):
            return Batch.refused(connection_ids, Freight(method, frame), UNSENT)
        batch = Batch(Freight(method, frame, config), transport.lanes.submit)
        batch.begin(connection_ids)
        return batch

    def _ready(self) -> _Transport:
        with self._lock:
            if self._transport is None:
                self._transport = self._build()
            return self._transport

    def _build(self) -> _Transport:
        loops = EventLoopGroup(1)
        bootstrap = ClientBootstrap(loops, DefaultHostResolver(loops))
        options = SocketOptions()
        options.connect_timeout_ms = CONNECT_TIMEOUT_MS
        tls = _tls(self._endpoint)

        def connect() -> "Future[Any]":
            opened: Future[Any] = HttpClientConnection.new(
                self._endpoint.host, self._endpoint.port, bootstrap, options, tls
            )
            return opened

        lanes = Lanes(self._endpoint, connect, self._max_connections, self._max_idle_s)
        return _Transport(lanes, environment_credentials(bootstrap))


def _tls(endpoint: Endpoint) -> TlsConnectionOptions | None:
    if not endpoint.tls:
        return None
    options = ClientTlsContext(TlsContextOptions()).new_connection_options()
    options.set_server_name(endpoint.host)
    return options
