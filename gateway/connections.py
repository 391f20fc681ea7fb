"""Open WebSocket connections, and writing to them without ever waiting for a client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from gateway.events import Ending, Session
from gateway.frames import FrameMeter, close_frame, text_frame
from gateway.ids import iso_time

# How long a client may take to answer our close frame before TCP is closed anyway.
_CLOSE_TIMEOUT_S = 2.0


class GoneError(Exception):
    """Raised when a connection is not open: not yet, or no longer."""


class BufferFullError(Exception):
    """Raised when a client reads so slowly that no more is kept for it."""


class MessageTooBigError(Exception):
    """What the reader finds in its queue in place of a frame or message above the limits."""


class Connection:
    """One open WebSocket connection."""

    def __init__(
        self,
        session: Session,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        send_buffer_bytes: int,
    ) -> None:
        """Take over a socket whose handshake is complete."""
        self.session = session
        self.socket = socket
        self.opened_at_s = time.monotonic()
        self.active_at_s = self.opened_at_s
        self.ending: Ending | None = None
        self.is_half_open = False
        self._transport = transport
        self._send_buffer_bytes = send_buffer_bytes

    @property
    def is_open(self) -> bool:
        """Whether frames can still be sent."""
        return self.ending is None and not self._transport.is_closing()

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is to be read: TCP is closed, or about to be."""
        return self.ending is not None and self._transport.is_closing()

    def send_text(self, text: bytes) -> None:
        """Send a text frame; `text` is UTF-8.

        Raises:
            GoneError: When the connection has ended.
            BufferFullError: When the client does not read.
        """
        if not self.is_open:
            raise GoneError
        if self._transport.get_write_buffer_size() > self._send_buffer_bytes:
            raise BufferFullError
        if self.is_half_open:
            return
        self._transport.write(text_frame(text))
        self.active_at_s = time.monotonic()

    def close(self, ending: Ending) -> None:
        """Send a close frame; only the first ending counts.

        Whoever reads from the connection goes on until the client has answered, or for 2 s: to
        close TCP earlier could lose the frame.
        """
        if self.is_half_open:
            self.cut(ending)
        elif self.ending is None:
            self.ending = ending
            self._transport.write(close_frame(ending.code, ending.reason))
            loop = asyncio.get_running_loop()
            loop.call_later(_CLOSE_TIMEOUT_S, self._transport.close)

    def answer_close(self, ending: Ending) -> None:
        """Answer the client's close frame, unless ours came first, and close TCP."""
        if self.ending is None:
            self.ending = ending
            self._transport.write(close_frame(ending.code))
        self._transport.close()

    def cut(self, ending: Ending) -> None:
        """Drop the TCP connection without a goodbye."""
        if self.ending is None:
            self.ending = ending
        self._transport.abort()

    def fall_silent(self) -> None:
        """From now on nothing is read and nothing reaches the client, yet the connection is open.

        A fault: what a network that loses every packet looks like from here.
        """
        self.is_half_open = True
        self._transport.pause_reading()

    def description(self) -> dict[str, Any]:
        """What `GET @connections/{id}` answers."""
        identity = self.session.identity
        since_active_ms = int((time.monotonic() - self.active_at_s) * 1000)
        return {
            "connectedAt": iso_time(self.session.connected_at_ms),
            "identity": {
                "sourceIp": identity["sourceIp"],
                "userAgent": identity.get("userAgent"),
            },
            "lastActiveAt": iso_time(int(time.time() * 1000) - since_active_ms),
        }


class Registry:
    """All open connections by id."""

    def __init__(self) -> None:
        """Begin with none."""
        self._connections: dict[str, Connection] = {}

    def __len__(self) -> int:
        """Number of open connections."""
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        """All connections, as of now."""
        return iter(list(self._connections.values()))

    def add(self, connection: Connection) -> None:
        """From now on `@connections` finds it."""
        self._connections[connection.session.connection_id] = connection

    def remove(self, connection: Connection) -> None:
        """From now on `@connections` answers 410."""
        self._connections.pop(connection.session.connection_id, None)

    def get(self, stage: str, connection_id: str) -> Connection:
        """Find an open connection.

        Raises:
            GoneError: When there is none of this id at this stage.
        """
        connection = self._connections.get(connection_id)
        if connection is None or connection.session.stage != stage or not connection.is_open:
            raise GoneError
        return connection

    def user_agent_of(self, connection_id: str) -> str | None:
        """What the client of a connection called itself in its handshake, if it is open."""
        connection = self._connections.get(connection_id)
        return None if connection is None else connection.session.identity.get("userAgent")


async def open_socket(request: web.Request, subprotocol: str | None) -> web.WebSocketResponse:
    """Answer 101.

    aiohttp sees whole messages only, so its parser is wrapped by one that measures frames; both
    limits are therefore off in aiohttp's own.
    """
    socket = web.WebSocketResponse(
        protocols=(subprotocol,) if subprotocol else (),
        autoclose=False,
        compress=False,
        max_msg_size=0,
    )
    await socket.prepare(request)
    parser, queue = socket._parser, socket._reader
    # No public name leads to either; the tests of both limits fail if these names change.
    request.protocol._payload_parser = _MeteredParser(parser, queue)
    return socket


class _MeteredParser:
    """Hands bytes on to aiohttp's parser until a frame is too big, then reads only for its end.

    The rest is read and dropped, not left in the kernel: closing TCP with unread bytes resets it,
    and the client would never see the close code.
    """

    def __init__(self, inner: Any, queue: Any) -> None:
        self._inner = inner
        self._queue = queue
        self._meter = FrameMeter()
        self._is_refused = False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        end = self._meter.feed(data)
        if not self._is_refused:
            if end is None:
                return self._feed_inner(data)
            self._feed_inner(data[:end])
            self._is_refused = True
            self._queue.feed_data(WSMessage(WSMsgType.ERROR, MessageTooBigError(), None), 0)
        while end is not None:
            data = data[end:]
            end = self._meter.feed(data)
        if self._meter.close_seen:
            self._queue.feed_data(WSMessage(WSMsgType.CLOSE, 1009, ""), 0)
        return False, b""

    def _feed_inner(self, data: bytes) -> tuple[bool, bytes]:
        result: tuple[bool, bytes] = self._inner.feed_data(data)
        return result

    def feed_eof(self) -> None:
        self._inner.feed_eof()
