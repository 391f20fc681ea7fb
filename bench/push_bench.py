"""Measure `AwsCrtPush` against a dummy endpoint in a process of its own.

Usage: ``python -m bench.push_bench [--posts 20000] [--batch 100] [--latency-ms 0]``; prints JSON.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import time
from multiprocessing.connection import Connection as Pipe

from typing_extensions import override

from parley.adapters.push.crt import MAX_CONNECTIONS, AwsCrtPush
from parley.domain.ids import ConnectionId

FRAME = json.dumps({"event": "message:new", "data": {"body": "x" * 400}}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class DummyEndpoint(asyncio.Protocol):
    """Answers 200 to every request, after a latency; assumes one request at a time a socket."""

    def __init__(self, latency_s: float) -> None:
        """Remember the latency."""
        self._latency_s = latency_s
        self._pending = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        """Answer when the frame is complete."""
        self._pending += data
        _, end, body = self._pending.partition(b"\r\n\r\n")
        if not end or len(body) < len(FRAME):
            return
        self._pending = b""
        if self._latency_s:
            asyncio.get_running_loop().call_later(self._latency_s, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.write(ANSWER)


def serve(pipe: Pipe, latency_s: float) -> None:
    """Run the dummy endpoint for ever; send its port first."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: DummyEndpoint(latency_s), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def measure(port: int, options: argparse.Namespace) -> dict[str, float]:
    """Push in batches of ``options.batch`` until ``options.posts`` are done."""
    push = AwsCrtPush(
        f"http://127.0.0.1:{port}/v1", "eu-west-1", max_connections=options.connections
    )
    ids = [ConnectionId(f"bench-{number:010}=") for number in range(options.batch)]
    push.start(ids, FRAME).wait(10)
    spans, delivered = [], 0
    begun, cpu = time.perf_counter(), time.process_time()
    while delivered < options.posts:
        before = time.perf_counter()
        delivered += len(push.start(ids, FRAME).wait(10).delivered)
        spans.append(time.perf_counter() - before)
    elapsed, cpu = time.perf_counter() - begun, time.process_time() - cpu
    spans.sort()
    return {
        "posts": delivered,
        "posts_per_s": round(delivered / elapsed),
        "cpu_ms_a_post": round(cpu / delivered * 1000, 4),
        "batch": options.batch,
        "batch_p50_ms": round(spans[len(spans) // 2] * 1000, 2),
        "batch_p99_ms": round(spans[int(len(spans) * 0.99)] * 1000, 2),
        "connections": options.connections,
        "latency_ms": options.latency_ms,
    }


def main() -> None:
    """Run one measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--connections", type=int, default=MAX_CONNECTIONS)
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    server = context.Process(target=serve, args=(theirs, options.latency_ms / 1000), daemon=True)
    server.start()
    try:
        sys.stdout.write(json.dumps(measure(ours.recv(), options)) + "\n")
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
