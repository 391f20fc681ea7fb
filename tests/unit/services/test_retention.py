"""Messages that are older than their tenant keeps them are shown nowhere (SPEC §6)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.policies import TenantSettings
from parley.ports import Stored
from tests.support.memory import World

DAY_S = 86_400
ACME = TenantId("acme")


class Scene:
    """A group of three people, in a tenant that keeps messages for two days."""

    def __init__(self, days: int = 2, **settings: Any) -> None:
        """Make the room; nothing was said."""
        limits = {"messages_per_10s": 100_000, "messages_per_minute": 100_000, **settings}
        self.world = World(retention_days=days, **limits)
        self.come()
        self.room_id = self.world.group(self.ann, "bob", "cid")

    def come(self) -> None:
        """Connect anew: tokens do not last for days."""
        self.ann, self.bob = self.world.person("ann"), self.world.person("bob")

    def say(self, count: int = 1) -> list[dict[str, Any]]:
        """Say something so many times."""
        return [self.world.say(self.ann, self.room_id, f"word {n}") for n in range(count)]

    def pass_days(self, days: float) -> None:
        """Let days pass, and people come again."""
        self.world.wait(days * DAY_S)
        self.come()

    def keep(self, days: int | None) -> None:
        """Change how long messages are kept, everywhere."""
        settings = TenantSettings(retention_days=days)
        self.world.out.tenants.put_tenant_settings(ACME, settings)
        self.world.wait(11)

    def remove(self, *seqs: int) -> None:
        """Remove messages as DynamoDB does, late and in any order."""
        for seq in seqs:
            self.store.remove(ACME, RoomId(self.room_id), seq)

    @property
    def store(self) -> Any:
        """The store itself, which hides nothing."""
        return self.world.out.messages

    def history(self, **data: int) -> list[int]:
        """Return what a page of the history shows."""
        return [m["seq"] for m in self.page(**data)["messages"]]

    def page(self, **data: int) -> dict[str, Any]:
        """Return a page of the history."""
        return self.world.do(self.bob, "message.history", roomId=self.room_id, **data)

    def room(self) -> dict[str, Any]:
        """Return the room as it is listed."""
        [room] = self.world.do(self.bob, "room.list")["rooms"]
        assert (
            self.world.do(self.bob, "room.get", roomId=self.room_id)["lastSeq"] == room["lastSeq"]
        )
        return dict(room)

    def sync(self, seq: int, rev: int = 0) -> tuple[dict[str, Any], list[int]]:
        """Return the room, and the messages that a sync brings to one who has it so far."""
        known = {self.room_id: {"seq": seq, "rev": rev}}
        reply = self.world.do(self.bob, "sync.start", rooms=known)
        [room] = reply["rooms"]
        return room, [m["seq"] for change in reply["changes"] for m in change["messages"]]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.covers("B-166")
@pytest.mark.scenario("D8")
def test_a_message_is_shown_to_the_moment_and_then_nowhere(scene: Scene) -> None:
    scene.say(3)
    scene.pass_days(2 - 1 / DAY_S)
    assert scene.history() == [1, 2, 3]
    assert scene.room()["lastMessage"]["seq"] == 3
    scene.world.wait(1)
    assert scene.page() == {"messages": [], "hasMore": False}
    assert (scene.room()["lastSeq"], scene.room()["lastMessage"]) == (3, None)
    assert scene.history(after=0) == scene.history(before=3) == []


def test_in_a_tenant_that_keeps_everything_nothing_ends(scene: Scene) -> None:
    forever = Scene(days=0)
    forever.say(3)
    forever.pass_days(10_000)
    assert forever.history() == [1, 2, 3]
    assert forever.store.ends(ACME, [RoomId(forever.room_id)]) == {}


@pytest.mark.parametrize("removed", [(), (1, 2, 3), (2,), (3, 1)])
@pytest.mark.parametrize("cold", [False, True])
def test_the_room_goes_on_where_it_was(scene: Scene, removed: tuple[int, ...], cold: bool) -> None:
    scene.say(3)
    scene.pass_days(15)
    scene.remove(*removed)
    if cold:
        scene.world.flush_redis()
        scene.come()
    assert scene.room()["lastSeq"] == 3
    assert [m["seq"] for m in scene.say(2)] == [4, 5]
    assert scene.history() == [4, 5]
    assert scene.page(limit=1) == {**scene.page(limit=1), "hasMore": True}
    assert scene.page(limit=2)["hasMore"] is False


def test_what_is_gone_cannot_be_changed_or_answered(scene: Scene) -> None:
    [first] = scene.say()
    place = {"roomId": scene.room_id, "messageId": first["messageId"]}
    scene.pass_days(2)
    refused: Callable[..., str] = scene.world.refused
    assert refused(scene.ann, "message.edit", **place, body="x") == "NOT_FOUND"
    assert refused(scene.ann, "message.delete", **place) == "NOT_FOUND"
    assert refused(scene.ann, "message.react", **place, emoji="👍", on=True) == "NOT_FOUND"
    answer = {"roomId": scene.room_id, "clientId": "a", "body": "x", "replyTo": first["messageId"]}
    assert refused(scene.ann, "message.send", **answer) == "NOT_FOUND"


@pytest.mark.parametrize("removed", [(), (1,)])
def test_a_repeat_of_what_is_gone_is_a_duplicate_and_gets_a_tombstone(
    scene: Scene, removed: tuple[int, ...]
) -> None:
    data = {"roomId": scene.room_id, "clientId": "same", "body": "once"}
    first = scene.world.do(scene.ann, "message.send", **data)["message"]
    scene.pass_days(2)
    scene.remove(*removed)
    scene.world.forget_pushes()
    again = scene.world.do(scene.ann, "message.send", **data)
    assert again["duplicate"] is True
    assert again["message"]["messageId"] == first["messageId"]
    assert again["message"]["seq"] == 1
    assert (again["message"]["body"], again["message"]["createdAt"]) == (None, first["createdAt"])
    ended = datetime.fromisoformat(first["createdAt"]) + timedelta(days=2)
    assert datetime.fromisoformat(again["message"]["deletedAt"]) == ended
    assert scene.world.events_of(scene.bob) == []
    assert scene.room()["lastSeq"] == 1
    assert scene.history() == []


def test_a_repeat_with_a_reference_that_is_gone_is_still_a_duplicate(scene: Scene) -> None:
    [first] = scene.say()
    data = {"roomId": scene.room_id, "clientId": "same", "body": "x"}
    data["replyTo"] = first["messageId"]
    scene.world.do(scene.ann, "message.send", **data)
    scene.pass_days(2)
    again = scene.world.do(scene.ann, "message.send", **data)
    assert (again["duplicate"], again["message"]["body"]) == (True, None)


def test_unread_stays_a_distance(scene: Scene) -> None:
    scene.say(3)
    scene.pass_days(2)
    scene.say(1)
    assert scene.room()["me"]["unread"] == 4
    cursor = {"roomId": scene.room_id, "seq": 3}
    assert scene.world.do(scene.bob, "receipt.read", **cursor)["unread"] == 1
    assert scene.room()["me"]["unread"] == 1


def test_receipts_for_what_is_gone_reach_nobody(scene: Scene) -> None:
    scene.say(2)
    scene.world.relay()
    scene.pass_days(2)
    scene.world.forget_pushes()
    scene.world.do(scene.bob, "receipt.read", roomId=scene.room_id, seq=2)
    assert scene.world.events_of(scene.ann, "receipt:update") == []


# --- Catching up ----------------------------------------------------------------------------------


def test_a_sync_from_below_the_oldest_message_starts_anew(scene: Scene) -> None:
    scene.say(3)
    scene.pass_days(1)
    scene.say(2)
    scene.pass_days(1)
    for seq in (0, 1, 2):
        room, brought = scene.sync(seq)
        assert (room["reset"], room["lastSeq"], brought) == (True, 5, [])
    room, brought = scene.sync(3)
    assert ("reset" in room, brought) == (False, [4, 5])
    assert "reset" not in scene.sync(5)[0]


def test_a_sync_when_all_is_gone_starts_anew_once(scene: Scene) -> None:
    scene.say(3)
    scene.pass_days(2)
    room, brought = scene.sync(2)
    assert (room["reset"], room["lastSeq"], brought) == (True, 3, [])
    room, brought = scene.sync(3)
    assert ("reset" in room, brought) == (False, [])


def test_a_cursor_beyond_the_end_still_starts_anew(scene: Scene) -> None:
    scene.say(3)
    scene.pass_days(2)
    assert scene.sync(4)[0]["reset"] is True


def test_a_sync_whose_messages_end_between_its_pages_starts_the_room_anew() -> None:
    scene = Scene()
    for _ in range(20):
        scene.world.say(scene.ann, scene.room_id, "x" * 4_000)
    known = {scene.room_id: {"seq": 1, "rev": 0}}
    first = scene.world.do(scene.bob, "sync.start", rooms=known)
    assert first["changes"][0]["hasMore"] is True
    scene.world.wait(2 * DAY_S)
    bob = scene.world.person("bob")
    second = scene.world.do(bob, "sync.start", rooms=known, cursor=first["cursor"])
    assert [(r["reset"], r["lastSeq"]) for r in second["rooms"]] == [(True, 20)]
    assert second["changes"] == []


def test_changes_of_what_is_left_are_brought(scene: Scene) -> None:
    first, *_ = scene.say(2)
    scene.pass_days(1)
    third, fourth = scene.say(2)
    for message in (first, third):
        place = {"roomId": scene.room_id, "messageId": message["messageId"]}
        scene.world.do(scene.ann, "message.edit", **place, body="better")
    scene.pass_days(1)
    room, brought = scene.sync(4)
    assert ("reset" in room, brought) == (False, [third["seq"]])
    del fourth


# --- The setting ----------------------------------------------------------------------------------


def test_a_shorter_time_holds_at_once_for_what_was_sent_before() -> None:
    scene = Scene(days=0)
    scene.say(3)
    scene.pass_days(5)
    scene.say(2)
    scene.keep(3)
    assert scene.history() == scene.history(after=0) == [4, 5]
    assert scene.sync(2)[0]["reset"] is True
    scene.keep(None)
    assert scene.history() == [1, 2, 3, 4, 5]


def test_a_longer_time_brings_back_nothing_that_was_to_go() -> None:
    scene = Scene(days=2)
    scene.say(3)
    scene.pass_days(2)
    scene.keep(0)
    scene.say(2)
    assert scene.history() == scene.history(after=0) == [4, 5]
    scene.pass_days(400)
    assert scene.history() == [4, 5]
    scene.remove(1, 2, 3)
    assert [m["seq"] for m in scene.say()] == [6]
    assert scene.history() == [4, 5, 6]


def test_below_what_is_gone_nothing_is_shown_though_it_was_to_be_kept_longer() -> None:
    scene = Scene(days=30)
    scene.say(2)
    scene.keep(1)
    scene.say(2)
    scene.keep(30)
    scene.say(2)
    scene.pass_days(1)
    assert scene.history() == [5, 6]
    assert scene.history(after=0) == scene.history(after=0, limit=5) == [5, 6]
    assert scene.history(after=0, limit=2) == [5, 6]
    for removed in ((), (4,), (3,)):
        scene.remove(*removed)
        assert scene.history(before=5) == scene.history(before=4) == []
        assert scene.history() == [5, 6]
    # Not what a page before the end of time means.
    assert scene.history(before=2**53) == [5, 6]


def test_a_setting_that_goes_up_and_down_leaves_what_is_behind_the_last_that_went() -> None:
    scene = Scene(days=30)
    for days in (30, 1) * 6 + (30,):
        scene.keep(days)
        scene.say()
    scene.keep(30)
    scene.say(3)
    scene.pass_days(1)
    for limit in (1, 2, 3, 4, 5, 50):
        page = scene.page(after=0, limit=limit)
        assert [m["seq"] for m in page["messages"]] == [13, 14, 15, 16][:limit]
        assert page["hasMore"] is (limit < 4)
    assert scene.history() == [13, 14, 15, 16]


def test_the_time_is_that_of_the_rooms_tenant_in_manage_scope(
    scene: Scene,
) -> None:
    scene.say(2)
    root = scene.world.person("root", manages=True)
    data = {"toUserId": "ann", "tenantId": "acme", "clientId": "m", "body": "hello"}
    room_id = scene.world.do(root, "message.send", **data)["message"]["roomId"]
    scene.pass_days(2)
    root = scene.world.person("root", manages=True)
    assert scene.world.do(root, "message.history", roomId=room_id)["messages"] == []
    stored = scene.store.get(ACME, RoomId(room_id), 1)
    assert stored.kept_days == 2


# --- Long rooms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [1, 49, 50, 51, 99, 100, 101, 350])
@pytest.mark.parametrize("removed", ["none", "half", "all"])
def test_history_from_the_beginning_begins_behind_what_is_hidden(hidden: int, removed: str) -> None:
    scene = Scene()
    scene.say(hidden)
    scene.pass_days(1)
    scene.say(60)
    scene.pass_days(1)
    step = {"none": hidden, "half": 2, "all": 1}[removed]
    scene.remove(*(range(1, hidden + 1, step) if removed != "none" else ()))
    calls = scene.world.out.calls
    calls.clear()
    page = scene.page(after=0, limit=50)
    assert [m["seq"] for m in page["messages"]] == list(range(hidden + 1, hidden + 51))
    assert page["hasMore"] is True
    assert sum(call.startswith("messages.") for call in calls) < 16
    assert scene.history(after=hidden + 50) == list(range(hidden + 51, hidden + 61))
    place = ACME, RoomId(scene.room_id)
    for before, seqs in ((hidden + 3, [hidden + 1, hidden + 2]), (hidden, []), (1, [])):
        found = scene.world.app.kept.page(*place, before=before, limit=1, newest=False)
        assert [m.seq for m in found] == seqs[:1]


def test_a_system_message_is_kept_as_long(scene: Scene) -> None:
    scene.world.do(scene.ann, "room.update", roomId=scene.room_id, name="Team")
    assert scene.store.get(ACME, RoomId(scene.room_id), 1).kept_days == 2
    scene.pass_days(2)
    assert scene.history() == []
    scene.remove(1)
    scene.world.flush_redis()
    scene.come()
    assert [m["seq"] for m in scene.say()] == [2]


def test_a_stale_hint_in_redis_leads_to_no_number_twice(scene: Scene) -> None:
    scene.say(1)
    draft = scene.store.head(ACME, RoomId(scene.room_id)).last_message
    assert draft is not None
    # Redis never learned of these two.
    scene.world.out.server.down = True
    scene.say(2)
    scene.world.out.server.down = False
    scene.pass_days(3)
    scene.remove(1, 2, 3)
    assert [m["seq"] for m in scene.say()] == [4]
    assert isinstance(Stored(draft), Stored)
