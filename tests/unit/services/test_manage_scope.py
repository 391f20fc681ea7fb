"""Manage scope: super admins who see every tenant (SPEC §1)."""

from typing import Any

import pytest

from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from tests.support.memory import World


@pytest.fixture
def root(world: World) -> Connection:
    return world.person("root", manages=True)


def send(world: World, root: Connection, **data: object) -> dict[str, object]:
    command = {"toUserId": "alice", "tenantId": "acme", "clientId": "c1", "body": "hi", **data}
    return world.ask(root, "message.send", **command)


@pytest.mark.covers("A-4")
def test_root_writes_to_a_user_of_any_tenant_who_answers(world: World, root: Connection) -> None:
    alice = world.person("alice")
    reply = world.do(
        root, "message.send", toUserId="alice", tenantId="acme", clientId="c", body="hi"
    )
    room_id = reply["message"]["roomId"]
    assert reply["message"]["senderId"] == "@manage/root"
    assert [message["body"] for message in world.events_of(alice, "message:new")] == ["hi"]
    answers = [
        {"roomId": room_id, "clientId": "a1", "body": "here"},
        {"toUserId": "@manage/root", "clientId": "a2", "body": "there"},
    ]
    seqs = [world.do(alice, "message.send", **answer)["message"]["seq"] for answer in answers]
    assert seqs == [2, 3]
    heard = [message["body"] for message in world.events_of(root, "message:new")]
    assert heard == ["here", "there"]


def test_both_sides_have_the_room_with_its_members_and_cursors(
    world: World, root: Connection
) -> None:
    alice = world.person("alice")
    room_id = str(
        world.do(root, "message.send", toUserId="alice", tenantId="acme", clientId="c", body="hi")[
            "message"
        ]["roomId"]
    )
    world.relay()
    read = world.do(alice, "receipt.read", roomId=room_id, seq=1)
    assert read["unread"] == 0
    assert world.events_of(root, "receipt:update")[0]["userId"] == "alice"
    for person in (alice, root):
        room = world.do(person, "room.get", roomId=room_id)
        members = [(m["userId"], m["name"], m["readSeq"]) for m in room["members"]]
        assert members == [("@manage/root", "Root", 1), ("alice", "Alice", 1)]
        assert world.do(person, "room.list")["rooms"][0]["roomId"] == room_id
        assert room["tenantId"] == "acme"


def test_coalesced_receipts_of_root_reach_the_other_one(world: World, root: Connection) -> None:
    alice = world.person("alice")
    for number in range(3):
        send(world, root, clientId=f"c{number}")
    room_id = world.do(alice, "room.list")["rooms"][0]["roomId"]
    for number in range(3):
        world.do(alice, "message.send", roomId=room_id, clientId=f"a{number}", body="x")
    for seq in (4, 5, 6):
        world.do(root, "receipt.read", roomId=room_id, seq=seq)
    world.wait(2)
    assert [each["readSeq"] for each in world.events_of(alice, "receipt:update")] == [4, 6]


def test_a_tenant_nobody_was_ever_seen_of_is_not_found(world: World, root: Connection) -> None:
    world.person("alice")
    for tenant in ("nowhere", "@manage", "ACME", "acme "):
        assert send(world, root, tenantId=tenant)["error"] == "NOT_FOUND"
        assert world.refused(root, "presence.list", tenantId=tenant) == "NOT_FOUND"
        create = {"type": "group", "memberIds": ["alice"], "tenantId": tenant}
        assert world.refused(root, "room.create", **create) == "NOT_FOUND"


def test_user_ids_need_a_tenant(world: World, root: Connection) -> None:
    alone = {"toUserId": "alice", "clientId": "c", "body": "x"}
    assert world.refused(root, "message.send", **alone) == "VALIDATION_ERROR"
    assert world.refused(root, "presence.list", userIds=["alice"]) == "VALIDATION_ERROR"


def test_root_writes_neither_to_itself_nor_to_other_managers(
    world: World, root: Connection
) -> None:
    world.person("alice")
    world.person("boss", manages=True)
    assert send(world, root, toUserId="@manage/root")["error"] == "VALIDATION_ERROR"
    assert send(world, root, toUserId="@manage/boss")["error"] == "NOT_FOUND"
    assert send(world, root, toUserId="root")["ok"] is True


def test_the_same_user_in_two_tenants_has_two_rooms_with_root(
    world: World, root: Connection
) -> None:
    for tenant in ("acme", "other"):
        world.person("alice", tenant)
        send(world, root, tenantId=tenant)
    rooms = world.do(root, "room.list")["rooms"]
    assert sorted(room["tenantId"] for room in rooms) == ["acme", "other"]


def test_root_makes_a_group_in_a_tenant(world: World, root: Connection) -> None:
    alice = world.person("alice")
    room = world.do(root, "room.create", type="group", memberIds=["alice"], tenantId="acme")
    assert (room["createdBy"], room["me"]["role"]) == ("@manage/root", "owner")
    assert world.do(alice, "message.send", roomId=room["roomId"], clientId="c", body="x")


@pytest.mark.covers("A-4", "A-36")
def test_root_sees_the_presence_of_every_tenant(world: World, root: Connection) -> None:
    for name, tenant in (("alice", "acme"), ("zed", "other"), ("bob", "acme")):
        world.person(name, tenant)
    everyone = world.do(root, "presence.list")["users"]
    assert [(user["tenantId"], user["userId"]) for user in everyone] == [
        ("acme", "alice"),
        ("acme", "bob"),
        ("other", "zed"),
    ]
    one = world.do(root, "presence.list", tenantId="other")["users"]
    assert [user["userId"] for user in one] == ["zed"]
    named = world.do(root, "presence.list", tenantId="acme", userIds=["bob", "zed"])["users"]
    assert [(u["userId"], u["status"]) for u in named] == [("bob", "online"), ("zed", "offline")]
    synced = world.do(root, "sync.start")
    assert [user["userId"] for user in synced["users"]] == ["alice", "bob", "zed"]
    assert synced["me"] == {
        "userId": "@manage/root",
        "tenantId": "@manage",
        "name": "Root",
        "role": "super_admin",
        "scope": "manage",
    }


def test_root_hears_of_changes_with_their_tenant_and_tenants_hear_nothing_of_root(
    world: World, root: Connection
) -> None:
    alice = world.person("alice")
    world.settle()
    world.person("zed", "other")
    world.person("boss", manages=True)
    world.wait(5)
    updates = [u for each in world.events_of(root, "presence:update") for u in each["users"]]
    assert [(user["tenantId"], user["userId"]) for user in updates] == [
        ("other", "zed"),
        ("@manage", "@manage/boss"),
    ]
    assert world.events_of(alice) == []


def test_root_finds_what_changed_at_a_heartbeat(world: World, root: Connection) -> None:
    alice = world.person("alice")
    room_id = str(
        world.do(root, "message.send", toUserId="alice", tenantId="acme", clientId="c", body="hi")[
            "message"
        ]["roomId"]
    )
    world.relay()
    world.do(root, "presence.heartbeat")
    world.wait(30)
    world.do(root, "presence.heartbeat")
    world.say(alice, room_id)
    world.relay()
    changed = world.do(root, "presence.heartbeat")["changed"]
    assert [(room["roomId"], room["lastSeq"]) for room in changed] == [(room_id, 2)]


def test_a_manager_who_cannot_be_found_now_costs_only_the_push(
    world: World, root: Connection
) -> None:
    alice = world.person("alice")
    send(world, root)
    room_id = world.do(alice, "room.list")["rooms"][0]["roomId"]
    world.settle()
    world.out.faults["presence.targets"].append(CacheUnavailable("their server is away"))
    world.say(alice, room_id)
    assert world.events_of(root, "message:new") == []


def test_a_revoked_manager_makes_no_more_rooms(world: World, root: Connection) -> None:
    world.person("alice")
    caller = root.caller
    world.out.users.revoke(caller.tenant_id, caller.user_id, caller.issued_at + 1)
    assert send(world, root)["error"] == "UNAUTHORIZED"
    assert "rooms.create" not in world.out.calls


def test_a_room_that_root_is_taken_out_of_while_it_is_made_is_not_found(
    world: World, root: Connection
) -> None:
    world.person("alice")
    memberships: dict[Any, Any] = world.out.rooms._memberships
    world.out.faults["rooms.membership"].append(memberships.clear)
    create = {"type": "group", "memberIds": ["alice"], "tenantId": "acme"}
    assert world.refused(root, "room.create", **create) == "NOT_FOUND"


def test_people_of_all_tenants_come_in_pages_each_once(world: World, root: Connection) -> None:
    long = "x" * 100
    present = [
        (tenant, world.person(f"{number}{long}", tenant).caller.user_id)
        for tenant in ("acme", "beta")
        for number in range(100, 220)
    ]
    pages = [world.do(root, "presence.list")]
    while pages[-1]["cursor"] is not None:
        pages.append(world.do(root, "presence.list", cursor=pages[-1]["cursor"]))
    seen = [(user["tenantId"], user["userId"]) for page in pages for user in page["users"]]
    assert len(pages) > 2
    assert seen == sorted(present)
