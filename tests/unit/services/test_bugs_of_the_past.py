"""Mistakes of the chats that Parley replaces, each with the cause that must not come back."""

from typing import Any

import pytest

from tests.support.devices import Device
from tests.support.memory import World


def device(world: World, connection: Any) -> Device:
    return Device(lambda operation, data: world.ask(connection, operation, **data))


@pytest.mark.covers("A-70", "A-69", "A-3")
def test_who_wrote_and_went_offline_is_there_with_name_and_unread_count(world: World) -> None:
    # The panel showed online people only, so that a badge had nobody to belong to.
    ann = world.person("ann")
    for number in range(2):
        world.do(ann, "message.send", toUserId="bob", clientId=f"c-{number}", body="psst")
    world.relay()
    world.app.presence.disconnected(ann)
    world.settle()
    bob = world.person("bob")
    synced = world.do(bob, "sync.start")
    assert "ann" not in {user["userId"] for user in synced["users"]}
    (room,) = synced["rooms"]
    assert room["me"]["unread"] == 2
    assert (room["lastMessage"]["senderId"], room["lastMessage"]["senderName"]) == ("ann", "Ann")
    assert {member["userId"] for member in room["members"]} == {"ann", "bob"}
    counted = world.app.rooms.unread(bob)
    assert (counted.unread, counted.by_sender) == ({room["roomId"]: 2}, {"ann": 2})


@pytest.mark.covers("A-78", "A-34", "A-36")
@pytest.mark.parametrize("manages", [False, True])
def test_people_are_listed_by_their_user_id_in_each_scope(world: World, manages: bool) -> None:
    # The list said `id`, so that clients kept everybody under the key "undefined".
    world.person("ann")
    asker = world.person("root", manages=True) if manages else world.person("bob")
    tenant = {"tenantId": "acme"} if manages else {}
    for listed in (
        world.do(asker, "presence.list"),
        world.do(asker, "presence.list", userIds=["ann"], **tenant),
        world.do(asker, "sync.start"),
    ):
        users = {user["userId"]: user for user in listed["users"]}
        assert users["ann"]["status"] == "online"
        assert users["ann"]["tenantId"] == "acme"
        assert all("id" not in user for user in listed["users"])


@pytest.mark.covers("A-79", "A-80", "A-59")
def test_a_message_that_comes_by_every_way_is_one_by_its_id(world: World) -> None:
    # History was put before what had come live, and each message was there twice.
    ann, bob = world.person("ann"), world.person("bob")
    room_id = world.group(ann, "bob")
    view = device(world, bob)
    view.sync()
    before = {room_id: {"seq": 0, "rev": 0}}
    sent = world.say(ann, room_id)
    repeated = {"roomId": room_id, "clientId": sent["clientId"], "body": "hello"}
    world.do(ann, "message.send", **repeated)
    ways = [
        *world.events_of(bob, "message:new"),
        *world.do(bob, "message.history", roomId=room_id)["messages"],
        *world.do(bob, "sync.start", rooms=before)["changes"][0]["messages"],
        world.do(bob, "room.get", roomId=room_id)["lastMessage"],
    ]
    assert ways == [sent] * 5
    for message in ways:
        view.take_message(message)
    view.sync()
    assert list(view.rooms[room_id].messages.values()) == [sent]
