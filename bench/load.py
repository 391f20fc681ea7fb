"""An open-loop load through the gateway: what was sent when it was due, and what came of it.

Times count from when a message was due, not from when it could be sent, so that a stall of the
generator or the server is not left out of the figures.
"""

import argparse
import asyncio
import gc
import random
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from tests.support.client import Client
from tests.support.stack import Stack, running_stack

DRAIN_S = 10.0
WARM_MESSAGES = 10
RAISED_LIMITS = {
    "PARLEY_MESSAGES_PER_10S": "1000000",
    "PARLEY_MESSAGES_PER_MINUTE": "1000000",
    "PARLEY_REQUESTS_PER_MINUTE": "1000000",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: so many connections, evenly in rooms, at a rate for a while."""

    connections: int = 200
    room_size: int = 10
    rate: float = 50
    seconds: float = 20
    seed: int = 1


@dataclass(slots=True)
class Figures:
    """What was seen."""

    due: dict[str, float] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)
    ack_ms: list[float] = field(default_factory=list)
    delivery_ms: list[float] = field(default_factory=list)
    arrivals: Counter[tuple[int, str]] = field(default_factory=Counter)
    out_of_order: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def report(self, plan: Plan) -> dict[str, Any]:
        """Return the figures under their published names."""
        expected = len(self.acked) * (plan.room_size - 1)
        delivered = sum(1 for (_, client_id) in self.arrivals if client_id in self.acked)
        return {
            "connections": plan.connections,
            "rate": plan.rate,
            "seconds": plan.seconds,
            "sent": len(self.due),
            "acked": len(self.acked),
            "delivered": delivered,
            "lost": expected - delivered,
            "duplicates": sum(count - 1 for count in self.arrivals.values()),
            "outOfOrder": self.out_of_order,
            "ackMs": percentiles(self.ack_ms),
            "deliveryMs": percentiles(self.delivery_ms),
            "refused": dict(self.refused),
            "seed": plan.seed,
        }


class Listener(Client):
    """A connection that notes when messages come, as they come."""

    number: int
    figures: Figures
    seen: dict[str, int]

    @override
    def on_event(self, name: str, data: dict[str, Any]) -> None:
        """Note a message."""
        due = self.figures.due.get(data.get("clientId", "")) if name == "message:new" else None
        if due is None:
            return
        self.figures.delivery_ms.append((time.perf_counter() - due) * 1000)
        self.figures.arrivals[(self.number, data["clientId"])] += 1
        if data["seq"] < self.seen.get(data["roomId"], 0):
            self.figures.out_of_order += 1
        self.seen[data["roomId"]] = max(data["seq"], self.seen.get(data["roomId"], 0))


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99, in the unit of the values."""
    if len(values) < 2:
        return dict.fromkeys(("p50", "p95", "p99"), values[0] if values else 0.0)
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {f"p{cut}": round(cuts[cut - 1], 2) for cut in (50, 95, 99)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be asked for."""
    plan = Plan()
    parser.add_argument("--connections", type=int, default=plan.connections)
    parser.add_argument("--room-size", type=int, default=plan.room_size)
    parser.add_argument("--rate", type=float, default=plan.rate, help="messages a second")
    parser.add_argument("--seconds", type=float, default=plan.seconds)
    parser.add_argument("--seed", type=int, default=plan.seed)


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Start Parley, load it as a plan with these fields says, and return the figures."""
    plan = Plan(**options)
    with running_stack(RAISED_LIMITS) as stack:
        return asyncio.run(load(stack, plan))


async def load(stack: Stack, plan: Plan) -> dict[str, Any]:
    """Load a running Parley."""
    figures = Figures()
    clients = await _connect(stack, plan, figures)
    try:
        rooms = await _rooms(clients, plan)
        await _warm(clients, rooms)
        # The generator's own collections would count as the server's delay.
        gc.collect()
        gc.disable()
        beating = asyncio.create_task(_beat(clients))
        await _send_when_due(clients, rooms, plan, figures)
        await _drain(plan, figures)
        beating.cancel()
    finally:
        gc.enable()
        await asyncio.gather(*(client.close() for client in clients))
    return figures.report(plan)


async def _connect(stack: Stack, plan: Plan, figures: Figures) -> list[Listener]:
    tenant = f"load-{uuid.uuid4().hex[:8]}"
    clients = []
    for number in range(plan.connections):
        token = await asyncio.to_thread(stack.token, f"user-{number}", tenantId=tenant)
        client = await Listener.open(stack.ws_url, token)
        client.number, client.figures, client.seen = number, figures, {}
        clients.append(client)
    return clients


async def _rooms(clients: Sequence[Listener], plan: Plan) -> list[str]:
    rooms = []
    for first in range(0, plan.connections, plan.room_size):
        members = [f"user-{number}" for number in range(first, first + plan.room_size)]
        room = await clients[first].do("room.create", type="group", memberIds=members)
        rooms.append(room["roomId"])
    return rooms


async def _warm(clients: Sequence[Listener], rooms: Sequence[str]) -> None:
    """Let every execution environment start before anything is counted."""
    size = len(clients) // len(rooms)
    for _ in range(WARM_MESSAGES):
        await asyncio.gather(
            *(
                clients[place * size].do(
                    "message.send", roomId=room, clientId=uuid.uuid4().hex, body="warm"
                )
                for place, room in enumerate(rooms)
            )
        )


async def _beat(clients: Sequence[Listener]) -> None:
    while True:
        for client in clients:
            await client.ask("presence.heartbeat", status="online")
            await asyncio.sleep(30 / len(clients))


async def _send_when_due(
    clients: Sequence[Listener], rooms: Sequence[str], plan: Plan, figures: Figures
) -> None:
    chooser = random.Random(plan.seed)  # noqa: S311
    started = time.perf_counter()
    sends = []
    for number in range(round(plan.rate * plan.seconds)):
        due = started + number / plan.rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sender = chooser.randrange(plan.connections)
        room = rooms[sender // plan.room_size]
        sends.append(asyncio.create_task(_send(clients[sender], room, due, figures)))
    await asyncio.gather(*sends)


async def _send(client: Listener, room: str, due: float, figures: Figures) -> None:
    client_id = uuid.uuid4().hex
    figures.due[client_id] = due
    reply = await client.ask("message.send", roomId=room, clientId=client_id, body="x" * 100)
    if not reply["ok"]:
        figures.refused[reply["error"]] += 1
        return
    figures.ack_ms.append((time.perf_counter() - due) * 1000)
    figures.acked.add(client_id)


async def _drain(plan: Plan, figures: Figures) -> None:
    deadline = time.perf_counter() + DRAIN_S
    while figures.report(plan)["lost"] and time.perf_counter() < deadline:
        await asyncio.sleep(0.1)
