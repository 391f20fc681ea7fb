"""Connections that come and go by the thousand: what is left of them afterwards.

People of some tenants connect in waves. Some connections close; others are cut, and of some of
these nobody ever hears: their `$disconnect` is lost. When all leases have run out and the sweep was
there, one more change of each tenant lets pushes find the dead. Then Redis, the processes' memory
and the gauges are held against what they were after a first, small churn by the same people.
"""

import argparse
import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from websockets.exceptions import WebSocketException

from bench.load import RAISED_LIMITS
from tests.support.client import Client
from tests.support.stack import Stack, running_stack

TENANTS = 5
LEASE_TTL_S = 10
# A real second each minute.
SCHEDULE_SCALE = 1 / 60
AT_ONCE = 30
# Longer than a connection is too young for a push to find it gone, and than a lease.
SETTLE_S = 14.0
SETTLE_ROUNDS = 10
WARM_WAVES = 2
# How much memory may be left over: caches of the processes that fill up once, and the allocator's.
GROWN_BY = 1.25
GROWN_BY_MB = 20
SETTINGS = {
    **RAISED_LIMITS,
    "PARLEY_CONNECTS_PER_MINUTE": "100000",
    "PARLEY_LEASE_TTL_S": str(LEASE_TTL_S),
    "PARLEY_HEARTBEAT_INTERVAL_S": "5",
    "GATEWAY_SCHEDULE_SCALE": str(SCHEDULE_SCALE),
    "GATEWAY_CONNECT_RATE_PER_S": "100000",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: so many connections, of so many people, of which some die unheard."""

    connections: int = 20_000
    people: int = 500
    cut: float = 0.4
    lost: float = 0.5
    seed: int = 1


@dataclass(slots=True)
class Churn:
    """People who come and go."""

    stack: Stack
    plan: Plan
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    opened: int = 0
    refused: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    async def sign_in(self) -> None:
        """Get everybody's token."""
        for number in range(self.plan.people):
            tenant, name = f"churn-{number % TENANTS}", f"user-{number:04}"
            claims = {"tenantId": tenant, "name": name.title(), "expiresIn": 7_200}
            token = await asyncio.to_thread(self.stack.token, name, **claims)
            self.tokens[tenant, name] = token

    async def churn(self, connections: int, chance: random.Random) -> None:
        """Let everybody connect and be gone again, until it were so many connections."""
        lost = self.plan.lost
        await asyncio.to_thread(self.stack.fault, verb="drop_disconnect", probability=lost)
        until = self.opened + connections
        while self.opened < until:
            await self._wave(chance)

    async def _wave(self, chance: random.Random) -> None:
        doors = asyncio.Semaphore(AT_ONCE)
        endings = [self._ending(chance) for _ in self.tokens]
        people = zip(self.tokens.items(), endings, strict=True)
        await asyncio.gather(*(self._visit(doors, who, end) for who, end in people))

    def _ending(self, chance: random.Random) -> str:
        if chance.random() >= self.plan.cut:
            return "closed"
        return "cut"

    async def _visit(
        self, doors: asyncio.Semaphore, who: tuple[tuple[str, str], str], ending: str
    ) -> None:
        (_, name), token = who
        async with doors:
            client = await self._open(token)
            self.opened += 1
            self.ends[ending] += 1
            with contextlib.suppress(WebSocketException):
                await client.send("presence.subscribe", userIds=[name, "user-0000"])
            if ending == "cut":
                client.socket.transport.abort()
            await client.close()

    async def _open(self, token: str) -> Client:
        while True:
            try:
                return await Client.open(self.stack.ws_url, token)
            except (OSError, WebSocketException):
                self.refused += 1
                await asyncio.sleep(0.2)

    async def settle(self) -> None:
        """Let leases run out and the dead be found, until nobody is there any more."""
        await asyncio.to_thread(self.stack.fault, verb="clear")
        for _ in range(SETTLE_ROUNDS):
            for tenant in range(TENANTS):
                token = self.tokens[f"churn-{tenant}", f"user-{tenant:04}"]
                # That they come, and a grace later that they went, is pushed to who seems there.
                await (await self._open(token)).close()
            await asyncio.sleep(SETTLE_S)
            kinds, _ = await asyncio.to_thread(_keys, self.stack)
            if not kinds.keys() & {"conns", "tenants"}:
                return


@dataclass(frozen=True, slots=True)
class Traces:
    """What is there at a moment.

    Attributes:
        kinds: How many keys there are of each kind.
        entries: And how many entries in all of these.
        tombstones: Of connections that closed; each is kept for ten minutes.
        memory_mb: Of the gateway, and of all its workers together for each that runs.
        connections: That the gateway has open.
    """

    kinds: Mapping[str, int]
    entries: Mapping[str, int]
    tombstones: int
    memory_mb: Mapping[str, float]
    connections: int

    @classmethod
    def of(cls, stack: Stack) -> "Traces":
        """Look at a running Parley."""
        kinds, entries = _keys(stack)
        tombstones = entries.pop("gone", 0)
        state = stack.get("/_gateway/state")
        return cls(kinds, entries, tombstones, _memory(stack), state["connections"])


def _keys(stack: Stack) -> tuple[Counter[str], Counter[str]]:
    kinds: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    sizes = {"hash": "HLEN", "zset": "ZCARD", "set": "SCARD", "string": "STRLEN"}
    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as server:
        for key in server.scan_iter():
            kind = key.partition("}:")[2].partition(":")[0]
            if kind == "rate":
                # Windows of a minute, gone by themselves a little later.
                continue
            kinds[kind] += 1
            if kind == "conns":
                entries[kind] += sum(text.count('"c":') for text in server.hvals(key))
            else:
                entries[kind] += server.execute_command(sizes[server.type(key)], key)
    return kinds, entries


def _memory(stack: Stack) -> dict[str, float]:
    workers = [_resident_mb(pid) for pid in _children(stack.process.pid)]
    return {
        "gateway": _resident_mb(stack.process.pid),
        "worker": round(sum(workers) / len(workers), 1),
    }


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_text()
            if int(fields[1]) == parent and "worker.py" in command:
                found.append(int(path.name))
    return found


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise AssertionError("no such line")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the plan from the command line."""
    plan = Plan()
    parser.add_argument("--connections", type=int, default=plan.connections)
    parser.add_argument("--people", type=int, default=plan.people)
    parser.add_argument("--cut", type=float, default=plan.cut, help="share that does not close")
    parser.add_argument("--lost", type=float, default=plan.lost, help="lost $disconnect events")
    parser.add_argument("--seed", type=int, default=plan.seed)


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Start Parley, let people come and go, and return what is left."""
    with running_stack(SETTINGS) as stack:
        return asyncio.run(_churn(stack, Plan(**options)))


async def _churn(stack: Stack, plan: Plan) -> dict[str, Any]:
    churn, chance = Churn(stack, plan), random.Random(plan.seed)  # noqa: S311
    await churn.sign_in()
    await churn.churn(WARM_WAVES * plan.people, chance)
    await churn.settle()
    before = Traces.of(stack)
    started, settled = time.perf_counter(), churn.opened
    await churn.churn(plan.connections, chance)
    took_s = time.perf_counter() - started
    await churn.settle()
    after = Traces.of(stack)
    return _figures(churn, before, after, (churn.opened - settled) / took_s)


def _figures(churn: Churn, before: Traces, after: Traces, rate: float) -> dict[str, Any]:
    left = {
        name: after.entries.get(name, 0) - before.entries.get(name, 0)
        for name in {*before.entries, *after.entries}
    }
    return {
        "connections": churn.opened,
        "refused": churn.refused,
        "ends": dict(churn.ends),
        "connectsPerSecond": round(rate),
        "keysBefore": sum(before.kinds.values()),
        "keysAfter": sum(after.kinds.values()),
        "entriesLeft": {name: count for name, count in sorted(left.items()) if count},
        "tombstones": after.tombstones,
        "openAfter": after.connections,
        "memoryBeforeMb": dict(before.memory_mb),
        "memoryAfterMb": dict(after.memory_mb),
        "backToBaseline": is_back(before, after),
    }


def is_back(before: Traces, after: Traces) -> bool:
    """Tell whether nothing is left but the tombstones, and memory within what is allowed."""
    return (
        all(after.kinds.get(kind, 0) <= count for kind, count in before.kinds.items())
        and after.kinds.keys() <= before.kinds.keys()
        and all(after.entries[name] <= before.entries[name] for name in after.entries)
        and after.connections <= before.connections
        and all(
            after.memory_mb[name] <= used * GROWN_BY + GROWN_BY_MB
            for name, used in before.memory_mb.items()
        )
    )
