"""The command against a Parley on this machine: what `make run` starts."""

import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from parley.domain.ids import new_message_id
from tests.cli.conftest import LocalCommand
from tests.support.client import Client
from tests.support.faults.gateway import GatewayFaults
from tests.support.stack import Stack, until

UNLUCKY = "unlucky"


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid.uuid4().hex[:12]}"


def recipients(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["userId"]: each for each in answer["recipients"]}


def until_state(ask: Callable[[], dict[str, Any]], user: str, state: str) -> dict[str, Any]:
    """Ask until somebody's state is this; a line is in the log a moment after its event."""

    def answer() -> dict[str, Any] | None:
        found = recipients(ask())[user]
        return found if found["state"] == state else None

    return dict(until(answer))


# --- Tokens -------------------------------------------------------------------------------------


def test_a_token_opens_the_api_for_its_user(stack: Stack, local: LocalCommand, tenant: str) -> None:
    options = ("--tenant", tenant, "--role", "tenant_admin", "--name", "Ann", "--expires-in", "60")
    ran = local("token", "ann", *options)
    assert (ran.code, ran.err) == (0, "")
    me = stack.get("/api/me", ran.out.strip())
    assert me == {
        "userId": "ann",
        "tenantId": tenant,
        "name": "Ann",
        "role": "tenant_admin",
        "scope": "tenant",
        "readReceipts": True,
    }


def test_a_token_names_spaces_and_manage_scope_needs_no_tenant(
    stack: Stack, local: LocalCommand, tenant: str
) -> None:
    spaces = ("--spaces", "north", "--spaces", "south")
    token = local.json("token", "ann", "--tenant", tenant, *spaces)["token"]
    channel = stack.post("/api/rooms", {"type": "channel", "spaceId": "south"}, token)
    assert channel["spaceId"] == "south"
    manager = local.json("token", "root", "--scope", "manage")["token"]
    assert stack.get("/api/me?scope=manage", manager)["userId"] == "@manage/root"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "the token names no tenant: say --tenant"),
        (("--tenant", "t", "--scope", "all"), "--scope is tenant or manage, not all"),
        (("--scope", "manage", "--role", "member"), "manage scope needs the role super_admin"),
    ],
)
def test_a_token_that_would_be_refused_is_not_signed(
    local: LocalCommand, options: tuple[str, ...], said: str
) -> None:
    ran = local("token", "ann", *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("parley: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


# --- Sending ------------------------------------------------------------------------------------


def test_a_message_to_a_person_makes_their_room(
    stack: Stack, local: LocalCommand, tenant: str
) -> None:
    sent = local.json("send", "--to", "bob", "--as", "ann", "--tenant", tenant, "hello")
    assert (sent["seq"], sent["duplicate"], sent["degraded"]) == (1, False, False)
    assert sent["ackMs"] > 0
    bob = stack.token("bob", tenantId=tenant)
    page = stack.get(f"/api/rooms/{sent['roomId']}/messages", bob)
    assert [(m["messageId"], m["body"]) for m in page["messages"]] == [(sent["messageId"], "hello")]


def test_a_message_into_a_room_comes_from_standard_input_and_once(
    local: LocalCommand, tenant: str
) -> None:
    who = ("--as", "ann", "--tenant", tenant)
    room = local.json("send", "--to", "bob", *who, "first")["roomId"]
    again = ("send", "--room", room, "--client-id", "once", *who)
    first = local(*again, stdin="from a pipe\n")
    assert first.code == 0
    assert first.out.startswith(f"{first.out.split()[0]}  number 2 of room {room}, acknowledged in")
    second = local(*again, "-", stdin="from a pipe\n")
    assert second.out.split()[0] == first.out.split()[0]
    assert "It was stored before" in second.out


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--as", "ann", "hi"), 2, "say either --to USER or --room ROOM"),
        (("--as", "ann", "--to", "bob", "--room", "r", "hi"), 2, "say either --to USER or --room"),
        (("--to", "bob", "hi"), 2, "say either --as SUB or --token TOKEN"),
        (("--as", "ann", "--to", "bob", "  "), 2, "there is nothing to send"),
        (("--as", "ann", "--room", "none", "hi"), 1, "Parley refused: NOT_FOUND"),
        (("--as", "ann", "--to", "ann", "hi"), 1, "Parley refused: VALIDATION_ERROR"),
        (("--token", "no-token", "--to", "bob", "hi"), 1, "Parley refused: UNAUTHORIZED"),
        (("--as", "ann", "--to", "bob", "--client-id", "x" * 65, "hi"), 1, "body.clientId"),
    ],
)
def test_what_cannot_be_sent_is_told_in_one_line(
    local: LocalCommand, tenant: str, options: tuple[str, ...], code: int, said: str
) -> None:
    ran = local("send", "--tenant", tenant, *options)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


# --- Where --------------------------------------------------------------------------------------


async def test_where_tells_what_became_of_a_message_for_each_recipient(
    stack: Stack, local: LocalCommand, tenant: str
) -> None:
    """One push fails, one succeeds, one recipient is away; then the heartbeat finds it."""

    async def open_one(sub: str, user_agent: str = "lucky") -> Client:
        token = stack.token(sub, tenantId=tenant)
        return await Client.open(stack.ws_url, token, user_agent=user_agent)

    ann, bob, carol = await open_one("ann"), await open_one("bob", UNLUCKY), await open_one("carol")
    async with ann, bob, carol:
        for client in (bob, carol):
            await client.do("presence.heartbeat", status="online")
        members = ["bob", "carol", "dave"]
        room = (await ann.do("room.create", type="group", memberIds=members))["roomId"]
        before = await bob.do("sync.start", rooms={})
        with GatewayFaults(stack) as faults:
            faults.limit(probability=1.0, user_agent=UNLUCKY)
            sent = await ann.do("message.send", roomId=room, clientId="c", body="who has this?")
        message = sent["message"]
        await carol.event("message:new", lambda data: data["messageId"] == message["messageId"])

        def where() -> dict[str, Any]:
            return dict(local.json("where", message["messageId"]))

        # Before the recipient's heartbeat.
        until_state(where, "bob", "failed")
        answer = where()
        found = recipients(answer)
        assert {user: each["state"] for user, each in found.items()} == {
            "ann": "sender",
            "bob": "failed",
            "carol": "pushed",
            "dave": "offline",
        }
        assert (answer["roomId"], answer["seq"], answer["senderId"]) == (
            room,
            message["seq"],
            "ann",
        )
        assert answer["tenantId"] == tenant
        assert [push["outcome"] for push in found["bob"]["pushes"]] == ["throttled"]
        assert found["bob"]["recoveries"] == []
        assert found["carol"]["pushes"][0]["connectionId"]
        assert found["bob"]["deliveredSeq"] < message["seq"]

        # The heartbeat tells the connection, and sync brings the message.
        async def told() -> bool:
            beat = await bob.do("presence.heartbeat", status="online")
            return any(changed["roomId"] == room for changed in beat["changed"])

        while not await told():
            pass
        heartbeat = until_state(where, "bob", "told")["recoveries"][0]
        assert heartbeat["by"] == "heartbeat"
        assert heartbeat["connectionId"] == found["bob"]["pushes"][0]["connectionId"]
        known = {r["roomId"]: {"seq": 0, "rev": 0} for r in before["rooms"] if r["roomId"] == room}
        synced = await bob.do("sync.start", rooms=known or {room: {"seq": 0, "rev": 0}})
        brought = [m["messageId"] for each in synced["changes"] for m in each["messages"]]
        assert message["messageId"] in brought
        recovered = until_state(where, "bob", "recovered")
        assert [each["by"] for each in recovered["recoveries"]][-1] == "sync"

        # The cursors outweigh the logs, once they are there.
        await bob.do("receipt.read", roomId=room, seq=message["seq"])
        await carol.do("receipt.delivered", roomId=room, seq=message["seq"])
        assert until_state(where, "bob", "read")["readSeq"] == message["seq"]
        assert until_state(where, "carol", "delivered")["deliveredSeq"] == message["seq"]
        text = local("where", message["messageId"]).out
        assert "3 recipients: 1 read, 1 delivered, 1 offline." in text
        assert "message:new could not be pushed to connection" in text
        assert ": throttled\n" in text
        assert "dave: offline\n" in text


async def test_where_follows_a_message_through_the_fan_out_queue(
    stack: Stack, local: LocalCommand, tenant: str
) -> None:
    people = ["bob", "carol", "dave", "erin"]
    async with AsyncExitStack() as opened:
        for sub in people:
            token = stack.token(sub, tenantId=tenant)
            client = await opened.enter_async_context(await Client.open(stack.ws_url, token))
            await client.do("presence.heartbeat", status="online")
        ann = stack.token("ann", tenantId=tenant)
        room = stack.post("/api/rooms", {"type": "group", "memberIds": people}, ann)["roomId"]
        sent = local.json("send", "--room", room, "--token", ann, "for many")
        await client.event("message:new", lambda data: data["messageId"] == sent["messageId"])

        def where() -> dict[str, Any]:
            return dict(local.json("where", sent["messageId"]))

        until_state(where, "erin", "pushed")
        answer = where()
    assert [each["connections"] for each in answer["queued"]] == [len(people)]
    states = {user: each["state"] for user, each in recipients(answer).items()}
    assert states == {"ann": "sender", **dict.fromkeys(people, "pushed")}


def test_where_finds_in_the_table_what_no_line_names(
    stack: Stack, local: LocalCommand, tenant: str
) -> None:
    sent = local.json("send", "--to", "bob", "--as", "ann", "--tenant", tenant, "hello")
    log = stack.data_dir / "logs" / "functions.log"
    kept = log.read_bytes()
    until(lambda: sent["messageId"] in log.read_text())
    log.write_bytes(b"")
    try:
        ran = local("where", sent["messageId"])
        assert ran.code == 1
        assert "no line of this time names message" in ran.err
        place = ("--room", sent["roomId"], "--tenant", tenant)
        answer = local.json("where", sent["messageId"], *place)
        assert {u: each["state"] for u, each in recipients(answer).items()} == {
            "ann": "sender",
            "bob": "offline",
        }
        assert answer["storedAt"] is None
        other = str(new_message_id(sent["seq"]))
        ran = local("where", other, *place)
        assert (ran.code, ran.err) == (
            1,
            f"parley: room {sent['roomId']} has no message {other}\n",
        )
    finally:
        log.write_bytes(kept)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-message",), "no-message is no message id"),
        ((str(new_message_id(1)), "--since", "soon"), "soon is no duration"),
        ((str(new_message_id(1)), "--since", "0m"), "0m is no duration"),
    ],
)
def test_where_refuses_what_cannot_be_meant(
    local: LocalCommand, arguments: tuple[str, ...], said: str
) -> None:
    ran = local("where", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
