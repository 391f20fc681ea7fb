"""One WebSocket connection: frames, and which reply belongs to which command."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

# A connection on which a heartbeat is not answered for so long is dead.
BEAT_PATIENCE_S = 10.0
# Other replies, and handshakes, may take as long as API Gateway lets functions: who gives up on a
# server that is merely slow, and asks it again, makes it slower.
PATIENCE_S = 30.0

Json = dict[str, Any]


class Lost(Exception):
    """Raised when a connection ended before a reply came: it may have been done or not."""


class Refusal(Exception):
    """Raised for the server's negative reply.

    Attributes:
        code: An error code of the protocol.
        retry_after_s: When to try again, if that may help.
    """

    def __init__(self, code: str, retry_after_s: float | None) -> None:
        """Take what the reply says."""
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s


class Unopened(Exception):
    """Raised when there is no connection.

    Attributes:
        why: The status that the handshake was answered with, or the error without an answer.
    """

    def __init__(self, why: str) -> None:
        """Take the answer."""
        super().__init__(f"not opened: {why}")
        self.why = why


class Wire:
    """One open connection. Everything that waits for a reply ends with it."""

    def __init__(self, socket: ClientConnection, heard: Callable[[str, str, Any], None]) -> None:
        """Use :meth:`open`."""
        self._socket = socket
        self._heard = heard
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._is_over = False

    @classmethod
    async def open(cls, url: str, token: str, heard: Callable[[str, str, Any], None]) -> "Wire":
        """Connect.

        Args:
            url: The WebSocket API's.
            token: Sent as a subprotocol.
            heard: Told of each event: its name, its whole text, its data.

        Raises:
            Unopened: It did not work, this time.
        """
        offered = [Subprotocol("parley.v1"), Subprotocol(f"bearer.{token}")]
        try:
            socket = await connect(
                url,
                subprotocols=offered,
                compression=None,
                open_timeout=PATIENCE_S,
                # Whether the other side is alive is for heartbeats to say, as in browsers.
                ping_interval=None,
                close_timeout=1,
                proxy=None,
            )
        except InvalidStatus as exc:
            raise Unopened(str(exc.response.status_code)) from exc
        except (OSError, TimeoutError, InvalidHandshake, EOFError, ConnectionClosed) as exc:
            raise Unopened(type(exc).__name__) from exc
        return cls(socket, heard)

    async def read(self) -> None:
        """Read until the connection ends, however it does."""
        try:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self._receive(await self._socket.recv())
        finally:
            self._end()

    async def ask(self, operation: str, data: Json, patience_s: float = PATIENCE_S) -> Any:
        """Send a command and return the data of its reply.

        Raises:
            Refusal: The reply was negative.
            Lost: There was none.
        """
        if self._is_over:
            raise Lost
        action, _, op = operation.partition(".")
        frame_id = str(next(self._ids))
        loop = asyncio.get_running_loop()
        answer = self._waiting[frame_id] = loop.create_future()
        patience = loop.call_later(patience_s, self.drop)
        frame = {"action": action, "op": op, "id": frame_id, "data": data}
        try:
            await self._socket.send(json.dumps(frame, ensure_ascii=False))
            return await answer
        except ConnectionClosed as exc:
            raise Lost from exc
        finally:
            patience.cancel()
            self._waiting.pop(frame_id, None)

    def drop(self) -> None:
        """End the connection at once, without a word to the server."""
        self._end()
        self._socket.transport.abort()

    async def close(self) -> None:
        """End the connection as a page that is closed does."""
        await self._socket.close()

    def _end(self) -> None:
        self._is_over = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Lost())
                # Nobody may be left to look at it.
                answer.exception()

    def _receive(self, text: str | bytes) -> None:
        if not text:
            return
        assert isinstance(text, str)
        frame = json.loads(text)
        if "event" in frame:
            self._heard(frame["event"], text, frame["data"])
        elif frame.get("id") is not None:
            self._settle(frame["id"], frame)
        else:
            # API Gateway's own words when a function failed do not say which command it was for:
            # probably the one that waits longest. Asking all of them again would let each failure
            # of a server that is overloaded bring it several commands.
            oldest = next(iter(self._waiting), None)
            if oldest is not None:
                self._settle(oldest, {"ok": False})

    def _settle(self, frame_id: str, frame: Json) -> None:
        answer = self._waiting.pop(frame_id, None)
        if answer is None or answer.done():
            return
        if frame["ok"]:
            answer.set_result(frame["data"])
        else:
            code = frame.get("error", "INTERNAL_ERROR")
            answer.set_exception(Refusal(code, _retry_after(code, frame)))


def _retry_after(code: str, frame: Json) -> float | None:
    if code == "INTERNAL_ERROR":
        return 1.0
    after = frame.get("retryAfter")
    return None if after is None else float(after)
