"""Two people chat and see each other online: the spine, with every real part."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Open
from tests.support.client import new_id

pytestmark = pytest.mark.e2e


@pytest.mark.covers(
    "A-3", "A-54", "A-56", "C-5", "C-8", "C-36", "C-37", "C-63", "C-65", "C-66", "D-27", "D-69"
)
async def test_a_message_reaches_the_other_person_and_is_found_later(person: Open) -> None:
    alice, bob = await person("alice"), await person("bob")
    sent = await alice.do("message.send", toUserId="bob", clientId=new_id(), body=" Grüße 👋🏽 ")
    message = sent["message"]
    assert message["body"] == "Grüße 👋🏽"
    assert (message["seq"], sent["duplicate"]) == (1, False)
    assert await bob.event("message:new") == message
    history = await bob.do("message.history", roomId=message["roomId"])
    assert history == {"messages": [message], "hasMore": False}


@pytest.mark.covers("D-72")
async def test_the_senders_other_connections_get_the_message_too_but_not_the_sending_one(
    person: Open,
) -> None:
    phone, laptop = await person("alice"), await person("alice")
    sent = await phone.do("message.send", toUserId="bob", clientId=new_id(), body="hi")
    assert await laptop.event("message:new") == sent["message"]
    assert phone.named("message:new") == []


async def test_a_repeat_returns_the_first_message_over_any_connection(person: Open) -> None:
    alice, bob = await person("alice"), await person("bob")
    client_id = new_id()
    first = await alice.do("message.send", toUserId="bob", clientId=client_id, body="once")
    again = await person("alice")
    repeat = await again.do("message.send", toUserId="bob", clientId=client_id, body="twice?")
    assert repeat == {"message": first["message"], "duplicate": True}
    history = await bob.do("message.history", roomId=first["message"]["roomId"])
    assert [m["body"] for m in history["messages"]] == ["once"]


@pytest.mark.covers("A-2", "A-61", "C-67", "D-79", "D-83", "D-87")
async def test_presence_typing_and_receipts_reach_the_other_person(person: Open) -> None:
    alice = await person("alice")
    bob = await person("bob")
    online = await alice.event("presence:update", _tells("bob", "online"))
    assert online["users"][0]["name"]
    room = await alice.do("room.create", type="direct", memberIds=["bob"])
    await bob.event("room:updated", lambda r: r["roomId"] == room["roomId"])
    await bob.tell("typing.start", roomId=room["roomId"])
    typing = await alice.event("typing:update")
    assert (typing["userId"], typing["state"], typing["expiresIn"]) == ("bob", "start", 6)
    sent = await alice.do("message.send", roomId=room["roomId"], clientId=new_id(), body="?")
    read = await bob.do("receipt.read", roomId=room["roomId"], seq=sent["message"]["seq"])
    assert read == {"deliveredSeq": 1, "readSeq": 1, "unread": 0}
    receipt = await alice.event("receipt:update", lambda r: r["readSeq"] == 1)
    assert receipt["userId"] == "bob"
    await bob.close()
    await alice.event("presence:update", _tells("bob", "offline"))


async def test_who_was_away_catches_up_with_one_sync(person: Open) -> None:
    alice, bob = await person("alice"), await person("bob")
    sent = await alice.do("message.send", toUserId="bob", clientId=new_id(), body="1")
    room_id = sent["message"]["roomId"]
    await bob.event("message:new")
    await bob.close()
    for body in ("2", "3"):
        await alice.do("message.send", roomId=room_id, clientId=new_id(), body=body)
    back = await person("bob")
    synced = await back.do("sync.start", rooms={room_id: {"seq": 1, "rev": 0}})
    assert [m["body"] for m in synced["changes"][0]["messages"]] == ["2", "3"]
    assert synced["cursor"] is None
    assert synced["rooms"][0]["me"]["unread"] == 3
    assert {"alice", "bob"} <= {user["userId"] for user in synced["users"]}


def _tells(user_id: str, status: str) -> Callable[[Any], bool]:
    return lambda data: any(
        user["userId"] == user_id and user["status"] == status for user in data["users"]
    )
