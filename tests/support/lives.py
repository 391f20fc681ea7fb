"""What becomes of connections in the course of hours, with clocks that run faster.

Each of these runs in a tenant of its own, so that they can run at the same time.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.support.client import Client, new_id
from tests.support.faults.gateway import GatewayFaults
from tests.support.house import beating, house, insist
from tests.support.stack import Stack

LEASE_TTL_S = 6
SWEEP_S = 3.0
# One person's changes are told at most so much later: the grace, and one beat of coalescing.
ANNOUNCED_IN_S = 7.0
TWO_HOURS_S = 7_200.0
MORE_THAN_FIVE_MINUTES_S = 301.0
# Long enough before the 2 hours for a busy machine to hand over.
IN_TIME_S = 60.0
TOKEN_S = 6
SETTINGS = {
    "PARLEY_HEARTBEAT_INTERVAL_S": "5",
    "PARLEY_LEASE_TTL_S": str(LEASE_TTL_S),
    "PARLEY_CONNECTS_PER_MINUTE": "100000",
    "PARLEY_MESSAGES_PER_10S": "100000",
    "PARLEY_MESSAGES_PER_MINUTE": "100000",
    "PARLEY_REQUESTS_PER_MINUTE": "100000",
    "GATEWAY_SCHEDULE_SCALE": str(SWEEP_S / 60),
}

Json = dict[str, Any]


# --- Two hours ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handover:
    """How one connection took over from another.

    Attributes:
        sent: How many messages were sent meanwhile.
        shown: Their numbers in the order in which the person was shown them.
        old_code: How the old connection ended.
        told: What others were told of the person's presence.
    """

    sent: int
    shown: list[int]
    old_code: int | None
    told: list[str]


async def hand_over(stack: Stack, faults: GatewayFaults) -> Handover:
    """Let a connection be replaced, in the middle of a chat, before its 2 hours are over."""
    async with house(stack) as home:
        old = await home.person("alice", "old")
        faults.age(age_s=TWO_HOURS_S - IN_TIME_S, fraction=1.0, user_agent=home.agent("old"))
        bob = await home.person("bob")
        room_id = await home.group(bob, "alice")
        talking = asyncio.create_task(_talk(bob, room_id, 60))
        async with beating(old, bob):
            await old.event("message:new", lambda message: message["seq"] >= 5)
            new = await home.person("alice", "new")
            async with beating(new):
                known = {room_id: {"seq": _tip(old), "rev": 0}}
                synced = await new.do("sync.start", rooms=known)
                faults.age(age_s=IN_TIME_S, fraction=1.0, user_agent=home.agent("old"))
                await old.socket.wait_closed()
                sent = await talking
                await new.event("message:new", lambda message: message["seq"] == sent)
                await asyncio.sleep(ANNOUNCED_IN_S)
        told = [user for update in bob.named("presence:update") for user in update["users"]]
        return Handover(
            sent=sent,
            shown=_shown([*old.named("message:new"), *_pages(synced), *new.named("message:new")]),
            old_code=old.socket.close_code,
            told=[user["status"] for user in told if user["userId"] == "alice"],
        )


async def _talk(sender: Client, room_id: str, count: int) -> int:
    seq = 0
    for _ in range(count):
        data = {"roomId": room_id, "clientId": new_id(), "body": "hello"}
        reply = await insist(sender, "message.send", **data)
        seq = int(reply["message"]["seq"])
        await asyncio.sleep(0.03)
    return seq


def _tip(client: Client) -> int:
    """Return up to where a client has everything."""
    heard, tip = {message["seq"] for message in client.named("message:new")}, 0
    while tip + 1 in heard:
        tip += 1
    return tip


def _pages(synced: Json) -> list[Json]:
    return [message for change in synced["changes"] for message in change["messages"]]


def _shown(messages: list[Json]) -> list[int]:
    """Return what a client shows: each message once, by its id, in the order of `seq`."""
    known = {message["messageId"]: message["seq"] for message in messages}
    return sorted(known.values())


# --- Silence -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence:
    """What became of a client that vanished without a word.

    Attributes:
        offline_after_s: When others were told, from its last heartbeat on.
        is_last_seen_then: Whether they were told that this was when it was heard last.
        stored: How often the message is there that it was sending.
        reply: To the message when it was sent again, over the next connection.
    """

    offline_after_s: float
    is_last_seen_then: bool
    stored: int
    reply: Json


async def fall_silent(stack: Stack, faults: GatewayFaults) -> Silence:
    """Let a client vanish while it sends, be missed, and come back."""
    async with house(stack) as home:
        bob = await home.person("bob")
        alice = await home.person("alice", "closed laptop")
        room_id = await home.group(bob, "alice")
        heard = time.time()
        await alice.do("presence.heartbeat", status="online")
        heard_by = time.time()
        assert faults.half_open(fraction=1.0, user_agent=home.agent("closed laptop")) == 1
        message = {"roomId": room_id, "clientId": new_id(), "body": "pending"}
        await alice.send("message.send", **message)
        await home.say(room_id, "bob")
        gone = await bob.event("presence:update", lambda data: _is_offline(data, "alice"))
        offline_after_s = time.time() - heard
        assert not [frame for frame in alice.frames if "message:new" in frame]
        again = await home.person("alice")
        reply = await again.ask("message.send", **message)
        history = await again.do("message.history", roomId=room_id)
    bodies = [each["body"] for each in history["messages"]]
    seen_at = datetime.fromisoformat(gone["users"][0]["lastSeenAt"]).timestamp()
    was_heard = heard - 0.001 <= seen_at <= heard_by
    return Silence(offline_after_s, was_heard, bodies.count("pending"), reply)


def _is_offline(update: Json, user_id: str) -> bool:
    first = update["users"][0]
    return bool(first["userId"] == user_id and first["status"] == "offline")


@dataclass(frozen=True, slots=True)
class Idleness:
    """How connections on which nothing goes ended, and one that beats.

    Attributes:
        idle_code: The close code.
        beating_is_open: Whether the other one lasted.
    """

    idle_code: int | None
    beating_is_open: bool


async def be_idle(stack: Stack, faults: GatewayFaults) -> Idleness:
    """Let one connection be silent for 10 minutes, and another one beat."""
    async with house(stack) as home:
        idle, lively = await home.person("idle"), await home.person("lively")
        while idle.is_open and lively.is_open:
            await lively.do("presence.heartbeat", status="online")
            # The one hears that the other came, which is traffic: one half may not be enough.
            faults.age(
                age_s=0,
                idle_s=MORE_THAN_FIVE_MINUTES_S,
                fraction=1.0,
                user_agent=home.agent("laptop"),
            )
            await asyncio.sleep(1.5)
        return Idleness(idle.socket.close_code, lively.is_open)


# --- The end of a token ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expiry:
    """How a connection ended whose token did.

    Attributes:
        bye: What it was told.
        bye_after_s: How long after the token's end.
        heard_after: How many messages it heard that were sent after the token's end.
        heard_before: And before.
    """

    bye: Json
    bye_after_s: float
    heard_before: int
    heard_after: int


async def expire(stack: Stack) -> Expiry:
    """Let a token end while its connection says nothing, and others talk."""
    async with house(stack) as home:
        bob = await home.person("bob")
        room_id = await home.group(bob, "alice")
        talking = asyncio.create_task(_talk(bob, room_id, 3000))
        ends_at = time.time() + TOKEN_S
        alice = await home.person("alice", expiresIn=TOKEN_S)
        ends_by = time.time() + TOKEN_S
        bye = await alice.event("bye")
        bye_after_s = time.time() - ends_at
        await alice.socket.wait_closed()
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
    sent_at = [
        datetime.fromisoformat(message["createdAt"]).timestamp()
        for message in alice.named("message:new")
    ]
    late = sum(each > ends_by for each in sent_at)
    return Expiry(bye, bye_after_s, len(sent_at) - late, late)
