"""A small, real `@connections` server for the push contract: it answers as it is told.

It speaks HTTP/1.1 with keep-alive in a thread of its own, and can break off where a real one may.
"""

import asyncio
import ssl
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote

DROP = -1
NEVER = -2
OK_THEN_CLOSE = -3


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def connection_id(self) -> str:
        """Return the connection it is about."""
        return unquote(self.path.rsplit("/", 1)[1])


@dataclass(slots=True)
class ManagementApi:
    """Answers 200 to POST and 204 to DELETE, unless told otherwise for a connection."""

    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    sockets_opened: int = 0
    most_at_once: int = 0
    port: int = 0
    _at_once: int = 0
    _answers: dict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _closed: set[str] = field(default_factory=set)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every socket and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(5)

    @property
    def url(self) -> str:
        """Return what the stack's output would be."""
        if self.tls is not None:
            return f"https://localhost:{self.port}/v1"
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, connection_id: str, *statuses: int) -> None:
        """Answer the next posts to a connection with these; then 200 again."""
        self._answers[connection_id].extend(statuses)

    def bodies(self, connection_id: str) -> list[bytes]:
        """Return the bodies posted to a connection."""
        posts = [each for each in self.requests if each.method == "POST"]
        return [each.body for each in posts if each.connection_id == connection_id]

    def cut_all(self) -> None:
        """Close every kept-alive socket, as a server does with idle ones."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._cut, done)
        done.wait(5)

    def _cut(self, done: threading.Event) -> None:
        for writer in self._writers:
            writer.transport.abort()
        done.set()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        server = self._loop.run_until_complete(starting)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._stop(server))
        self._loop.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        while len(asyncio.all_tasks()) > 1:
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.sleep(0.001)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sockets_opened += 1
        self._writers.add(writer)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read_request(reader)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self.requests.append(request)
            status = self._status(request)
            # Let others come in between, as they do on a network.
            await asyncio.sleep(0.001)
            if status == NEVER:
                await reader.read()
            if status in {DROP, NEVER}:
                return False
            writer.write(_response(200 if status == OK_THEN_CLOSE else status))
            await writer.drain()
            return status != OK_THEN_CLOSE
        finally:
            self._at_once -= 1

    def _status(self, request: Received) -> int:
        answers = self._answers[request.connection_id]
        if answers:
            return answers.popleft()
        if request.connection_id in self._closed:
            return 410
        if request.method == "DELETE":
            self._closed.add(request.connection_id)
            return 204
        return 200


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {}
    for line in filter(None, head[1:]):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)


def _response(status: int) -> bytes:
    if status == 204:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    return f"HTTP/1.1 {status} Said So\r\nContent-Length: 2\r\n\r\n{{}}".encode()
