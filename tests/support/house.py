"""A tenant of its own in a running Parley, and its people's connections."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tests.support.client import Client, new_id
from tests.support.places import Place

Json = dict[str, Any]


class House:
    """A tenant, its people's connections, and a group of all of them."""

    def __init__(self, stack: Place) -> None:
        """Begin with nobody; see :func:`house`."""
        self.stack = stack
        self.tenant = f"tenant-{uuid.uuid4().hex[:12]}"
        self.opened = AsyncExitStack()

    async def person(self, sub: str, device: str = "laptop", **claims: Any) -> Client:
        """Connect somebody; faults can be for one device."""
        token = await asyncio.to_thread(self.token, sub, **claims)
        agent = self.agent(device)
        client = await Client.open(self.stack.ws_url, token, user_agent=agent)
        return await self.opened.enter_async_context(client)

    def token(self, sub: str, **claims: Any) -> str:
        """Return a token of somebody of this tenant."""
        return self.stack.token(sub, tenantId=self.tenant, **claims)

    def agent(self, device: str) -> str:
        """Return what a device calls itself."""
        return f"{device} of {self.tenant}"

    async def group(self, owner: Client, *members: str) -> str:
        """Make a group."""
        room = await owner.do("room.create", type="group", memberIds=list(members))
        return str(room["roomId"])

    async def say(self, room_id: str, sub: str) -> Json:
        """Send a message without a connection."""
        path, token = f"/api/rooms/{room_id}/messages", await asyncio.to_thread(self.token, sub)
        body = {"clientId": new_id(), "body": "hello"}
        said: Json = await asyncio.to_thread(self.stack.post, path, body, token)
        message: Json = said["message"]
        return message


@asynccontextmanager
async def house(stack: Place) -> AsyncIterator[House]:
    """Give a tenant, and close what its people open."""
    made = House(stack)
    async with made.opened:
        yield made


@asynccontextmanager
async def beating(*clients: Client) -> AsyncIterator[None]:
    """Send heartbeats meanwhile, for as long as each connection lasts."""
    tasks = [asyncio.create_task(_beat(client)) for client in clients]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def insist(client: Client, operation: str, **data: Any) -> Json:
    """Send a command until it is not refused for now; return the data of its reply."""
    while True:
        reply = await client.ask(operation, **data)
        if reply["ok"]:
            answer: Json = reply["data"]
            return answer
        assert reply["retryAfter"] > 0, reply
        await asyncio.sleep(reply["retryAfter"])


async def _beat(client: Client) -> None:
    while client.is_open:
        await client.send("presence.heartbeat", status="online")
        await asyncio.sleep(1)
