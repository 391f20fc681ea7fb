"""Rooms and messages by REST: the data of the operations' replies, and their events (SPEC §7)."""

import json
from typing import Any

import pytest

from parley.errors import StoreUnavailable
from parley.http.rooms import WHOLE_BYTES
from tests.handlers.conftest import SignIn
from tests.support.memory import World
from tests.support.rest import Rest

# What Lambda may answer at most, as JSON that holds the body as text.
LAMBDA_BYTES = 6 * 1024 * 1024


@pytest.fixture
def alice(sign_in: SignIn) -> Rest:
    return sign_in("alice")


@pytest.fixture
def group(alice: Rest) -> str:
    room = alice.do("POST", "/rooms", {"type": "group", "memberIds": ["bob"], "name": "Two"})
    return str(room["roomId"])


def said(client_id: str, body: str = "hello") -> dict[str, str]:
    return {"clientId": client_id, "body": body}


@pytest.mark.covers("B-15", "C-50")
def test_a_room_is_created_as_by_a_frame(world: World, alice: Rest) -> None:
    bob = world.person("bob")
    world.forget_pushes()
    body = {"type": "group", "memberIds": ["bob"], "name": "Two", "clientId": "once"}
    room = alice.do("POST", "/rooms", body)
    assert (room["name"], room["me"]["role"], room["memberCount"]) == ("Two", "owner", 2)
    world.out.clock.advance(1)
    assert alice.do("POST", "/rooms", body)["roomId"] == room["roomId"]
    shown = {name: value for name, value in room.items() if name != "me"}
    assert world.events_of(bob, "room:updated") == [shown]
    assert alice.do("GET", f"/rooms/{room['roomId']}") == room


@pytest.mark.covers("B-16", "C-47")
def test_rooms_are_listed_as_by_frames_and_paged(world: World, alice: Rest) -> None:
    for name in ("bob", "carol", "dan"):
        alice.do("POST", "/rooms", {"type": "direct", "memberIds": [name]})
    first = alice.do("GET", "/rooms", limit=2)
    rest = alice.do("GET", "/rooms", limit=2, cursor=first["cursor"])
    assert rest["cursor"] is None
    listed = [room["roomId"] for room in (*first["rooms"], *rest["rooms"])]
    by_frame = world.do(world.person("alice"), "room.list")["rooms"]
    assert listed == [room["roomId"] for room in by_frame]


def test_a_cursor_of_somebody_else_is_refused(sign_in: SignIn, alice: Rest) -> None:
    for name in ("bob", "carol"):
        alice.do("POST", "/rooms", {"type": "direct", "memberIds": [name]})
    cursor = alice.do("GET", "/rooms", limit=1)["cursor"]
    assert sign_in("bob").faults("GET", "/rooms", cursor=cursor) == ["query.cursor"]


@pytest.mark.covers("B-17", "C-48")
def test_a_room_is_shown_to_members_only(sign_in: SignIn, group: str) -> None:
    assert sign_in("bob").do("GET", f"/rooms/{group}")["name"] == "Two"
    absent = sign_in("eve").answer("GET", "/rooms/g-nothing")[2]
    for stranger in (sign_in("eve"), sign_in("bob", "globex")):
        status, _, body = stranger.answer("GET", f"/rooms/{group}")
        assert (status, body) == (404, absent)


def test_a_room_is_renamed_and_muted_in_one_request(world: World, alice: Rest, group: str) -> None:
    bob = world.person("bob")
    world.forget_pushes()
    changed = alice.do("PATCH", f"/rooms/{group}", {"name": "Few", "muted": True})
    assert (changed["name"], changed["me"]["muted"]) == ("Few", True)
    assert [room["name"] for room in world.events_of(bob, "room:updated")] == ["Few"]
    unchanged = alice.do("PATCH", f"/rooms/{group}", {})
    assert (unchanged["name"], unchanged["me"]["muted"]) == ("Few", True)
    unnamed = alice.do("PATCH", f"/rooms/{group}", {"name": None, "muted": False})
    assert (unnamed["name"], unnamed["me"]["muted"]) == (None, False)


def test_what_is_done_in_part_is_not_called_undone(world: World, alice: Rest, group: str) -> None:
    """After RATE_LIMITED and UNAVAILABLE nothing is stored (SPEC §3); here the name is."""
    world.out.faults["rooms.mute"].extend([StoreUnavailable("down")] * 2)
    change = {"name": "Few", "muted": True}
    assert alice.refused("PATCH", f"/rooms/{group}", change) == (500, "INTERNAL_ERROR")
    assert alice.do("GET", f"/rooms/{group}")["name"] == "Few"
    assert alice.refused("PATCH", f"/rooms/{group}", {"muted": True}) == (503, "UNAVAILABLE")


def test_members_who_are_no_owners_may_only_mute(sign_in: SignIn, group: str) -> None:
    bob = sign_in("bob")
    assert bob.refused("PATCH", f"/rooms/{group}", {"name": "Mine"}) == (403, "FORBIDDEN")
    assert bob.do("PATCH", f"/rooms/{group}", {"muted": True})["me"]["muted"] is True


def test_a_message_by_rest_reaches_every_connection_as_an_event(
    world: World, alice: Rest, group: str
) -> None:
    own, bob = world.person("alice"), world.person("bob")
    world.forget_pushes()
    reply = alice.do("POST", f"/rooms/{group}/messages", said("c1"))
    assert reply["duplicate"] is False
    # No connection is the one that sent it, so all of the sender's hear of it.
    assert world.events_of(own, "message:new") == [reply["message"]]
    assert world.events_of(bob, "message:new") == [reply["message"]]
    again = alice.do("POST", f"/rooms/{group}/messages", said("c1", "other"))
    assert again == {"message": reply["message"], "duplicate": True}


@pytest.mark.covers("B-18", "C-49", "D-94")
def test_history_is_paged_both_ways(sign_in: SignIn, alice: Rest, group: str) -> None:
    for number in range(1, 6):
        alice.do("POST", f"/rooms/{group}/messages", said(f"c{number}", f"text {number}"))
    bob, path = sign_in("bob"), f"/rooms/{group}/messages"

    def seqs(**query: int) -> tuple[list[int], bool]:
        page = bob.do("GET", path, **query)
        return [message["seq"] for message in page["messages"]], page["hasMore"]

    assert seqs() == ([1, 2, 3, 4, 5], False)
    assert seqs(limit=2) == ([4, 5], True)
    assert seqs(limit=2, before=4) == ([2, 3], True)
    assert seqs(limit=2, after=3) == ([4, 5], False)


def test_messages_too_large_for_a_frame_are_whole_by_rest(
    world: World, sign_in: SignIn, alice: Rest, group: str
) -> None:
    sign_in("ann", role="tenant_admin").do("PUT", "/tenant/settings", {"bodyMaxChars": 100_000})
    world.out.clock.advance(11)
    bob, body = world.person("bob"), "ü" * 50_000
    path = f"/rooms/{group}/messages"
    assert alice.do("POST", path, said("c1", body))["message"]["body"] == body
    (pushed,) = world.events_of(bob, "message:new")
    assert pushed["truncated"] is True
    (shown,) = sign_in("bob").do("GET", path, after=0)["messages"]
    assert (shown["body"], shown["truncated"]) == (body, False)


def test_a_page_fits_into_what_lambda_answers_whatever_it_holds(
    world: World, sign_in: SignIn, alice: Rest, group: str
) -> None:
    sign_in("ann", role="tenant_admin").do("PUT", "/tenant/settings", {"bodyMaxChars": 100_000})
    world.out.clock.advance(11)
    path = f"/rooms/{group}/messages"
    for number in range(20):
        # Each quote takes two bytes in a body, and four in the body within Lambda's answer.
        alice.do("POST", path, said(f"c{number}", '"' * 100_000))
        world.out.clock.advance(7)
    page = sign_in("bob").do("GET", path, limit=100)
    assert page["hasMore"] is True
    assert [message["seq"] for message in page["messages"]] == list(range(7, 21))
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    assert len(text.encode()) <= WHOLE_BYTES
    assert len(json.dumps({"body": text}, ensure_ascii=False).encode()) < LAMBDA_BYTES


@pytest.mark.covers("B-19")
def test_reading_moves_the_cursor_and_tells_the_sender(
    world: World, sign_in: SignIn, alice: Rest, group: str
) -> None:
    sender, reader = world.person("alice"), world.person("bob")
    alice.do("POST", f"/rooms/{group}/messages", said("c1"))
    world.forget_pushes()
    moved = sign_in("bob").do("POST", f"/rooms/{group}/read", {"seq": 1})
    assert moved == {"deliveredSeq": 1, "readSeq": 1, "unread": 0}
    world.wait(2)
    for hearer in (sender, reader):
        assert [event["readSeq"] for event in world.events_of(hearer, "receipt:update")] == [1]


@pytest.mark.covers("A-38", "A-63")
def test_unread_is_counted_by_room_and_by_sender(
    world: World, sign_in: SignIn, alice: Rest, group: str
) -> None:
    direct = alice.do("POST", "/rooms", {"type": "direct", "memberIds": ["bob"]})["roomId"]
    for number in range(2):
        alice.do("POST", f"/rooms/{direct}/messages", said(f"d{number}"))
    alice.do("POST", f"/rooms/{group}/messages", said("g"))
    world.relay()
    bob = sign_in("bob")
    assert bob.do("GET", "/unread") == {
        "unread": {direct: 2, group: 1},
        "bySender": {"alice": 2},
    }
    bob.do("POST", f"/rooms/{direct}/read", {"seq": 2})
    assert bob.do("GET", "/unread") == {"unread": {group: 1}, "bySender": {}}
    assert alice.do("GET", "/unread") == {"unread": {}, "bySender": {}}


@pytest.mark.covers("B-21")
def test_members_are_paged(sign_in: SignIn, alice: Rest, group: str) -> None:
    path = f"/rooms/{group}/members"
    alice.do("POST", path, {"userIds": ["carol", "dan"]})
    first = alice.do("GET", path, limit=3)
    rest = alice.do("GET", path, limit=3, cursor=first["cursor"])
    names = [member["userId"] for page in (first, rest) for member in page["members"]]
    assert names == ["alice", "bob", "carol", "dan"]
    assert rest["cursor"] is None
    assert sign_in("eve").refused("GET", path) == (404, "NOT_FOUND")


@pytest.mark.covers("B-22", "C-51", "D-55", "D-92")
def test_adding_members_by_rest_tells_all_of_them(world: World, alice: Rest, group: str) -> None:
    people = {name: world.person(name) for name in ("alice", "bob", "carol", "dan")}
    world.forget_pushes()
    room = alice.do("POST", f"/rooms/{group}/members", {"userIds": ["carol", "dan"]})
    assert room["memberCount"] == 4
    for person in people.values():
        assert [each["memberCount"] for each in world.events_of(person, "room:updated")] == [4]
        (notice,) = world.events_of(person, "message:new")
        assert (notice["type"], notice["senderId"]) == ("system", "alice")


def test_two_hundred_people_are_added_in_one_request(alice: Rest, group: str) -> None:
    names = [f"u{number:03}" for number in range(200)]
    path = f"/rooms/{group}/members"
    assert alice.do("POST", path, {"userIds": names})["memberCount"] == 202
    assert alice.faults("POST", path, {"userIds": [*names, "one-more"]}) == ["body.userIds"]
    assert alice.faults("POST", path, {"userIds": []}) == ["body.userIds"]


@pytest.mark.covers("B-23", "D-55", "D-93")
def test_removing_a_member_by_rest_tells_them_and_the_others(
    world: World, sign_in: SignIn, alice: Rest, group: str
) -> None:
    bob, own = world.person("bob"), world.person("alice")
    world.forget_pushes()
    room = alice.do("DELETE", f"/rooms/{group}/members/bob")
    assert room["memberCount"] == 1
    assert world.events_of(bob, "room:removed") == [{"roomId": group}]
    assert world.events_of(bob, "message:new") == []
    assert [each["memberCount"] for each in world.events_of(own, "room:updated")] == [1]
    assert sign_in("bob").refused("GET", f"/rooms/{group}") == (404, "NOT_FOUND")
    assert alice.refused("DELETE", f"/rooms/{group}/members/bob") == (404, "NOT_FOUND")


def test_an_owner_hands_over_before_leaving(sign_in: SignIn, alice: Rest, group: str) -> None:
    assert alice.refused("DELETE", f"/rooms/{group}/members/alice") == (409, "CONFLICT")
    alice.do("POST", f"/rooms/{group}/members", {"userIds": ["bob"], "role": "owner"})
    left = alice.do("DELETE", f"/rooms/{group}/members/alice")
    assert "me" not in left
    assert sign_in("bob").do("GET", f"/rooms/{group}")["me"]["role"] == "owner"


def test_in_manage_scope_rest_sees_every_tenant(sign_in: SignIn) -> None:
    root: Any = sign_in("root", manages=True)
    body = {"type": "direct", "memberIds": ["alice"], "tenantId": "acme"}
    assert root.refused("POST", "/rooms", body) == (404, "NOT_FOUND")
    sign_in("alice").do("PATCH", "/me", {"readReceipts": True})
    room = root.do("POST", "/rooms", body)
    assert (room["tenantId"], room["createdBy"]) == ("acme", "@manage/root")
    assert sign_in("alice").do("GET", f"/rooms/{room['roomId']}")["roomId"] == room["roomId"]


def test_a_room_of_a_space_is_for_those_whose_token_names_it(sign_in: SignIn) -> None:
    alice = sign_in("alice", spaces=("house",))
    room = alice.do("POST", "/rooms", {"type": "channel", "spaceId": "house"})
    seen = sign_in("bob", spaces=("house",)).do("GET", f"/rooms/{room['roomId']}")
    assert seen["me"]["role"] == "member"
    assert sign_in("carol").refused("GET", f"/rooms/{room['roomId']}") == (404, "NOT_FOUND")
