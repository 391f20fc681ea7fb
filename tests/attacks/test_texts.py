"""Texts of every script and trick: refused as the contract says, or back as they were (M1)."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from parley.domain.people import Connection
from tests.attacks.amounts import some
from tests.attacks.corpora.texts import TEXTS, expected, has_refused_control
from tests.attacks.fuzz_runs import LIMITS
from tests.support.memory import World
from tests.support.rest import Rest

MAX_BODY_CHARS = 4_000
MAX_NAME_CHARS = 128
MAX_EMOJI_BYTES = 32
BODIES = list(TEXTS)
NAMES = [text for text in TEXTS if len(text) <= MAX_NAME_CHARS]
EMOJI = [text for text in TEXTS if len(text) <= MAX_EMOJI_BYTES]


class Scene:
    """Two people in a room."""

    def __init__(self) -> None:
        self.world = World(**LIMITS)
        self.ann, self.ben = self.world.person("ann"), self.world.person("ben")
        self.room_id = self.world.group(self.ann, "ben")

    def send(self, number: int, body: str) -> dict[str, Any]:
        data = {"roomId": self.room_id, "clientId": f"c{number}", "body": body}
        return self.world.ask(self.ann, "message.send", **data)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def refusal_of(body: str) -> str | None:
    """Return the code that SPEC §6 asks for, if the body may not be."""
    text = expected(body)
    if len(text) > MAX_BODY_CHARS:
        return "PAYLOAD_TOO_LARGE"
    return "VALIDATION_ERROR" if not text or has_refused_control(body) else None


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    refusals = [refusal_of(body) for body in set(BODIES)]
    assert len(refusals) >= 400
    assert refusals.count(None) >= 250
    assert {*refusals} == {None, "VALIDATION_ERROR", "PAYLOAD_TOO_LARGE"}


@pytest.mark.scenario("M1")
def test_a_body_is_refused_or_stored_told_listed_and_synced_byte_for_byte(scene: Scene) -> None:
    kept = []
    for number, body in enumerate(BODIES):
        reply = scene.send(number, body)
        refusal = refusal_of(body)
        if refusal is not None:
            assert (reply["ok"], reply.get("error")) == (False, refusal), body[:50]
            continue
        kept.append(expected(body))
        assert reply["data"]["message"]["body"] == kept[-1]
    told = [event["body"] for event in scene.world.events_of(scene.ben, "message:new")]
    assert told == kept
    assert listed(scene.world, scene.ben, scene.room_id) == kept
    assert synced(scene.world, scene.ben, scene.room_id) == kept


def listed(world: World, person: Connection, room_id: str) -> list[str]:
    bodies: list[str] = []
    after = 0
    while True:
        page = world.do(person, "message.history", roomId=room_id, after=after, limit=100)
        bodies += [message["body"] for message in page["messages"]]
        if not page["hasMore"]:
            return bodies
        after = page["messages"][-1]["seq"]


def synced(world: World, person: Connection, room_id: str) -> list[str]:
    known = {room_id: {"seq": 0, "rev": 0}}
    bodies: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = world.do(person, "sync.start", rooms=known, **more)
        for change in page["changes"]:
            bodies += [message["body"] for message in change["messages"]]
            known[room_id]["seq"] = max(m["seq"] for m in change["messages"])
        behind = any(change["hasMore"] for change in page["changes"])
        if page["cursor"] is None and not behind:
            return bodies
        more = {} if page["cursor"] is None else {"cursor": page["cursor"]}


@pytest.mark.scenario("M1")
def test_an_edit_takes_the_same_bodies(scene: Scene) -> None:
    message = scene.world.say(scene.ann, scene.room_id, "first")
    place = {"roomId": scene.room_id, "messageId": message["messageId"]}
    now = "first"
    for body in some(BODIES, 2):
        reply = scene.world.ask(scene.ann, "message.edit", **place, body=body)
        refusal = refusal_of(body)
        if refusal is None:
            now = expected(body)
            assert reply["data"]["body"] == now
        else:
            assert reply["error"] == refusal
    assert listed(scene.world, scene.ben, scene.room_id) == [now]


@pytest.mark.scenario("M1")
@pytest.mark.parametrize("how", ["create", "update"])
def test_a_rooms_name_is_refused_or_shown_as_it_was_said(scene: Scene, how: str) -> None:
    shown = 0
    for name in NAMES:
        if how == "create":
            reply = scene.world.ask(scene.ann, "room.create", type="group", name=name)
        else:
            reply = scene.world.ask(scene.ann, "room.update", roomId=scene.room_id, name=name)
        text = expected(name)
        invisible = all(unicodedata.category(char)[0] in "ZMC" for char in text)
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in text) or not text:
            assert reply["error"] == "VALIDATION_ERROR", name
        elif reply["ok"]:
            shown += 1
            assert reply["data"]["name"] == text
        else:
            assert (reply["error"], invisible) == ("VALIDATION_ERROR", True), name
    assert shown >= 200


@pytest.mark.scenario("M1")
def test_an_emoji_is_refused_or_one_visible_character(scene: Scene) -> None:
    taken = []
    for text in EMOJI:
        message = scene.world.say(scene.ann, scene.room_id)
        place = {"roomId": scene.room_id, "messageId": message["messageId"]}
        reply = scene.world.ask(scene.ann, "message.react", **place, emoji=text, on=True)
        if reply["ok"]:
            (emoji,) = reply["data"]["reactions"]
            assert emoji == expected(text)
            assert len(emoji.encode()) <= MAX_EMOJI_BYTES
            taken.append(emoji)
        else:
            assert reply["error"] == "VALIDATION_ERROR"
    assert {"😀", "❤️", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈"} <= set(taken)
    assert not any(emoji.isspace() or disturbing(emoji) for emoji in taken)


@pytest.mark.scenario("M1")
def test_by_rest_the_same_bodies_are_kept_and_refused(
    plain_world: World, admin: Callable[[World], Rest]
) -> None:
    rest = admin(plain_world)
    room = rest.do("POST", "/rooms", {"type": "group", "memberIds": ["ben"]})
    path = f"/rooms/{room['roomId']}/messages"
    for number, body in enumerate(some(BODIES, 3, "rest")):
        status, _, answer = rest.answer("POST", path, {"clientId": f"c{number}", "body": body})
        refusal = refusal_of(body)
        if refusal is None:
            assert (status, answer["message"]["body"]) == (200, expected(body))
        else:
            assert answer["error"] == refusal


@pytest.mark.scenario("M1")
def test_a_persons_name_by_rest_is_refused_or_harmless(
    plain_world: World, admin: Callable[[World], Rest]
) -> None:
    rest = admin(plain_world)
    for name in some([name for name in NAMES if name], 2):
        status, _, answer = rest.answer("PUT", "/users/ben", {"name": name})
        if status == 400:
            assert answer["error"] == "VALIDATION_ERROR"
        else:
            assert (status, disturbing(answer["name"])) == (200, [])


def disturbing(name: str) -> list[str]:
    """Return what of a name could reach beyond it."""
    return [
        char
        for char in name
        if unicodedata.category(char) in ("Cc", "Cs") or "\u202a" <= char <= "\u202e"
    ]
