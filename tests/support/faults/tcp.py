"""A TCP proxy whose address stays while what is behind it is cut off, stalls, dies or moves."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support.faults.verbs import verb

HOST = "127.0.0.1"
ANSWER_IN_S = 20
CHUNK_BYTES = 65_536

# With this a close is a reset, as when a machine or a network is lost.
RESET = struct.pack("ii", 1, 0)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Pair:
    """A client's connection and the one behind it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def reset(self) -> None:
        for writer in (self.client, self.server):
            if writer is not None:
                # One over TLS that is closed already has none any more.
                made: socket.socket | None = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    if made is not None:
                        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()


class TcpProxy:
    """Forwards connections to one port of this machine; runs in a thread of its own.

    All methods may be called from any thread, and return when they have had their effect.

    Attributes:
        port: Where it listens; it never changes.
        accepted: How many connections came.
    """

    def __init__(self, target_port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port, for TLS if asked for, and forward to this one in plain."""
        self.accepted = 0
        self._tls = tls
        self._target_port = target_port
        self._delay_s: Callable[[], float] | None = None
        self._is_cut = False
        self._pairs: set[_Pair] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._listener = self._wait_for(self._listen())
        self.port: int = self._listener.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.close()

    def close(self) -> None:
        """Reset every connection and stop listening."""
        self._wait_for(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_IN_S)
        self._loop.close()

    # --- Faults ------------------------------------------------------------------------------

    @verb
    def cut(self, seconds: float | None = None) -> None:
        """Reset every connection, and every new one."""
        self._call(self._cut)
        self._end_after(seconds, self._uncut)

    @verb
    def stall(self, seconds: float | None = None) -> None:
        """Hold back all bytes, of new connections too; none is lost."""
        self._call(self._flowing.clear)
        self._end_after(seconds, self._flowing.set)

    @verb
    def delay(self, delay_s: float, seconds: float | None = None) -> None:
        """Hold back every answer for so long."""
        self.delay_by(lambda: delay_s)
        self._end_after(seconds, self._undelay)

    @verb
    def drop_connections(self) -> None:
        """Reset every connection that there is; new ones pass."""
        self._call(self._reset_all)

    def delay_by(self, delay_s: Callable[[], float] | None) -> None:
        """Hold back every answer for as long as this says each time."""
        self._delay_s = delay_s

    def mend(self) -> None:
        """End all faults; what was held back goes on its way."""
        self._call(self._mend)

    def lead_to(self, target_port: int) -> None:
        """Lead new connections to another port, and reset the old ones."""
        self._target_port = target_port
        self._call(self._reset_all)

    # --- In the loop -------------------------------------------------------------------------

    def _cut(self) -> None:
        self._is_cut = True
        self._reset_all()

    def _uncut(self) -> None:
        self._is_cut = False

    def _undelay(self) -> None:
        self._delay_s = None

    def _mend(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._uncut()
        self._undelay()
        self._flowing.set()

    def _reset_all(self) -> None:
        for pair in self._pairs:
            pair.reset()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, HOST, 0, ssl=self._tls)

    async def _end(self) -> None:
        self._mend()
        self._listener.close()
        self._reset_all()
        tasks = [task for pair in self._pairs for task in pair.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        pair = _Pair(writer)
        task = asyncio.current_task()
        assert task is not None
        pair.tasks.append(task)
        self._pairs.add(pair)
        try:
            await self._forward(pair, reader)
        except (OSError, asyncio.CancelledError):
            # Of a target that refuses the client learns as of one that died.
            pair.reset()
        finally:
            self._pairs.discard(pair)

    async def _forward(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        if self._is_cut:
            pair.reset()
            return
        await self._flowing.wait()
        answers, pair.server = await asyncio.open_connection(HOST, self._target_port)
        up = asyncio.create_task(self._pump(reader, pair.server, is_answer=False))
        down = asyncio.create_task(self._pump(answers, pair.client, is_answer=True))
        pair.tasks += [up, down]
        try:
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            pair.client.close()
            pair.server.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if is_answer and self._delay_s is not None:
                await asyncio.sleep(self._delay_s())
            await self._flowing.wait()
            writer.write(chunk)
            await writer.drain()

    # --- From other threads ------------------------------------------------------------------

    def _call(self, function: Callable[[], None]) -> None:
        async def called() -> None:
            function()

        self._wait_for(called())

    def _wait_for(self, awaitable: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(awaitable, self._loop)
        return future.result(ANSWER_IN_S)

    def _end_after(self, seconds: float | None, end: Callable[[], None]) -> None:
        self._call(lambda: self._set_timer(seconds, end))

    def _set_timer(self, seconds: float | None, end: Callable[[], None]) -> None:
        # The end of an earlier fault of this kind must not end the one that has begun.
        if earlier := self._timers.pop(end.__name__, None):
            earlier.cancel()
        if seconds is not None:
            self._timers[end.__name__] = self._loop.call_later(seconds, end)
