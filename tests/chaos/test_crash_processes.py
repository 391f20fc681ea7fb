"""Twenty cells of the crash matrix with a function's process that is really killed."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from tests.support.client import Client
from tests.support.crashes.live import Group, errors_of, has_failed, is_killed, noticed, until
from tests.support.devices import Json
from tests.support.stack import Stack, running_stack
from tests.support.valkeys import SETTINGS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FAST = {
    **SETTINGS,
    "PARLEY_LEASE_TTL_S": "4",
    "PARLEY_HEARTBEAT_INTERVAL_S": "2",
    # The sweep of each minute comes every second.
    "GATEWAY_SCHEDULE_SCALE": "0.0167",
    "GATEWAY_QUEUE_RETRY_S": "0",
}
TAKEN = "presence.flush:after"
MANY = [f"p{number:02}" for number in range(60)]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(FAST) as running:
        yield running


def token(stack: Stack, tenant: str, name: str) -> str:
    return stack.token(name, tenantId=tenant, name=name.title())


@pytest_asyncio.fixture
async def group(stack: Stack) -> AsyncIterator[Group]:
    tenant = f"killed-{uuid.uuid4().hex[:12]}"
    async with (
        await Client.open(stack.ws_url, token(stack, tenant, "ann")) as ann,
        await Client.open(stack.ws_url, token(stack, tenant, "ben")) as ben,
    ):
        room = await ann.do("room.create", type="group", memberIds=["ben"], clientId="group")
        said = {"roomId": room["roomId"], "clientId": "first", "body": "first"}
        sent = await ann.do("message.send", **said)
        yield Group(stack, tenant, ann, ben, room["roomId"], sent["message"]["messageId"])
        stack.fault(verb="clear")


# --- Sending ------------------------------------------------------------------------------------

SENDING = [
    ("cache.probe:after", 0, False),
    ("messages.append:before", 0, False),
    ("messages.append:before", 0, True),
    ("messages.append:after", 1, False),
    ("messages.append:after", 1, True),
    ("push.start:before", 1, False),
    ("cache.end_turn:after", 1, True),
]


@pytest.mark.scenario("L1", "D5")
@pytest.mark.parametrize(("place", "stored", "again"), SENDING)
async def test_a_message_is_there_once_or_not_at_all(
    group: Group, place: str, stored: int, again: bool
) -> None:
    said = {"roomId": group.room_id, "clientId": "killed", "body": "killed"}
    group.kill_at("MessageFunction", place)
    await is_killed(group.ann, "message.send", **said)
    assert len(await group.history()) == 1 + stored
    if again:
        sent = await group.ann.do("message.send", **said)
        assert sent["duplicate"] is bool(stored)
        assert sent["message"]["seq"] == 2
    if again or stored:
        assert (await noticed(group.ben, group.room_id))["lastSeq"] == 2
    await group.goes_on()
    await group.history()


# --- Changing -----------------------------------------------------------------------------------


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("again", [False, True])
async def test_an_edit_is_made_once_and_heard_of(group: Group, again: bool) -> None:
    edit = {"roomId": group.room_id, "messageId": group.message_id, "body": "edited"}
    group.kill_at("MessageFunction", "rooms.revise:after")
    await is_killed(group.ann, "message.edit", **edit)
    if again:
        assert (await group.ann.do("message.edit", **edit))["rev"] == 1
    assert (await noticed(group.ben, group.room_id))["rev"] == 1
    assert [message["body"] for message in await group.history()] == ["edited"]
    await group.goes_on()


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("again", [False, True])
async def test_a_new_member_is_in_once_and_hears_of_it(group: Group, again: bool) -> None:
    cid_token = token(group.stack, group.tenant, "cid")
    async with await Client.open(group.stack.ws_url, cid_token) as cid:
        await cid.do("sync.start", rooms={})
        add = {"roomId": group.room_id, "userId": "cid"}
        group.kill_at("MessageFunction", "rooms.revise:after")
        await is_killed(group.ann, "room.addMember", **add)
        if again:
            assert (await group.ann.do("room.addMember", **add))["memberCount"] == 3
        assert (await noticed(cid, group.room_id))["memberCount"] == 3
        assert len(await group.history()) == 2
        await group.goes_on()


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("place", ["rooms.move_cursor:before", "rooms.move_cursor:after"])
async def test_a_cursor_moves_once(group: Group, place: str) -> None:
    read = {"roomId": group.room_id, "seq": 1}
    group.kill_at("MessageFunction", place)
    await is_killed(group.ben, "receipt.read", **read)
    reply = await group.ben.do("receipt.read", **read)
    assert (reply["readSeq"], reply["unread"]) == (1, 0)
    await group.goes_on()


# --- New rooms ----------------------------------------------------------------------------------


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("again", [False, True])
async def test_a_room_is_there_once_for_all_its_members(group: Group, again: bool) -> None:
    make = {"type": "group", "memberIds": ["ben"], "clientId": "new", "name": "new"}
    group.kill_at("MessageFunction", "rooms.create:after")
    await is_killed(group.ann, "room.create", **make)
    if again:
        await group.ann.do("room.create", **make)
    for member in (group.ann, group.ben):
        rooms = (await member.do("room.list"))["rooms"]
        assert sorted(str(room["name"]) for room in rooms) == ["None", "new"]


@pytest.mark.scenario("L1")
async def test_a_large_room_half_made_is_there_for_nobody_until_it_is_whole(group: Group) -> None:
    make = {"type": "group", "memberIds": ["ben", *MANY], "clientId": "new", "name": "new"}
    group.kill_at("MessageFunction", "table.transact:after", count=2)
    await is_killed(group.ann, "room.create", **make)
    for member in (group.ann, group.ben):
        assert len((await member.do("room.list"))["rooms"]) == 1
    assert (await group.ann.do("room.create", **make))["memberCount"] == len(MANY) + 2
    assert len((await group.ben.do("room.list"))["rooms"]) == 2


# --- Who is here --------------------------------------------------------------------------------


@pytest.mark.scenario("L1")
async def test_who_could_not_connect_is_not_shown_for_longer_than_a_lease(group: Group) -> None:
    cid_token = token(group.stack, group.tenant, "cid")
    group.kill_at("ConnectFunction", "presence.register:after")
    with pytest.raises(InvalidStatus):
        await Client.open(group.stack.ws_url, cid_token)

    async def is_gone() -> bool:
        await group.ann.do("presence.heartbeat")
        await group.ben.do("presence.heartbeat")
        people = (await group.ann.do("presence.list"))["users"]
        return [person["userId"] for person in people] == ["ann", "ben"]

    await until(is_gone, "the end of a ghost")
    async with await Client.open(group.stack.ws_url, cid_token) as cid:
        people = (await cid.do("presence.list", userIds=["cid"]))["users"]
        assert [person["status"] for person in people] == ["online"]


@pytest.mark.scenario("L1")
async def test_a_heartbeat_may_be_killed_and_repeated(group: Group) -> None:
    group.kill_at("PresenceFunction", "presence.heartbeat:after")
    await is_killed(group.ann, "presence.heartbeat")
    assert (await group.ann.do("presence.heartbeat"))["ttl"] == 4
    await group.goes_on()


# --- Behind the scenes --------------------------------------------------------------------------


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("place", ["cache.raise_heads:before", "rooms.move_cursor:after"])
async def test_a_killed_relay_is_repeated(group: Group, place: str) -> None:
    before = errors_of(group.stack, "RelayFunction")
    group.kill_at("RelayFunction", place)
    await group.goes_on()
    await has_failed(group.stack, "RelayFunction", before)
    assert (await noticed(group.ben, group.room_id))["lastSeq"] == 2

    async def has_read() -> bool:
        room = await group.ann.do("room.get", roomId=group.room_id)
        return bool(room["me"]["readSeq"] == 2)

    await until(has_read, "the sender's cursor")


@pytest.mark.scenario("L1")
@pytest.mark.parametrize("place", ["presence.flush:before", TAKEN])
async def test_what_a_killed_flush_was_to_announce_is_announced(group: Group, place: str) -> None:
    if place == TAKEN and os.environ.get("CRASH_MATRIX") != "all":
        pytest.skip("waits ten seconds for the end of a claim")
    cid_token = token(group.stack, group.tenant, "cid")
    cid = await Client.open(group.stack.ws_url, cid_token)
    await group.ann.event("presence:update", lambda data: _says(data, "cid", "online"))
    before = errors_of(group.stack, "FlushFunction")
    group.kill_at("FlushFunction", place)
    await cid.close()
    await has_failed(group.stack, "FlushFunction", before)

    async def is_told() -> bool:
        await group.ann.do("presence.heartbeat")
        return any(_says(data, "cid", "offline") for data in group.ann.named("presence:update"))

    await until(is_told, "what a killed flush was to announce")


def _says(data: Json, user: str, status: str) -> bool:
    return any(one["userId"] == user and one["status"] == status for one in data["users"])
