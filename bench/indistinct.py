"""How long "there is nothing here by that id" takes: no such room, another tenant's, not mine."""

import asyncio
import random
import time
import uuid
from collections import defaultdict
from statistics import median
from typing import Any

from bench.checks import Shown
from bench.load import RAISED_LIMITS
from tests.support.client import Client, new_id
from tests.support.stack import Stack, running_stack

ROUNDS = 150
UNKNOWN = "g-" + "0" * 32


def medians() -> Shown:
    """Ask for three kinds of room that the caller may not know of, in turns, and time it."""
    with running_stack(RAISED_LIMITS) as stack:
        times, unlike = asyncio.run(_measure(stack))
    figures = []
    for operation in sorted({operation for operation, _ in times}):
        of_kind = {kind: median(times[operation, kind]) for kind in ("absent", "foreign", "other")}
        shown = "/".join(f"{of_kind[kind] * 1000:.2f}" for kind in ("absent", "foreign", "other"))
        figures.append(f"{operation} {shown} ms")
    return Shown(
        not unlike,
        f"medians of {ROUNDS} each, absent/other tenant/not a member: {', '.join(figures)}; "
        f"{unlike} answers differ",
    )


async def _measure(stack: Stack) -> tuple[dict[tuple[str, str], list[float]], int]:
    suffix = uuid.uuid4().hex[:8]
    mallory = await _person(stack, "mallory", f"acme-{suffix}")
    rooms = {"absent": UNKNOWN}
    for kind, tenant in (("foreign", f"globex-{suffix}"), ("other", f"acme-{suffix}")):
        owner = await _person(stack, "owner", tenant)
        made = await owner.do("room.create", type="group", memberIds=["ben"])
        await owner.do("message.send", roomId=made["roomId"], clientId=new_id(), body="secret")
        rooms[kind] = made["roomId"]
        await owner.close()
    times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for _ in range(ROUNDS):
        for operation, data in _operations():
            for kind in random.sample(sorted(rooms), len(rooms)):
                started = time.perf_counter()
                reply = await mallory.ask(operation, roomId=rooms[kind], **data)
                times[operation, kind].append(time.perf_counter() - started)
                answers[operation].add(f"{reply['ok']} {reply.get('error')} {reply.get('message')}")
    await mallory.close()
    return times, sum(len(seen) - 1 for seen in answers.values())


def _operations() -> list[tuple[str, dict[str, Any]]]:
    message_id = "0000000000100000000000"[:21]
    return [
        ("room.get", {}),
        ("message.history", {}),
        ("message.send", {"clientId": new_id(), "body": "x"}),
        ("message.edit", {"messageId": message_id, "body": "x"}),
    ]


async def _person(stack: Stack, sub: str, tenant: str) -> Client:
    token = await asyncio.to_thread(stack.token, sub, tenantId=tenant, name=sub.title())
    return await Client.open(stack.ws_url, token)
