"""docs/protocol.md, played against the gateway: each frame of the page as it is, in its order."""

import asyncio
import functools
import json
import time
from collections.abc import Awaitable, Callable

from parley.protocol.commands import ONE_WAY_ACTION, OPERATIONS
from parley.protocol.views import EVENTS
from tests.e2e.conftest import Open
from tests.support.client import Client, new_id
from tests.support.places import Place
from tests.support.unify import Unifier
from tools.examples import read_page

PAGE = read_page()
DIRECT_ROOM = "d-2kc2qsmd85a4dtxr46fwqy1xd1cykvcg"
FIRST_SEQ = 12
# What they tell follows the stream, some time after the writes.
EVENTUAL = frozenset({"presence.heartbeat", "sync.start"})
EVENTUAL_S = 30.0
POLL_S = 0.05
PICTURE = "https://img.example/ben.png"


class Story:
    """Ann and Ben, who do what the page shows. Ann plays, unless it says otherwise."""

    def __init__(self, ann: Client, ben: Client, ben_elsewhere: Client, tenant: str) -> None:
        """Begin with three connections of two people of one tenant."""
        self.ann, self.ben, self.ben_elsewhere = ann, ben, ben_elsewhere
        self.names = Unifier({"acme": tenant})
        self.before: dict[str, Callable[[], Awaitable[None]]] = {
            "message.send": self._chat_before,
            "message.react": self._ben_answers,
            "receipt.delivered": self._own_message_is_read,
        }
        self.players = {"room.leave": ben}

    async def play(self, operation: str) -> None:
        """Send the page's frame, and hold the reply against the page's."""
        if operation in self.before:
            await self.before[operation]()
        (command,) = PAGE.payloads(operation, "command")
        player = self.players.get(operation, self.ann)
        text = json.dumps(self.names.live(command), ensure_ascii=False)
        if command["action"] == ONE_WAY_ACTION:
            await player.socket.send(text)
            return
        (documented,) = PAGE.payloads(operation, "ok")
        reply = await player.exchange(text, command["id"])
        deadline = time.monotonic() + (EVENTUAL_S if operation in EVENTUAL else 0)
        while not self.names.alike(documented, reply) and time.monotonic() < deadline:
            await asyncio.sleep(POLL_S)
            reply = await player.exchange(text, command["id"])
        self.names.meet(documented, reply, operation)

    async def _chat_before(self) -> None:
        for number in range(1, FIRST_SEQ):
            sent = await self.ann.do(
                "message.send", toUserId="ben", clientId=new_id(), body=f"Message {number}"
            )
        self.names.names[DIRECT_ROOM] = sent["message"]["roomId"]

    async def _ben_answers(self) -> None:
        (react,) = PAGE.payloads("message.react", "command")
        (event,) = PAGE.payloads("message:new", "event")
        answer = self.names.live(event["data"])
        sent = await self.ben.do(
            "message.send",
            roomId=answer["roomId"],
            clientId=answer["clientId"],
            body=answer["body"],
            replyTo=answer["replyTo"],
        )
        self.names.names[react["data"]["messageId"]] = sent["message"]["messageId"]

    async def _own_message_is_read(self) -> None:
        # Sending moves the sender's cursor within 2 s.
        room_id = self.names.names[DIRECT_ROOM]
        while (await self.ann.do("room.get", roomId=room_id))["me"]["readSeq"] < FIRST_SEQ:
            await asyncio.sleep(POLL_S)


HEARERS: dict[str, str] = {
    "message:new": "ann",
    "message:updated": "ben",
    "message:deleted": "ben",
    "receipt:update": "ben",
    "typing:update": "ben",
    "room:updated": "ben",
    "room:removed": "ben_elsewhere",
    "presence:update": "ann",
    "bye": "ben_elsewhere",
}


async def test_the_page_is_what_the_gateway_does(stack: Place, tenant: str, person: Open) -> None:
    """Every frame and reply of the page, then every event."""
    ann = await person("ann", name="Ann Lee")
    ben = await person("ben", name="Ben", picture=PICTURE)
    story = Story(ann, ben, await person("ben", name="Ben", picture=PICTURE), tenant)
    for operation in OPERATIONS:
        await story.play(operation)
    for event in EVENTS:
        if event == "bye":
            # Not before the others came: who is gone again before it was told is not announced.
            service = stack.token("backend", tenantId=tenant, role="service")
            stack.post("/api/users/ben/revoke", {}, service)
        (documented,) = PAGE.payloads(event, "event")
        hearer: Client = getattr(story, HEARERS[event])
        await hearer.event(event, functools.partial(story.names.alike, documented["data"]))


async def test_an_invalid_frame_is_answered_as_the_page_says(tenant: str, person: Open) -> None:
    ann = await person("ann", name="Ann Lee")
    invalid, _ = PAGE.errors()
    frame = {"action": "message", "op": "send", "id": invalid["id"]}
    data = {"toUserId": "ben", "body": "no clientId"}
    reply = await ann.exchange(json.dumps({**frame, "data": data}), invalid["id"])
    Unifier().meet(invalid, reply)


async def test_a_limit_is_answered_as_the_page_says(
    stack: Place, tenant: str, person: Open
) -> None:
    """The tenant sets a limit of its own before anybody of it does anything."""
    service = stack.token("backend", tenantId=tenant, role="service")
    stack.call("PUT", "/api/tenant/settings", {"messagesPer10s": 1}, service)
    ann = await person("ann", name="Ann Lee")
    await ann.do("message.send", toUserId="ben", clientId=new_id(), body="one")
    _, limited = PAGE.errors()
    frame = {"action": "message", "op": "send", "id": limited["id"]}
    data = {"toUserId": "ben", "clientId": new_id(), "body": "two"}
    reply = await ann.exchange(json.dumps({**frame, "data": data}), limited["id"])
    Unifier().meet(limited, reply)
