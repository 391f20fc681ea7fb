"""Hostile frames, ids and texts through every real part: sockets, REST, DynamoDB, Valkey."""

import asyncio
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from tests.attacks.amounts import amount, some
from tests.attacks.corpora.ids import LEGAL, MAX_CLIENT_ID_CHARS, is_legal
from tests.attacks.corpora.texts import TEXTS, expected, has_refused_control
from tests.attacks.fuzz_runs import on_the_wire
from tests.e2e.conftest import Open
from tests.support.client import Client
from tests.support.places import Place

pytestmark = pytest.mark.e2e

FRAMES = amount(1_000, 20_000)
AT_ONCE = 4
# Far below what API Gateway and Lambda would wait, far above what a busy machine takes.
SLOW_S = 20.0
# The development login gives tokens for printable names only.
IDS = [value for value in LEGAL if not value.startswith("@")]
CLIENT_IDS = [value for value in LEGAL if is_legal(value, MAX_CLIENT_ID_CHARS)]
BODIES = [
    text
    for text in TEXTS
    if 0 < len(expected(text)) <= 4_000 and len(text) <= 6_000 and not has_refused_control(text)
]


@pytest.mark.beyond_emulator("closes on JSON that is nested too deeply for its own parser")
@pytest.mark.scenario("C16", "M2", "M3", "M4", "M5")
async def test_frames_by_grammar_and_mutation_are_answered_and_keep_the_connection(
    stack: Place, tenant: str
) -> None:
    ran = await on_the_wire(stack, tenant, FRAMES, seed=20_260_101)
    assert ran.problems == []
    assert ran.frames >= FRAMES
    assert ran.outcomes["ok"] > FRAMES / 50
    assert ran.slowest_s < SLOW_S, ran.slowest


async def send_all(client: Client, room_id: str, sent: list[tuple[str, str]]) -> list[Any]:
    """Send texts by client id, some at once; return the messages in the same order."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(client_id: str, body: str) -> Any:
        async with turns:
            data = {"roomId": room_id, "clientId": client_id, "body": body}
            reply = await client.ask("message.send", **data)
            while reply.get("error") == "UNAVAILABLE":
                # The machine is busy; a repeat is safe.
                reply = await client.ask("message.send", **data)
            assert reply["ok"], reply
            return reply["data"]

    return await asyncio.gather(*(one(client_id, body) for client_id, body in sent))


async def history(client: Client, room_id: str) -> list[Any]:
    messages: list[Any] = []
    while True:
        after = messages[-1]["seq"] if messages else 0
        page = await client.do("message.history", roomId=room_id, after=after, limit=100)
        messages += page["messages"]
        if not page["hasMore"]:
            return messages


@pytest.mark.scenario("M1", "M6")
async def test_texts_and_client_ids_come_back_byte_for_byte(person: Open) -> None:
    ann, ben = await person("ann"), await person("ben")
    room = await ann.do("room.create", type="group", memberIds=["ben"])
    texts = [(f"t{number}", body) for number, body in enumerate(some(BODIES, 4))]
    marked = [(client_id, "x") for client_id in some(CLIENT_IDS, 4)]
    replies = await send_all(ann, room["roomId"], texts + marked)
    kept = {reply["message"]["seq"]: reply["message"] for reply in replies}
    assert [kept[seq]["body"] for seq in sorted(kept)] != []
    for (client_id, body), reply in zip(texts + marked, replies, strict=True):
        message = reply["message"]
        assert (message["clientId"], message["body"]) == (client_id, expected(body))
    stored = [m for m in await history(ben, room["roomId"]) if m["type"] != "system"]
    assert stored == [kept[seq] for seq in sorted(kept)]
    again = await send_all(ann, room["roomId"], marked[:20])
    assert [reply["duplicate"] for reply in again] == [True] * len(again)
    last = max(kept)
    await ben.event("message:new", lambda data: data["seq"] == last)


@pytest.mark.scenario("M6", "A2")
async def test_members_of_any_legal_id_are_themselves_everywhere(
    stack: Place, person: Open, tenant: str
) -> None:
    ann = await person("ann")
    token = stack.token("ann", tenantId=tenant)
    members = [value for value in some(IDS, 3) if value != "ann"][:200]
    room = await ann.do("room.create", type="group", memberIds=members)
    path = f"/api/rooms/{room['roomId']}/members"
    assert await listed(stack, path, token) == {"ann", *members}
    shown = await ann.do("presence.list", userIds=members[:100])
    names = {user["userId"] for user in shown["users"]}
    while shown["cursor"]:
        shown = await ann.do("presence.list", userIds=members[:100], cursor=shown["cursor"])
        names |= {user["userId"] for user in shown["users"]}
    assert names == set(members[:100])
    for value in members[::20]:
        where = f"{path}/{quote(value, safe='')}"
        await asyncio.to_thread(stack.call, "DELETE", where, None, token)
    assert await listed(stack, path, token) == {"ann", *members} - set(members[::20])


async def listed(stack: Place, path: str, token: str) -> set[str]:
    """Read all pages of a room's members by REST."""
    page = await asyncio.to_thread(stack.get, f"{path}?limit=100", token)
    found = [member["userId"] for member in page["members"]]
    while page["cursor"]:
        more = f"{path}?limit=100&cursor={page['cursor']}"
        page = await asyncio.to_thread(stack.get, more, token)
        found += [member["userId"] for member in page["members"]]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.scenario("M6", "A2")
async def test_people_and_tenants_of_any_legal_id_speak_under_it(stack: Place) -> None:
    for value in some([value for value in IDS if value.isprintable()], 25, "people"):
        suffix = f" {uuid.uuid4().hex[:8]}"
        tenant = value[: 128 - len(suffix)] + suffix
        if not is_legal(tenant):
            continue
        token = await asyncio.to_thread(stack.token, value, tenantId=tenant)
        async with await Client.open(stack.ws_url, token) as client:
            sent = await client.do("message.send", toUserId="other", clientId="c", body="x")
            room = await client.do("room.get", roomId=sent["message"]["roomId"])
            me = (await client.do("sync.start"))["me"]
            assert (sent["message"]["senderId"], room["tenantId"]) == (value, tenant)
            assert (me["userId"], me["tenantId"]) == (value, tenant)
