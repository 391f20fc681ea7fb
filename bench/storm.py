"""Everybody of a tenant reconnects at once: what presence costs each client, and who sees what.

The gateway drops every connection; all people come back as fast as the machine admits, and catch up
as the contract has it (`sync.start`, or `presence.subscribe` to some). Counted are the
`presence:update` frames of each client from the cut until 10 s after the last one is back.
"""

import argparse
import asyncio
import contextlib
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override
from websockets.exceptions import WebSocketException

from bench.load import RAISED_LIMITS, percentiles
from tests.support.client import Client
from tests.support.stack import Stack, running_stack

# How many people connect at the same moment; more would wait in the gateway.
AT_ONCE = 50
RETRY_S = 1.0
HEARTBEAT_S = 30.0
QUIET_S = 8.0
RIGHT_IN_S = 10.0
SETTINGS = {
    **RAISED_LIMITS,
    "PARLEY_CONNECTS_PER_MINUTE": "100000",
    "GATEWAY_CONNECT_RATE_PER_S": "100000",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Attributes:
        people: Of one tenant, with one connection each.
        watched: To how many people each subscribes; 0: everybody hears of everybody.
    """

    people: int = 1_000
    watched: int = 50


class Watcher(Client):
    """A connection that keeps a view of who is there, and counts what that costs."""

    view: dict[str, str]
    updates: int
    epoch: str | None

    @override
    def on_event(self, name: str, data: dict[str, Any]) -> None:
        """Bring the view up to date."""
        if name == "presence:update":
            self.updates += 1
            self.view.update({user["userId"]: user["status"] for user in data["users"]})


class Crowd:
    """All people of a tenant."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        """Know who they are; nobody is connected yet."""
        self.clients: dict[str, Watcher] = {}
        self.refused = 0
        self.resyncs = 0
        self._beats: set[asyncio.Task[None]] = set()
        self._stack = stack
        self._plan = plan
        self._tenant = f"storm-{uuid.uuid4().hex[:8]}"
        self._names = [f"user-{number:05}" for number in range(plan.people)]
        self._tokens: dict[str, str] = {}
        self._doors = asyncio.Semaphore(AT_ONCE)

    async def sign_in(self) -> None:
        """Get everybody's token, which is no part of a storm."""
        for name in self._names:
            claims = {"tenantId": self._tenant, "name": name.title()}
            self._tokens[name] = await asyncio.to_thread(self._stack.token, name, **claims)

    async def come(self) -> float:
        """Connect everybody; return how many seconds it took until the last one was up to date."""
        started = time.perf_counter()
        await asyncio.gather(*map(self._come, self._names))
        return time.perf_counter() - started

    async def beat(self) -> None:
        """Send everybody's heartbeats, evenly, for ever."""
        while True:
            for name in self._names:
                # Who is not back yet has none to send.
                with contextlib.suppress(KeyError, WebSocketException):
                    client = self.clients[name]
                    beat = asyncio.create_task(self._beat(name, client))
                    self._beats.add(beat)
                    beat.add_done_callback(self._beats.discard)
                await asyncio.sleep(HEARTBEAT_S / len(self._names))

    async def _beat(self, name: str, client: Watcher) -> None:
        with contextlib.suppress(WebSocketException, TimeoutError, AssertionError):
            epoch = (await client.do("presence.heartbeat", status="online"))["epoch"]
            known, client.epoch = client.epoch, client.epoch or epoch
            if epoch != (known or epoch):
                # Something did not reach it.
                self.resyncs += 1
                client.view = {}
                await self._catch_up(name, client)

    async def leave(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(client.close() for client in self.clients.values()))

    def wrong_views(self) -> int:
        """Count the people who do not see somebody that they should."""
        return sum(
            any(client.view.get(other) != "online" for other in self._watched_by(name))
            for name, client in self.clients.items()
        )

    async def _come(self, name: str) -> None:
        async with self._doors:
            client = await self._open(name)
            client.updates, client.view, client.epoch = 0, {}, None
            self.clients[name] = client
            await self._catch_up(name, client)

    async def _open(self, name: str) -> Watcher:
        while True:
            try:
                return await Watcher.open(self._stack.ws_url, self._tokens[name])
            except (OSError, WebSocketException):
                # Refused, or too slow for a busy machine: like any client, it comes again.
                self.refused += 1
                await asyncio.sleep(secrets.SystemRandom().uniform(0, RETRY_S))

    async def _catch_up(self, name: str, client: Watcher) -> None:
        # What is pushed meanwhile is newer than what the reply says.
        if self._plan.watched:
            reply = await client.do("presence.subscribe", userIds=self._watched_by(name))
            _complete(client.view, reply["users"])
            return
        cursor: Mapping[str, str] = {}
        while True:
            page = await client.do("sync.start", rooms={}, **cursor)
            _complete(client.view, page["users"])
            if page["cursor"] is None:
                return
            cursor = {"cursor": page["cursor"]}

    def _watched_by(self, name: str) -> list[str]:
        if not self._plan.watched:
            return self._names
        place = self._names.index(name)
        doubled = self._names + self._names
        return doubled[place + 1 : place + 1 + self._plan.watched]


def _complete(view: dict[str, str], users: Sequence[Mapping[str, Any]]) -> None:
    for user in users:
        view.setdefault(user["userId"], user["status"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the plan from the command line."""
    plan = Plan()
    parser.add_argument("--people", type=int, default=plan.people)
    parser.add_argument(
        "--watched", type=int, default=plan.watched, help="people that each subscribes to; 0: all"
    )


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Start Parley, let the storm loose, and return the figures."""
    plan = Plan(**options)
    all_max = 1 if plan.watched else 100_000
    settings = {**SETTINGS, "PARLEY_PRESENCE_ALL_MAX": str(all_max)}
    with running_stack(settings) as stack:
        return asyncio.run(_storm(stack, plan))


async def _storm(stack: Stack, plan: Plan) -> dict[str, Any]:
    crowd = Crowd(stack, plan)
    await crowd.sign_in()
    beating = asyncio.create_task(crowd.beat())
    first_s = await crowd.come()
    await asyncio.sleep(QUIET_S)
    await asyncio.to_thread(stack.fault, verb="cut_all")
    back_s = await crowd.come()
    wrong_at_once = crowd.wrong_views()
    await asyncio.sleep(RIGHT_IN_S)
    beating.cancel()
    frames = [client.updates for client in crowd.clients.values()]
    figures = {
        "people": plan.people,
        "watched": plan.watched or plan.people,
        "firstSeconds": round(first_s, 1),
        "seconds": round(back_s, 1),
        "refused": crowd.refused,
        "resyncs": crowd.resyncs,
        "connectsPerSecond": round(plan.people / back_s),
        "presenceFramesMax": max(frames),
        "presenceFrames": percentiles(frames),
        "wrongViewsAtOnce": wrong_at_once,
        "wrongViews": crowd.wrong_views(),
    }
    await crowd.leave()
    return figures
