"""Sending: what is asked, who hears of it, what it costs (SPEC §4, §5.1, §6)."""

import unicodedata

import pytest

from parley.domain.people import Connection
from parley.errors import PayloadTooLarge, StoreUnavailable
from parley.protocol.commands import SendMessage
from tests.support.memory import World

# What a message by REST may take.
BY_REST = 2_900_000
EMOJI = "\U0001f600"


def direct(world: World) -> str:
    """Return the room of alice and bob, of which the cache knows everything."""
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.do(alice, "message.send", toUserId="bob", clientId="first", body="hi")
    world.do(bob, "room.get", roomId=room_id["message"]["roomId"])
    world.settle()
    return str(room_id["message"]["roomId"])


# --- Who hears of it -----------------------------------------------------------------------------


@pytest.mark.covers("A-58", "B-37", "C-8", "C-35", "C-66", "D-71", "D-72")
def test_a_message_reaches_every_other_connection_of_the_rooms_members(world: World) -> None:
    alice, tablet, bob = world.person("alice"), world.person("alice"), world.person("bob")
    phone, eve = world.person("bob"), world.person("eve")
    reply = world.do(alice, "message.send", toUserId="bob", clientId="c1", body="hello")
    for hearer in (tablet, bob, phone):
        assert world.events_of(hearer, "message:new") == [reply["message"]]
    for other in (alice, eve):
        assert world.events_of(other, "message:new") == []


@pytest.mark.covers("A-21", "A-82", "B-9", "C-20", "D-77")
def test_a_message_is_shown_as_the_contract_says(world: World) -> None:
    alice = world.person("alice")
    reply = world.do(alice, "message.send", toUserId="bob", clientId="c1", body="hello")
    message = reply["message"]
    assert reply == {"message": message, "duplicate": False}
    assert set(message.pop("messageId")) <= set("0123456789abcdefghjkmnpqrstvwxyz")
    assert message == {
        "roomId": message["roomId"],
        "seq": 1,
        "rev": 0,
        "clientId": "c1",
        "senderId": "alice",
        "senderName": "Alice",
        "type": "text",
        "body": "hello",
        "attachments": [],
        "replyTo": None,
        "mentions": [],
        "reactions": {},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "editedAt": None,
        "deletedAt": None,
        "truncated": False,
    }


@pytest.mark.covers("C-6")
def test_two_people_who_write_to_each_other_at_once_get_one_room(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")

    def bob_is_faster() -> None:
        world.do(bob, "message.send", toUserId="alice", clientId="b", body="me first")

    world.out.faults["rooms.create"].append(bob_is_faster)
    late = world.do(alice, "message.send", toUserId="bob", clientId="a", body="me too")
    history = world.do(bob, "message.history", roomId=late["message"]["roomId"])["messages"]
    assert [message["body"] for message in history] == ["me first", "me too"]
    assert len(world.do(alice, "room.list")["rooms"]) == 1


def test_somebody_who_never_connected_can_be_written_to(world: World) -> None:
    world.do(world.person("alice"), "message.send", toUserId="Zoë 1:2", clientId="c", body="hi")
    rooms = world.do(world.person("Zoë 1:2"), "room.list")["rooms"]
    assert rooms[0]["lastMessage"]["body"] == "hi"
    assert rooms[0]["me"]["unread"] == 1


# --- What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        ({"body": ""}, "VALIDATION_ERROR", "data.body"),
        ({"body": " \n\t "}, "VALIDATION_ERROR", "data.body"),
        ({"body": "a\x07b"}, "VALIDATION_ERROR", "data.body"),
        ({"body": "\x00"}, "VALIDATION_ERROR", "data.body"),
        ({"body": "a\u0085b"}, "VALIDATION_ERROR", "data.body"),
        ({"body": "x" * 4_001}, "PAYLOAD_TOO_LARGE", None),
        ({"toUserId": "alice"}, "VALIDATION_ERROR", "data.toUserId"),
        ({"tenantId": "acme"}, "VALIDATION_ERROR", "data.tenantId"),
        ({"type": "image"}, "VALIDATION_ERROR", "data.attachments"),
        ({"type": "system"}, "VALIDATION_ERROR", "data.type"),
        ({"type": "image", "attachments": ["att-1"]}, "NOT_FOUND", None),
        ({"attachments": ["att-1"]}, "NOT_FOUND", None),
        ({"attachments": ["../etc"]}, "NOT_FOUND", None),
        ({"mentions": ["carol"]}, "VALIDATION_ERROR", "data.mentions"),
        ({"replyTo": "nothing"}, "NOT_FOUND", None),
        ({"replyTo": "../../x"}, "NOT_FOUND", None),
        ({"senderId": "carol"}, "VALIDATION_ERROR", "data.senderId"),
        ({"to_user_id": "bob"}, "VALIDATION_ERROR", "data.to_user_id"),
        ({"toUserId": "@manage/root"}, "NOT_FOUND", None),
        ({"clientId": "x" * 65}, "VALIDATION_ERROR", "data.clientId"),
    ],
)
def test_what_cannot_be_a_message_is_refused_and_not_stored(
    world: World, data: dict[str, object], code: str, path: str | None
) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    sent = {"toUserId": "bob", "clientId": "c", "body": "hello", **data}
    reply = world.ask(alice, "message.send", **sent)
    assert (reply["ok"], reply["error"]) == (False, code)
    assert [detail["path"] for detail in reply.get("details", [])] == ([path] if path else [])
    assert world.events_of(bob, "message:new") == []
    assert "messages.append" not in world.out.calls


def test_a_message_to_a_room_names_no_tenant(world: World) -> None:
    alice, room_id = world.person("alice"), direct(world)
    data = {"roomId": room_id, "tenantId": "acme", "clientId": "c", "body": "x"}
    assert world.refused(alice, "message.send", **data) == "VALIDATION_ERROR"


@pytest.mark.covers("A-74", "D-22", "D-73")
@pytest.mark.parametrize("body", ["x" * 4_000, EMOJI * 4_000, "  " + "x" * 4_000 + "\n"])
def test_the_limit_counts_characters_after_trimming(world: World, body: str) -> None:
    room_id = direct(world)
    message = world.say(world.person("alice"), room_id, body)
    assert (message["body"], message["truncated"]) == (body.strip(), False)


@pytest.mark.parametrize(
    ("chars", "letter", "code"),
    [
        (100_000, "x", None),
        (100_001, "x", "PAYLOAD_TOO_LARGE"),
        (25_600, EMOJI, None),
        (25_601, EMOJI, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_where_configured_a_body_has_up_to_a_hundred_thousand_characters_and_100_kb(
    chars: int, letter: str, code: str | None
) -> None:
    world = World(body_max_chars=100_000)
    room_id, alice, bob = direct(world), world.person("alice"), world.person("bob")
    sent = SendMessage(room_id=room_id, client_id="c", body=letter * chars)
    if code is not None:
        with pytest.raises(PayloadTooLarge):
            world.app.messaging.send(alice, sent)
        return
    reply = world.app.messaging.send(alice, sent)
    assert reply.message.truncated is True
    assert world.events_of(bob, "message:new")[0]["truncated"] is True
    whole = world.app.messaging.send(alice, sent, BY_REST)
    assert (whole.message.body, whole.duplicate) == (letter * chars, True)


@pytest.mark.covers("B-122", "C-77")
def test_text_is_kept_as_it_was_sent_but_for_its_form(world: World) -> None:
    room_id = direct(world)
    sent = " <b>e\u0301</b>\tA & \u202eB\u200d\n\n*x* "
    message = world.say(world.person("alice"), room_id, sent)
    assert message["body"] == unicodedata.normalize("NFC", sent).strip()


def test_a_reply_names_a_message_of_the_same_room(world: World) -> None:
    room_id = direct(world)
    alice, bob = world.person("alice"), world.person("bob")
    first = world.say(alice, room_id)
    other = world.say(alice, world.group(alice, "bob"))
    for reply_to, ok in ((first["messageId"], True), (other["messageId"], False)):
        sent = {"roomId": room_id, "clientId": reply_to, "body": "re", "replyTo": reply_to}
        reply = world.ask(bob, "message.send", **sent)
        assert reply["ok"] is ok
        assert not ok or reply["data"]["message"]["replyTo"] == reply_to


def test_a_mention_names_a_member_and_is_kept_once(world: World) -> None:
    room_id = direct(world)
    sent = {"roomId": room_id, "clientId": "m", "body": "you", "mentions": ["bob", "alice", "bob"]}
    message = world.do(world.person("alice"), "message.send", **sent)["message"]
    assert message["mentions"] == ["bob", "alice"]


# --- Channels and organization rooms -------------------------------------------------------------


def channel(world: World) -> tuple[Connection, Connection, str]:
    """Return alice, who made a channel, bob, who has not seen it, and its id."""
    alice, bob = (world.person(name, spaces=["s1"]) for name in ("alice", "bob"))
    create = {"type": "channel", "spaceId": "s1", "name": "news"}
    room_id = str(world.do(alice, "room.create", **create)["roomId"])
    world.settle()
    return alice, bob, room_id


def test_a_message_in_a_channel_reaches_those_whose_token_names_its_space(world: World) -> None:
    alice, bob, room_id = channel(world)
    eve = world.person("eve", spaces=["s2"])
    message = world.say(alice, room_id)
    assert world.events_of(bob, "message:new") == [message]
    assert world.events_of(eve, "message:new") == []
    sent = {"roomId": room_id, "clientId": "e", "body": "x"}
    assert world.refused(eve, "message.send", **sent) == "NOT_FOUND"


def test_who_writes_in_a_channel_has_seen_it_up_to_their_own_message(world: World) -> None:
    alice, bob, room_id = channel(world)
    world.say(alice, room_id)
    world.say(bob, room_id)
    world.relay()
    world.say(alice, room_id)
    assert world.do(bob, "room.get", roomId=room_id)["me"]["unread"] == 1


def test_a_stored_message_is_acknowledged_even_if_the_senders_side_cannot_begin(
    world: World,
) -> None:
    _, bob, room_id = channel(world)
    world.out.faults["rooms.membership"].append(StoreUnavailable("throttled"))
    message = world.say(bob, room_id)
    assert "rooms.join" not in world.out.calls
    assert world.do(bob, "message.history", roomId=room_id)["messages"] == [message]


def test_in_a_channel_people_can_be_mentioned_who_have_not_seen_it(world: World) -> None:
    alice, _, room_id = channel(world)
    sent = {"roomId": room_id, "clientId": "c", "body": "you", "mentions": ["bob", "alice"]}
    assert world.do(alice, "message.send", **sent)["message"]["mentions"] == ["bob", "alice"]


# --- What it costs -------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["roomId", "toUserId"])
def test_a_send_with_a_warm_cache_costs_one_call_of_each_store(world: World, to: str) -> None:
    room_id = direct(world)
    alice = world.person("alice")
    world.settle()
    addressee = room_id if to == "roomId" else "bob"
    world.do(alice, "message.send", **{to: addressee}, clientId="c", body="x")
    before_push = world.out.calls[: world.out.calls.index("push.start")]
    assert before_push == ["cache.probe", "messages.append"]
    assert world.out.calls == [*before_push, "push.start", "cache.end_turn"]


def test_a_send_in_a_channel_looks_at_the_senders_side_beside_the_pushes(world: World) -> None:
    alice, _, room_id = channel(world)
    world.say(alice, room_id)
    world.settle()
    world.say(alice, room_id)
    assert world.out.calls == [
        "cache.probe",
        "messages.append",
        "push.start",
        "cache.end_turn",
        "rooms.membership",
    ]


def test_a_connection_that_the_cache_does_not_know_is_asked_for_revocation(world: World) -> None:
    room_id = direct(world)
    unknown = world.connection(world.caller("alice"))
    world.say(unknown, room_id)
    assert "users.revoked_before" in world.out.calls
    world.out.users.revoke(unknown.caller.tenant_id, unknown.caller.user_id, 2**40)
    sent = {"roomId": room_id, "clientId": "r", "body": "x"}
    assert world.refused(unknown, "message.send", **sent) == "UNAUTHORIZED"


# --- Limits --------------------------------------------------------------------------------------


@pytest.mark.covers("D-24", "D-76", "C-76")
def test_ten_messages_in_ten_seconds_over_all_connections(world: World) -> None:
    room_id = direct(world)
    devices = [world.person("alice"), world.person("alice")]
    for number in range(10):
        world.say(devices[number % 2], room_id)
    reply = world.ask(devices[0], "message.send", roomId=room_id, clientId="late", body="x")
    assert reply["error"] == "RATE_LIMITED"
    assert 9 < reply["retryAfter"] <= 10
    world.say(world.person("bob"), room_id)
    world.wait(10)
    world.do(devices[0], "message.send", roomId=room_id, clientId="late", body="x")


@pytest.mark.covers("B-114", "C-76")
def test_sixty_messages_a_minute() -> None:
    world = World(messages_per_10s=1_000)
    room_id = direct(world)
    alice = world.person("alice")
    world.wait(60)
    for _ in range(60):
        world.say(alice, room_id)
    world.wait(50)
    reply = world.ask(alice, "message.send", roomId=room_id, clientId="x", body="x")
    assert (reply["error"], 9 < reply["retryAfter"] <= 10) == ("RATE_LIMITED", True)
    world.wait(10)
    world.say(alice, room_id)


def test_attempts_at_rooms_that_are_not_there_count_too(world: World) -> None:
    alice = world.person("alice")
    send = {"roomId": "d-nothing", "clientId": "c", "body": "x"}
    codes = [world.refused(alice, "message.send", **send) for _ in range(11)]
    assert codes == ["NOT_FOUND"] * 10 + ["RATE_LIMITED"]


def test_first_messages_of_manage_scope_count_too(world: World) -> None:
    world.person("alice")
    root = world.person("root", manages=True)
    for number in range(10):
        send = {"toUserId": f"u{number}", "tenantId": "acme", "clientId": "c", "body": "x"}
        world.do(root, "message.send", **send)
    send = {"toUserId": "u10", "tenantId": "acme", "clientId": "c", "body": "x"}
    assert world.refused(root, "message.send", **send) == "RATE_LIMITED"


def test_nobody_gets_more_rooms_than_the_limit_by_writing_to_people() -> None:
    world = World(rooms_per_user=3)
    alice = world.person("alice")
    for name in ("bob", "carol", "dan"):
        world.do(alice, "message.send", toUserId=name, clientId="c", body="x")
    refused = {"toUserId": "eve", "clientId": "c", "body": "x"}
    assert world.refused(alice, "message.send", **refused) == "CONFLICT"
    world.do(alice, "message.send", toUserId="bob", clientId="d", body="x")
