"""Thousands of WebSocket clients in a process of their own, as light as they can be.

They open, and note when marked frames arrive; a frame is looked through for its mark and not
parsed. What they cost is the measuring machine's, not Parley's, so they must cost little.
"""

import asyncio
import base64
import multiprocessing
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any, cast

import uvloop
from typing_extensions import override

# A message whose client id begins like this is one of the benchmark's.
MARK = re.compile(rb'"clientId":"fan-(\d+)"')
OPENING_AT_ONCE = 50
TRIES = 5
READY = b"HTTP/1.1 101"
PONG = b"\x8a\x80\x00\x00\x00\x00"


@dataclass(slots=True)
class Seen:
    """When marked messages came: by mark, the connections that have it and the last arrival."""

    connections: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    repeats: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    last: dict[int, float] = field(default_factory=dict)

    def note(self, number: int, mark: int) -> None:
        """Note an arrival."""
        if number in self.connections[mark]:
            self.repeats[mark] += 1
            return
        self.connections[mark].add(number)
        self.last[mark] = time.monotonic()


class Listener(asyncio.Protocol):
    """One client: sends the handshake, then looks for marks."""

    def __init__(self, number: int, port: int, token: str, seen: Seen) -> None:
        """Remember who it is."""
        self._number = number
        self._seen = seen
        self._handshake = _handshake(port, token)
        self._is_open = False
        self._rest = b""
        self.opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to be a WebSocket."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._handshake)

    @override
    def data_received(self, data: bytes) -> None:
        """Take frames; a mark that two reads share is found with what was kept of the first."""
        if not self._is_open:
            self._is_open = data.startswith(READY)
            if not self.opened.done():
                self.opened.set_result(self._is_open)
            return
        if data[0] == 0x89 and not self._rest:
            self._transport.write(PONG)
            return
        text = self._rest + data
        end = 0
        for found in MARK.finditer(text):
            self._seen.note(self._number, int(found[1]))
            end = found.end()
        self._rest = text[max(end, len(text) - 40) :]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that it did not open."""
        if not self.opened.done():
            self.opened.set_result(False)


def _handshake(port: int, token: str) -> bytes:
    lines = (
        "GET /v1 HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: parley.v1, bearer.{token}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Crowd:
    """The clients' process, asked over a pipe."""

    def __init__(self, pipe: Pipe) -> None:
        """Take our end."""
        self._pipe = pipe

    def open(self, port: int, tokens: Sequence[str]) -> float:
        """Open a connection for each token; gives how long that took."""
        self._pipe.send(("open", port, list(tokens)))
        return float(self._answer())

    def seen(self, mark: int) -> tuple[int, int, float]:
        """Give how many connections have a message, repeats, and when the last one came."""
        self._pipe.send(("seen", mark))
        count, repeats, last = self._answer()
        return int(count), int(repeats), float(last)

    def _answer(self) -> Any:
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def crowd() -> Iterator[Crowd]:
    """Run the clients' process."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Crowd(ours)
    finally:
        process.kill()
        process.join()


def _serve(pipe: Pipe) -> None:
    uvloop.run(_answer_questions(pipe))


async def _answer_questions(pipe: Pipe) -> None:
    seen = Seen()
    while True:
        question = await asyncio.to_thread(pipe.recv)
        try:
            pipe.send(await _answer_one(question, seen))
        except OSError as exc:
            pipe.send(exc)


async def _answer_one(question: tuple[Any, ...], seen: Seen) -> Any:
    name, *rest = question
    if name == "open":
        port, tokens = rest
        started = time.monotonic()
        gate = asyncio.Semaphore(OPENING_AT_ONCE)
        await asyncio.gather(
            *(_open(number, port, token, seen, gate) for number, token in enumerate(tokens))
        )
        return time.monotonic() - started
    mark = rest[0]
    return len(seen.connections[mark]), seen.repeats[mark], seen.last.get(mark, 0.0)


async def _open(number: int, port: int, token: str, seen: Seen, gate: asyncio.Semaphore) -> None:
    loop = asyncio.get_running_loop()
    async with gate:
        for _ in range(TRIES):
            _, listener = await loop.create_connection(
                lambda: Listener(number, port, token, seen), "127.0.0.1", port
            )
            if await listener.opened:
                return
            await asyncio.sleep(0.5)
    raise ConnectionError(f"connection {number} was refused {TRIES} times")
