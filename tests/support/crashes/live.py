"""A group on a Parley that runs, of which a function's process is killed at a boundary."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.support.client import Client
from tests.support.devices import Json
from tests.support.stack import Stack

ADAPTERS = {
    "messages": "parley.adapters.dynamodb.messages:DynamoMessageStore",
    "rooms": "parley.adapters.dynamodb.rooms:DynamoRoomStore",
    "table": "parley.adapters.dynamodb.table:Table",
    "users": "parley.adapters.dynamodb.users:DynamoUserStore",
    "cache": "parley.adapters.redis.cache:RedisRoomCache",
    "presence": "parley.adapters.redis.presence:RedisPresenceStore",
    "push": "parley.adapters.push.crt:AwsCrtPush",
}
PATIENCE_S = 30.0


@dataclass
class Group:
    """Ann and Ben, connected, in a group with one message; nobody else is in the tenant."""

    stack: Stack
    tenant: str
    ann: Client
    ben: Client
    room_id: str
    message_id: str

    def kill_at(self, function: str, place: str, count: int = 1) -> None:
        """Let a function end at a boundary such as ``messages.append:after``."""
        port, _, call = place.partition(".")
        point = f"{ADAPTERS[port]}.{call}"
        self.stack.fault(verb="kill_at", function=function, point=point, count=count)

    async def history(self) -> list[Json]:
        """Return all messages, of which each must be there once and none be missing."""
        read = (await self.ann.do("message.history", roomId=self.room_id))["messages"]
        assert [message["seq"] for message in read] == list(range(1, len(read) + 1))
        said = [message["clientId"] for message in read]
        assert len(set(said)) == len(said)
        return list(read)

    async def goes_on(self) -> None:
        """Check that the next message is taken at once, and heard."""
        said = {"roomId": self.room_id, "clientId": "goes-on", "body": "goes on"}
        sent = await self.ann.do("message.send", **said)
        assert not sent["duplicate"]
        heard = await self.ben.event("message:new", lambda data: data["clientId"] == "goes-on")
        assert heard["seq"] == sent["message"]["seq"]


async def until(found: Callable[[], Awaitable[Any]], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := await found():
            return value
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


async def is_killed(client: Client, operation: str, **data: Any) -> None:
    """Ask, and see the function end: API Gateway says so, with no id of ours."""
    before = len(client.frames)
    await client.send(operation, **data)

    async def failed() -> bool:
        fresh = [json.loads(frame) for frame in client.frames[before:]]
        return any(frame.get("message") == "Internal server error" for frame in fresh)

    await until(failed, "the function's end")


async def has_failed(stack: Stack, function: str, before: int) -> None:
    """Wait for an invocation that nobody asked for to end in failure."""

    async def failed() -> bool:
        return errors_of(stack, function) > before

    await until(failed, f"the end of {function}")


def errors_of(stack: Stack, function: str) -> int:
    return int(stack.get("/_gateway/state")["functions"][function]["errors"])


async def noticed(client: Client, room_id: str) -> Json:
    """Beat until the room is among those that changed, then catch up; return it."""

    async def changed() -> bool:
        beat = await client.do("presence.heartbeat")
        return any(room["roomId"] == room_id for room in beat["changed"])

    await until(changed, "a change that a heartbeat tells")
    page = await client.do("sync.start", rooms={})
    return next(dict(room) for room in page["rooms"] if room["roomId"] == room_id)
