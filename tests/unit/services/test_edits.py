"""Editing, deleting, reacting: who may, what becomes of it, who hears of it (SPEC §4, §6)."""

from collections.abc import Callable
from typing import Any

import pytest

from parley.adapters.memory.faults import Fault
from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Connection
from parley.errors import StoreUnavailable
from tests.support.memory import World

ACME = TenantId("acme")
THUMB = "\U0001f44d"


@pytest.fixture
def world() -> World:
    return World(messages_per_10s=100_000, messages_per_minute=100_000, requests_per_minute=100_000)


def group(world: World, *members: str) -> tuple[Connection, Connection, str]:
    """Return alice, who owns a group, bob, who is in it, and its id."""
    alice, bob = world.person("alice"), world.person("bob")
    room_id = world.group(alice, "bob", *members)
    world.settle()
    return alice, bob, room_id


def change(world: World, who: Connection, message: dict[str, Any], op: str, **data: Any) -> Any:
    place = {"roomId": message["roomId"], "messageId": message["messageId"]}
    return world.do(who, f"message.{op}", **place, **data)


def refusal(world: World, who: Connection, message: dict[str, Any], op: str, **data: Any) -> str:
    place = {"roomId": message["roomId"], "messageId": message["messageId"]}
    return world.refused(who, f"message.{op}", **place, **data)


def history(world: World, who: Connection, room_id: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = world.do(who, "message.history", roomId=room_id)["messages"]
    return messages


def rev(world: World, who: Connection, room_id: str) -> int:
    return int(world.do(who, "room.get", roomId=room_id)["rev"])


# --- What becomes of a message -------------------------------------------------------------------


@pytest.mark.covers("B-10")
def test_an_edited_message_has_its_new_body_and_says_when(world: World) -> None:
    alice, bob, room_id = group(world)
    sent = {"roomId": room_id, "clientId": "c", "body": "teh", "mentions": ["bob"]}
    message = world.do(alice, "message.send", **sent)["message"]
    world.wait(5)
    edited = change(world, alice, message, "edit", body="  the e\u0301nd ")
    assert edited == {
        **message,
        "body": "the \xe9nd",
        "rev": 1,
        "editedAt": edited["editedAt"],
    }
    assert edited["editedAt"] > message["createdAt"]
    assert history(world, bob, room_id) == [edited]
    assert rev(world, bob, room_id) == 1


@pytest.mark.covers("B-10")
def test_a_deleted_message_leaves_a_tombstone_with_its_place(world: World) -> None:
    alice, bob, room_id = group(world)
    first = world.say(bob, room_id)
    sent = {"roomId": room_id, "clientId": "c", "body": "oops", "mentions": ["bob"]}
    reply = {**sent, "replyTo": first["messageId"]}
    message = world.do(alice, "message.send", **reply)["message"]
    change(world, bob, message, "react", emoji=THUMB, on=True)
    tombstone = change(world, alice, message, "delete")
    assert tombstone == {
        **message,
        "body": None,
        "mentions": [],
        "rev": 2,
        "deletedAt": tombstone["deletedAt"],
    }
    assert tombstone["deletedAt"] is not None
    assert history(world, bob, room_id)[1] == tombstone
    room = world.do(bob, "room.list")["rooms"][0]
    assert (room["lastMessage"]["body"], room["me"]["unread"]) == (None, 2)


def test_reactions_keep_the_order_in_which_people_reacted(world: World) -> None:
    alice, bob, room_id = group(world, "carol")
    carol, message = world.person("carol"), world.say(alice, room_id)
    for who in (carol, alice, bob):
        reacted = change(world, who, message, "react", emoji=THUMB, on=True)
    assert reacted["reactions"] == {THUMB: ["carol", "alice", "bob"]}
    change(world, alice, message, "react", emoji="\u2764\ufe0f", on=True)
    reacted = change(world, alice, message, "react", emoji=THUMB, on=False)
    assert reacted["reactions"] == {THUMB: ["carol", "bob"], "\u2764\ufe0f": ["alice"]}
    reacted = change(world, alice, message, "react", emoji="\u2764\ufe0f", on=False)
    assert reacted["reactions"] == {THUMB: ["carol", "bob"]}
    assert (reacted["rev"], reacted["editedAt"]) == (6, None)


def test_what_is_so_already_is_answered_and_not_stored_again(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id, "one")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("edit", {"body": "two"}),
        ("react", {"emoji": THUMB, "on": True}),
        ("react", {"emoji": THUMB, "on": False}),
        ("delete", {}),
    ]
    for number, (op, data) in enumerate(steps, start=1):
        changed = change(world, alice, message, op, **data)
        world.forget_pushes()
        world.wait(3)
        assert change(world, alice, message, op, **data) == changed
        assert changed["rev"] == number
        assert "rooms.revise" not in world.out.calls
        assert world.events_of(bob) == []
    assert rev(world, alice, room_id) == 4


def test_a_tombstone_stays_one(world: World) -> None:
    alice, _, room_id = group(world)
    message = world.say(alice, room_id)
    change(world, alice, message, "delete")
    assert refusal(world, alice, message, "edit", body="back") == "CONFLICT"
    for on in (True, False):
        assert refusal(world, alice, message, "react", emoji=THUMB, on=on) == "CONFLICT"


def test_a_tombstone_can_be_replied_to_and_a_reply_keeps_pointing_at_it(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    reply = {"roomId": room_id, "body": "re", "replyTo": message["messageId"]}
    world.do(bob, "message.send", **reply, clientId="before")
    change(world, alice, message, "delete")
    world.do(bob, "message.send", **reply, clientId="after")
    pointing = [each["replyTo"] for each in history(world, bob, room_id)[1:]]
    assert pointing == [message["messageId"]] * 2


def test_a_repeat_of_a_send_returns_the_message_as_it_is_now(world: World) -> None:
    alice, _, room_id = group(world)
    sent = {"roomId": room_id, "clientId": "c", "body": "one"}
    message = world.do(alice, "message.send", **sent)["message"]
    edited = change(world, alice, message, "edit", body="two")
    repeat = world.do(alice, "message.send", **sent)
    assert (repeat["duplicate"], repeat["message"]) == (True, edited)


# --- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "role", "may"),
    [
        ("alice", None, True),
        ("bob", None, True),
        ("carol", None, False),
        ("carol", "tenant_admin", True),
        ("carol", "service", False),
        ("carol", "super_admin", False),
    ],
)
def test_senders_owners_and_tenant_admins_who_are_members_may_edit_and_delete(
    world: World, who: str, role: str | None, *, may: bool
) -> None:
    _, bob, room_id = group(world, "carol")
    person = world.person(who, role=role)
    for op, data in (("edit", {"body": "new"}), ("delete", {})):
        message = world.say(bob, room_id)
        if may:
            assert change(world, person, message, op, **data)["rev"] > 0
        else:
            assert refusal(world, person, message, op, **data) == "FORBIDDEN"


def test_in_a_direct_room_each_changes_ones_own(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    message = world.do(alice, "message.send", toUserId="bob", clientId="c", body="x")["message"]
    assert refusal(world, bob, message, "edit", body="y") == "FORBIDDEN"
    assert refusal(world, bob, message, "delete") == "FORBIDDEN"
    assert change(world, alice, message, "edit", body="y")["body"] == "y"
    assert change(world, bob, message, "react", emoji=THUMB, on=True)["reactions"] == {
        THUMB: ["bob"]
    }


def test_in_a_channel_its_creator_changes_what_others_said(world: World) -> None:
    owner, bob, carol = (world.person(name, spaces=["s1"]) for name in ("alice", "bob", "carol"))
    room = world.do(owner, "room.create", type="channel", spaceId="s1", name="news")
    message = world.say(bob, room["roomId"])
    assert refusal(world, carol, message, "delete") == "FORBIDDEN"
    unseen = world.person("dan", spaces=["s1"])
    assert refusal(world, unseen, message, "edit", body="x") == "FORBIDDEN"
    assert change(world, carol, message, "react", emoji=THUMB, on=True)["rev"] == 1
    assert change(world, owner, message, "edit", body="x")["rev"] == 2
    assert change(world, bob, message, "delete")["rev"] == 3
    assert world.events_of(unseen, "message:deleted")[0]["seq"] == message["seq"]


def test_nobody_changes_what_parley_wrote(world: World) -> None:
    alice, bob, room_id = group(world, "carol")
    world.do(alice, "room.removeMember", roomId=room_id, userId="carol")
    system = history(world, bob, room_id)[-1]
    assert system["type"] == "system"
    assert refusal(world, alice, system, "edit", body="x") == "FORBIDDEN"
    assert refusal(world, alice, system, "delete") == "FORBIDDEN"
    assert change(world, bob, system, "react", emoji=THUMB, on=True)["reactions"]


OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("edit", {"body": "x"}),
    ("delete", {}),
    ("react", {"emoji": THUMB, "on": True}),
]


@pytest.mark.parametrize(("op", "data"), OPERATIONS)
def test_strangers_and_ids_that_are_not_exactly_a_messages_find_nothing(
    world: World, op: str, data: dict[str, Any]
) -> None:
    alice, _, room_id = group(world)
    eve, zed = world.person("eve"), world.person("zed", "other")
    message = world.say(alice, room_id)
    for stranger in (eve, zed):
        assert refusal(world, stranger, message, op, **data) == "NOT_FOUND"
    mine = world.say(alice, world.group(alice, "bob"))
    message_id = message["messageId"]
    wrong = [
        mine["messageId"],
        message_id[:-1] + ("1" if message_id[-1] == "0" else "0"),
        message_id.upper() + "X",
        "0" * 21,
        "z" * 21,
        "../../x",
        "",
    ]
    for other in wrong:
        place = {"roomId": room_id, "messageId": other}
        assert world.refused(alice, f"message.{op}", **place, **data) == "NOT_FOUND", other


def test_a_room_that_was_never_finished_has_no_messages_to_change(world: World) -> None:
    alice, _, room_id = group(world)
    message = world.say(alice, room_id)
    world.out.faults["rooms.room"].append(lambda: world.out.rooms.unfinish(ACME, RoomId(room_id)))
    assert refusal(world, alice, message, "delete") == "NOT_FOUND"


# --- What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "VALIDATION_ERROR"),
        (" \n ", "VALIDATION_ERROR"),
        ("a\x07b", "VALIDATION_ERROR"),
        ("x" * 4_001, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_a_body_is_edited_by_the_rules_of_sending(world: World, body: str, code: str) -> None:
    alice, _, room_id = group(world)
    message = world.say(alice, room_id)
    assert refusal(world, alice, message, "edit", body=body) == code
    assert history(world, alice, room_id) == [message]


@pytest.mark.parametrize(
    "emoji",
    ["", " ", "ab", THUMB * 2, "\u200d", "a\x00", "\u0301", "x" * 33, THUMB + "\u0301" * 15],
)
def test_a_reaction_is_one_grapheme_of_at_most_32_bytes(world: World, emoji: str) -> None:
    alice, _, room_id = group(world)
    message = world.say(alice, room_id)
    assert refusal(world, alice, message, "react", emoji=emoji, on=True) == "VALIDATION_ERROR"


def test_a_letter_is_a_grapheme_too_and_two_ways_to_write_one_are_the_same(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    change(world, alice, message, "react", emoji="e\u0301", on=True)
    reacted = change(world, bob, message, "react", emoji="\xe9", on=True)
    assert reacted["reactions"] == {"\xe9": ["alice", "bob"]}


def test_a_message_has_at_most_twenty_different_emojis(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    for number in range(20):
        change(world, alice, message, "react", emoji=chr(0x1F600 + number), on=True)
    assert refusal(world, bob, message, "react", emoji=THUMB, on=True) == "CONFLICT"
    change(world, bob, message, "react", emoji="\U0001f600", on=True)
    change(world, alice, message, "react", emoji="\U0001f601", on=False)
    change(world, bob, message, "react", emoji=THUMB, on=True)


def test_a_hundred_people_react_with_one_emoji(world: World) -> None:
    names = [f"user-{number}" for number in range(101)]
    alice, _, room_id = group(world, *names)
    message = world.say(alice, room_id)
    for name in names[:100]:
        change(world, world.connection(world.caller(name)), message, "react", emoji=THUMB, on=True)
    last = world.connection(world.caller(names[100]))
    assert refusal(world, last, message, "react", emoji=THUMB, on=True) == "CONFLICT"
    change(world, last, message, "react", emoji="\U0001f600", on=True)


def test_edits_and_deletions_count_as_messages_and_reactions_as_requests() -> None:
    world = World(messages_per_10s=3, requests_per_minute=6)
    alice, _, room_id = group(world)
    world.wait(60)
    message = world.say(alice, room_id)
    change(world, alice, message, "edit", body="two")
    for on in (True, False, True):
        change(world, alice, message, "react", emoji=THUMB, on=on)
    change(world, alice, message, "delete")
    send = {"roomId": room_id, "clientId": "late", "body": "x"}
    assert world.refused(alice, "message.send", **send) == "RATE_LIMITED"
    assert refusal(world, alice, message, "edit", body="x") == "RATE_LIMITED"
    codes = {refusal(world, alice, message, "react", emoji=THUMB, on=True) for _ in range(3)}
    assert codes == {"CONFLICT"}
    assert refusal(world, alice, message, "react", emoji=THUMB, on=True) == "RATE_LIMITED"


# --- Who hears of it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "data", "event"),
    [
        ("edit", {"body": "x"}, "message:updated"),
        ("delete", {}, "message:deleted"),
        ("react", {"emoji": THUMB, "on": True}, "message:updated"),
    ],
)
def test_every_other_connection_of_the_members_hears_of_a_change(
    world: World, op: str, data: dict[str, Any], event: str
) -> None:
    alice, bob, room_id = group(world)
    tablet, eve = world.person("alice"), world.person("eve")
    message = world.say(alice, room_id)
    world.settle()
    changed = change(world, alice, message, op, **data)
    for hearer in (tablet, bob):
        assert world.events_of(hearer) == [{"event": event, "data": changed}]
    for other in (alice, eve):
        assert world.events_of(other) == []


def test_a_change_by_rest_reaches_all_connections(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    world.settle()
    change(world, world.rest_connection(alice.caller), message, "edit", body="by REST")
    for hearer in (alice, bob):
        assert [each["body"] for each in world.events_of(hearer, "message:updated")] == ["by REST"]


def test_a_change_without_the_cache_is_stored(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    world.out.server.down = True
    change(world, alice, message, "edit", body="x")
    world.out.server.down = False
    assert world.events_of(bob, "message:updated") == []
    assert history(world, bob, room_id)[0]["body"] == "x"


def test_what_a_change_costs(world: World) -> None:
    alice, _, room_id = group(world)
    message = world.say(alice, room_id)
    world.forget_pushes()
    change(world, alice, message, "edit", body="x")
    stored = world.out.calls[: world.out.calls.index("push.start")]
    assert stored == [
        "cache.probe",
        "rooms.room",
        "messages.get",
        "rooms.revise",
        "cache.log_changes",
        "cache.put_roster",
        "cache.end_turn",
    ]


def test_a_send_after_a_reaction_costs_no_more_than_others(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    world.relay()
    change(world, bob, message, "react", emoji=THUMB, on=True)
    for relayed in (False, True):
        world.forget_pushes()
        world.say(alice, room_id)
        asked = world.out.calls[: world.out.calls.index("push.start")]
        assert asked == ["cache.probe", "messages.append"], relayed
        world.relay()


def test_who_was_removed_while_a_message_was_changed_stays_removed(world: World) -> None:
    alice, _, room_id = group(world, "carol")
    carol, message = world.person("carol"), world.say(alice, room_id)

    def remove() -> None:
        world.do(alice, "room.removeMember", roomId=room_id, userId="carol")

    world.out.faults["rooms.room"].append(remove)
    assert change(world, alice, message, "edit", body="x")["rev"] == 2
    world.forget_pushes()
    world.say(alice, room_id)
    assert world.events_of(carol, "message:new") == []
    assert world.refused(carol, "message.history", roomId=room_id) == "NOT_FOUND"


# --- Races ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.UNKNOWN_BEFORE, Fault.UNKNOWN_AFTER])
def test_a_change_that_met_a_fault_is_made_once_and_told(world: World, fault: Fault) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    world.out.rooms.faults.append(fault)
    changed = change(world, alice, message, "edit", body="x")
    assert (changed["body"], changed["rev"]) == ("x", 1)
    assert world.events_of(bob, "message:updated") == [changed]
    assert rev(world, alice, room_id) == 1


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ([Fault.CONFLICT] * 8, "UNAVAILABLE"),
        ([Fault.UNKNOWN_BEFORE] * 8, "INTERNAL_ERROR"),
        ([Fault.UNAVAILABLE], "UNAVAILABLE"),
        ([Fault.CONFLICT, Fault.UNAVAILABLE], "UNAVAILABLE"),
        ([Fault.UNKNOWN_BEFORE, Fault.UNAVAILABLE], "INTERNAL_ERROR"),
    ],
)
def test_a_change_that_cannot_be_made_says_so(world: World, faults: list[Fault], code: str) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)
    world.settle()
    world.out.rooms.faults.extend(faults)
    assert refusal(world, alice, message, "edit", body="x") == code
    assert world.events_of(bob) == []
    assert history(world, alice, room_id) == [message]


def test_what_may_have_been_changed_is_never_called_unavailable(world: World) -> None:
    """After UNAVAILABLE nothing was stored (SPEC §3), and here nobody knows."""
    alice, _, room_id = group(world)
    message = world.say(alice, room_id)
    world.out.rooms.faults.append(Fault.UNKNOWN_AFTER)

    def lose_the_store() -> None:
        world.out.faults["messages.get"].append(StoreUnavailable("timeout"))

    world.out.faults["rooms.revise"].append(lose_the_store)
    assert refusal(world, alice, message, "edit", body="x") == "INTERNAL_ERROR"
    again = change(world, alice, message, "edit", body="x")
    assert (again["body"], again["rev"]) == ("x", 1)


def test_a_change_that_is_overtaken_for_too_long_is_given_up(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)

    def slow_and_overtaken() -> None:
        change(world, bob, message, "react", emoji=THUMB, on=True)
        world.out.clock.advance(3)

    world.out.faults["rooms.revise"].append(slow_and_overtaken)
    assert refusal(world, alice, message, "edit", body="x") == "UNAVAILABLE"
    assert history(world, alice, room_id)[0]["body"] == "hello"


def test_changes_that_overtake_each_other_are_all_kept(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(alice, room_id)

    def react() -> None:
        change(world, bob, message, "react", emoji=THUMB, on=True)

    world.out.faults["rooms.revise"].append(react)
    edited = change(world, alice, message, "edit", body="x")
    assert (edited["body"], edited["reactions"], edited["rev"]) == ("x", {THUMB: ["bob"]}, 2)


@pytest.mark.parametrize(
    "overtake",
    [
        lambda world, who, message: change(world, who, message, "edit", body="other"),
        lambda world, who, message: change(world, who, message, "delete"),
    ],
)
def test_an_edit_that_was_overtaken_never_undoes_a_deletion(
    world: World, overtake: Callable[[World, Connection, dict[str, Any]], Any]
) -> None:
    alice, bob, room_id = group(world)
    message = world.say(bob, room_id)
    world.out.faults["rooms.revise"].append(lambda: overtake(world, bob, message))
    reply = world.ask(
        alice, "message.edit", roomId=room_id, messageId=message["messageId"], body="x"
    )
    kept = history(world, bob, room_id)[0]
    if kept["deletedAt"] is None:
        assert (reply["data"]["body"], kept["body"], kept["rev"]) == ("x", "x", 2)
    else:
        assert (reply["error"], kept["body"], kept["rev"]) == ("CONFLICT", None, 1)


def test_two_who_delete_at_once_delete_once(world: World) -> None:
    alice, bob, room_id = group(world)
    message = world.say(bob, room_id)
    world.out.faults["rooms.revise"].append(lambda: change(world, bob, message, "delete"))
    tombstone = change(world, alice, message, "delete")
    assert tombstone["rev"] == 1
    assert rev(world, alice, room_id) == 1
