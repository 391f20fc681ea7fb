"""DynamoDB with the contention that emulators lack.

Each transaction is held for a while; one that overlaps another in an item is answered with
TransactionConflict, as DynamoDB does. Everything else passes through.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

ROOT = Path(__file__).resolve().parents[2]
COUNTS = "/_counts"
TRANSACTION = "DynamoDB_20120810.TransactWriteItems"
PASSED_HEADERS = ("content-type", "x-amz-target", "authorization", "x-amz-date")


class ConflictProxy:
    """Forwards to an emulator.

    Attributes:
        requests: How many came, of every kind.
        transactions: How many were asked for.
        conflicts: How many of them were refused for an overlap.
    """

    def __init__(self, target: str, hold_s: float) -> None:
        """Forward to ``target``, holding each transaction for so long."""
        self.requests = 0
        self.transactions = 0
        self.conflicts = 0
        self._target = target
        self._hold_s = hold_s
        self._held: set[str] = set()
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request of the SDK."""
        self.requests += 1
        body = await request.read()
        if request.headers.get("x-amz-target") != TRANSACTION:
            return await self._forward(request, body)
        self.transactions += 1
        actions = json.loads(body)["TransactItems"]
        keys = {_key(action) for action in actions}
        if keys & self._held:
            self.conflicts += 1
            return _conflict([_key(action) in self._held for action in actions])
        self._held |= keys
        try:
            await asyncio.sleep(self._hold_s)
            return await self._forward(request, body)
        finally:
            self._held -= keys

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        headers = {n: request.headers[n] for n in PASSED_HEADERS if n in request.headers}
        async with self._session.post(self._target, data=body, headers=headers) as answer:
            kept = {n: v for n, v in answer.headers.items() if n.lower().startswith("x-amz")}
            kept["content-type"] = "application/x-amz-json-1.0"
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    async def counts(self, request: web.Request) -> web.Response:
        """Answer what was counted."""
        counts = {"requests": self.requests, "transactions": self.transactions}
        return web.json_response({**counts, "conflicts": self.conflicts})


def _key(action: dict[str, Any]) -> str:
    (request,) = action.values()
    key = request.get("Item") or request["Key"]
    return f"{key['pk']['S']}/{key['sk']['S']}"


def _conflict(overlaps: list[bool]) -> web.Response:
    reasons = [{"Code": "TransactionConflict" if overlap else "None"} for overlap in overlaps]
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    }
    return web.json_response(body, status=400, content_type="application/x-amz-json-1.0")


@dataclass(frozen=True, slots=True)
class RunningProxy:
    """A proxy in a process of its own, so that it takes no time from who is measured."""

    url: str

    def counts(self) -> dict[str, int]:
        """Return how many requests, transactions and conflicts there were."""
        with urllib.request.urlopen(self.url + COUNTS, timeout=20) as answer:  # noqa: S310
            counts: dict[str, int] = json.load(answer)
        return counts


@contextmanager
def conflict_proxy(target: str, hold_s: float = 0.012) -> Iterator[RunningProxy]:
    """Run the proxy before an emulator."""
    command = [sys.executable, "-m", "tests.support.conflict_proxy", target, str(hold_s)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield RunningProxy(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.terminate()


async def _serve(target: str, hold_s: float) -> None:
    proxy = ConflictProxy(target, hold_s)
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_get(COUNTS, proxy.counts)
    app.router.add_route("*", "/{path:.*}", proxy.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], float(sys.argv[2])))
