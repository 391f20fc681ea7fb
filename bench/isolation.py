"""Somebody of one tenant fires every operation with the ids of another."""

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any

from bench.checks import Shown
from tests.support.client import Client, new_id
from tests.support.places import Place

SETTLE_S = 1.0


async def attacks(stack: Place) -> Shown:
    """Fire everything at a room of globex, and at people of globex; compare, and look for leaks."""
    suffix = uuid.uuid4().hex[:8]
    acme, globex = f"acme-{suffix}", f"globex-{suffix}"
    dave, erin = await _person(stack, "dave", globex), await _person(stack, "erin", globex)
    sent = await dave.do(
        "message.send", toUserId="erin", clientId=new_id(), body=f"secret {suffix}"
    )
    await erin.event("message:new")
    alice = await _person(stack, "alice", acme)
    quiet_from = (len(dave.frames), len(erin.frames))
    room_id, message_id = sent["message"]["roomId"], sent["message"]["messageId"]
    unlike = await _unlike_unknown(alice, room_id, message_id)
    strangers = await _people_compared(alice)
    await asyncio.sleep(SETTLE_S)
    later = dave.frames[quiet_from[0] :] + erin.frames[quiet_from[1] :]
    # Their own presence may still be announced to them; anything else comes from the attack.
    reached = sum("presence:update" not in frame or "alice" in frame for frame in later)
    leaked = sum(suffix in _foreign(frame, acme) for frame in alice.frames)
    intact = await dave.do("message.history", roomId=room_id)
    await asyncio.gather(*(client.close() for client in (alice, dave, erin)))
    tried = len(list(operations("r", "m")))
    ok = not unlike and not strangers and not reached and not leaked
    return Shown(
        ok and intact["messages"] == [sent["message"]],
        f"{tried} operations: {len(unlike)} answers unlike those for unknown ids, {strangers} for "
        f"unknown people, {reached} frames reached globex, {leaked} leaks",
    )


def operations(room_id: str, message_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every operation that names a room or message, with these ids."""
    room, message = {"roomId": room_id}, {"roomId": room_id, "messageId": message_id}
    yield "message.send", {**room, "clientId": new_id(), "body": "x"}
    yield "message.send", {**room, "clientId": new_id(), "body": "x", "replyTo": message_id}
    yield "message.send", {**room, "clientId": new_id(), "body": "x", "mentions": ["dave"]}
    yield "message.history", room
    yield "message.history", {**room, "after": 0}
    yield "receipt.delivered", {**room, "seq": 1}
    yield "receipt.read", {**room, "seq": 1}
    yield "room.get", room
    yield "message.edit", {**message, "body": "x"}
    yield "message.delete", message
    yield "message.react", {**message, "emoji": "👍", "on": True}
    yield "room.update", {**room, "name": "mine"}
    yield "room.leave", room
    yield "room.mute", {**room, "muted": True}
    yield "room.addMember", {**room, "userId": "alice"}
    yield "room.removeMember", {**room, "userId": "dave"}


async def _unlike_unknown(alice: Client, room_id: str, message_id: str) -> list[str]:
    """Return the operations whose answer tells a foreign room from one that does not exist."""
    unlike = []
    for (operation, foreign), (_, unknown) in zip(
        operations(room_id, message_id), operations("d-" + "0" * 52, "0" * 21), strict=True
    ):
        answers = [await alice.ask(operation, **data) for data in (foreign, unknown)]
        told = [_comparable(answer) for answer in answers]
        if told[0] != told[1] or told[0]["ok"] or told[0]["error"] != "NOT_FOUND":
            unlike.append(operation)
    for room in (room_id, "d-" + "0" * 52):
        await alice.tell("typing.start", roomId=room)
    synced = await alice.do("sync.start", rooms={room_id: {"seq": 1, "rev": 0}})
    if synced["rooms"] != [{"roomId": room_id, "removed": True}] or synced["changes"]:
        unlike.append("sync.start")
    return unlike


async def _people_compared(alice: Client) -> int:
    """Count the operations that tell a person of globex from one never seen."""
    unlike = 0
    for foreign, unknown in (("dave", f"nobody-{new_id()}"), ("erin", f"nobody-{new_id()}")):
        listed = await alice.do("presence.list", userIds=[foreign, unknown])
        shown = [
            {**user, "userId": "?", "name": "?"}
            for user in listed["users"]
            if user["name"] == user["userId"]
        ]
        unlike += len(shown) != 2 or shown[0] != shown[1]
        sends = [
            await alice.ask("message.send", toUserId=user, clientId=new_id(), body="hello")
            for user in (foreign, unknown)
        ]
        unlike += not all(sent["ok"] for sent in sends)
    return unlike


def _comparable(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in ("id", "correlationId")}


def _foreign(frame: str, own_tenant: str) -> str:
    """Return a frame without the attacker's own tenant's name."""
    return frame.replace(own_tenant, "")


async def _person(stack: Place, sub: str, tenant: str) -> Client:
    token = await asyncio.to_thread(stack.token, sub, tenantId=tenant, name=sub.title())
    return await Client.open(stack.ws_url, token)
