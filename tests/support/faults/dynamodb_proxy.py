"""The process between Parley and DynamoDB's emulator: forwards, counts, and does what fails.

    python -m tests.support.faults.dynamodb_proxy SEED

It writes its port to stdout and is then told by HTTP what to do: POST `/_faults`, GET `/_counts`.
Everything else is a request of the SDK. Plain asyncio, with one connection behind each that comes:
all that hundreds of clients write goes through here.
"""

import asyncio
import contextlib
import json
import random
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.faults import dynamodb_rules as rules
from tests.support.faults.dynamodb_rules import Answer, Fault, Request, Rules

MAX_HEAD = 64 * 1024
TARGET = b"x-amz-target"
LENGTH = b"content-length"


class CutError(Exception):
    """Raised to end the connection of a client without a word."""


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request or answer, with its head as it was."""

    head: bytes
    body: bytes
    headers: dict[bytes, bytes]

    @property
    def path(self) -> bytes:
        """Return the path of a request."""
        return self.head.split(b" ", 2)[1]

    @property
    def status(self) -> int:
        """Return the status of an answer."""
        return int(self.head.split(b" ", 2)[1])

    def with_body(self, body: bytes) -> bytes:
        """Return the whole with another body."""
        lines = self.head.rstrip(b"\r\n").split(b"\r\n")
        # The checksum that DynamoDB adds is of the body that was.
        dropped = (LENGTH, b"x-amz-crc32", b"transfer-encoding")
        kept = [line for line in lines if line.split(b":", 1)[0].strip().lower() not in dropped]
        kept.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(kept) + b"\r\n\r\n" + body


@dataclass
class Proxy:
    """Stands before an emulator.

    Attributes:
        target: Host and port of the emulator; requests are refused until it is known.
    """

    rules: Rules
    target: tuple[str, int] | None = None
    inconsistent: dict[bytes, bytes] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, in turn."""
        behind = Behind()
        try:
            while (message := await read_message(reader)) is not None:
                writer.write(await self._answer(message, reader, behind))
                await writer.drain()
        except (CutError, ConnectionError, EOFError):
            writer.transport.abort()
        finally:
            behind.close()
            writer.close()

    async def _answer(
        self, message: Message, client: asyncio.StreamReader, behind: "Behind"
    ) -> bytes:
        if message.path == b"/_faults":
            return http(self._told(json.loads(message.body)))
        if message.path == b"/_counts":
            return http(Answer(200, json.dumps(self.rules.counts).encode()))
        if self.target is None:
            return http(rules.refusal("InternalServerError", 500))
        operation = message.headers.get(TARGET, b".").decode().rpartition(".")[2]
        request = Request(operation, message.body)
        self._count(request)
        exchange = Exchange(self, message, request, client, behind, self.target)
        met = self.rules.met(request, asyncio.get_running_loop().time())
        for fault in sorted(met, key=lambda fault: list(rules.KINDS).index(fault.kind)):
            self.rules.count(fault.kind)
            if (answer := await exchange.meet(fault)) is not None:
                return answer
        return await exchange.forwarded()

    def _count(self, request: Request) -> None:
        self.rules.count("requests")
        if request.operation == rules.TRANSACTION:
            self.rules.count("transactions")
        if request.operation in rules.READS and not rules.is_consistent(request):
            self.rules.count("inconsistent_reads")

    def _told(self, told: dict[str, Any]) -> Answer:
        kind = told.pop("kind")
        if kind == "clear":
            self.rules.faults.clear()
        elif kind == "target":
            where = urlsplit(told["url"])
            self.target = (str(where.hostname), int(where.port or 80))
        else:
            seconds = told.pop("seconds")
            now = asyncio.get_running_loop().time()
            until = None if seconds is None else now + seconds
            self.rules.set(Fault(kind, until=until, **told))
        return Answer(200, b"{}")


@dataclass
class Behind:
    """The connection to the emulator that belongs to one of a client."""

    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, target: tuple[str, int], request: bytes) -> Message:
        """Send one request and read its answer."""
        if self.streams is None or self.streams[0].at_eof():
            self.close()
            self.streams = await asyncio.open_connection(*target, limit=MAX_HEAD)
        reader, writer = self.streams
        writer.write(request)
        answer = await read_message(reader)
        if answer is None:
            raise CutError
        return answer

    def close(self) -> None:
        """End it."""
        if self.streams is not None:
            self.streams[1].close()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way."""

    proxy: Proxy
    message: Message
    request: Request
    client: asyncio.StreamReader
    behind: Behind
    target: tuple[str, int]

    async def meet(self, fault: Fault) -> bytes | None:
        """Let the request meet a fault; None lets it go on."""
        answer: bytes | None = await getattr(self, f"_{fault.kind}")(fault)
        return answer

    async def forwarded(self) -> bytes:
        """Ask the emulator."""
        message = self.message
        answer = await self.behind.ask(self.target, message.head + message.body)
        return answer.head + answer.body

    async def _slow(self, fault: Fault) -> None:
        await asyncio.sleep(fault.hold_s)

    async def _throttle(self, fault: Fault) -> bytes:
        return http(rules.throttled(self.request, self.proxy.rules.chance))

    async def _conflict(self, fault: Fault) -> bytes:
        return http(rules.conflicting(self.request, self.proxy.rules.chance))

    async def _error500(self, fault: Fault) -> bytes:
        # Whoever is told this cannot know whether it was done.
        if self.proxy.rules.chance.random() < 0.5:
            await self.forwarded()
        return http(rules.refusal("InternalServerError", 500))

    async def _timeout_before(self, fault: Fault) -> bytes:
        await self._hang(fault)
        raise CutError

    async def _timeout_after_commit(self, fault: Fault) -> bytes:
        await self.forwarded()
        await self._hang(fault)
        raise CutError

    async def _hang(self, fault: Fault) -> None:
        """Say nothing until the client has given up, or for as long as the fault says."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.client.read(1), fault.hold_s)

    async def _unprocessed(self, fault: Fault) -> bytes:
        left, taken = rules.split(self.request, self.proxy.rules.chance)
        if left is None:
            return http(Answer(200, rules.without(None, taken)))
        answer = await self.behind.ask(self.target, self.message.with_body(left.body))
        if answer.status != 200:
            return answer.head + answer.body
        return http(Answer(200, rules.without(answer.body, taken)))

    async def _stale_read(self, fault: Fault) -> bytes | None:
        if rules.is_consistent(self.request):
            return None
        known = self.proxy.inconsistent
        if self.request.body not in known:
            known[self.request.body] = await self.forwarded()
        return known[self.request.body]

    async def _contention(self, fault: Fault) -> bytes:
        items, held = rules.items_of(self.request), self.proxy.held
        if held.intersection(items):
            self.proxy.rules.count("conflicts")
            overlaps = ["TransactionConflict" if item in held else "None" for item in items]
            return http(rules.canceled(overlaps))
        held.update(items)
        try:
            await asyncio.sleep(fault.hold_s)
            return await self.forwarded()
        finally:
            held.difference_update(items)


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """Read a request or an answer; None when the other side is done."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    if LENGTH not in headers and b"chunked" in headers.get(b"transfer-encoding", b""):
        body = await _chunks(reader)
        whole = Message(head, body, headers).with_body(body)
        return Message(whole[: len(whole) - len(body)], body, headers)
    body = await reader.readexactly(int(headers.get(LENGTH, b"0")))
    return Message(head, body, headers)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def http(answer: Answer) -> bytes:
    """Return an answer as DynamoDB would send it."""
    head = (
        f"HTTP/1.1 {answer.status} .\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"x-amzn-requestid: fault\r\nContent-Length: {len(answer.body)}\r\n\r\n"
    )
    return head.encode() + answer.body


async def _run(seed: int) -> None:
    # Seeded, so that a run can be repeated; nothing secret comes of it.
    proxy = Proxy(Rules(random.Random(seed)))  # noqa: S311
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=MAX_HEAD, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1])))
