"""Frames by grammar and mutation, and each odd part by itself: one answer, of the closed set."""

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from parley.protocol.commands import OPERATIONS
from tests.attacks import amounts
from tests.attacks.fuzz_runs import FRAMES_A_WORLD, in_process, wrong_with
from tests.attacks.fuzzing import NO_FRAMES, NUMBERS, RAW_NUMBERS, Frames, Json
from tests.support.memory import World
from tests.unit.protocol.samples import FULL

FRAMES = int(os.environ.get("FUZZ_FRAMES", amounts.amount(5_000, 1_000_000)))
# Ten times what a frame may cost; most take less than one.
SLOW_S = 0.5
# Whose names a client might like to choose for others to read.
FORGED: dict[str, Any] = {
    "tenantId": "globex",
    "senderId": "victim",
    "senderName": "Victim",
    "userId": "victim",
    "connectionId": "Conn000001AbCd=",
    "seq": 1,
    "rev": 1,
    "lastSeq": 9,
    "messageId": "0000000000cyegsf803ad",
    "createdAt": "2000-01-01T00:00:00.000Z",
    "editedAt": None,
    "deletedAt": None,
    "role": "owner",
    "scope": "manage",
    "isAdmin": True,
    "__proto__": {"role": "owner"},
    "room_id": "g-x",
}


@pytest.mark.scenario("C16", "M2", "M3", "M4", "M5")
def test_whatever_comes_is_answered_once_from_the_closed_set_and_soon() -> None:
    ran = in_process(FRAMES, seed=20_260_101)
    assert ran.problems == []
    assert ran.frames == FRAMES
    assert {"ok", "silent", "VALIDATION_ERROR", "NOT_FOUND", "FORBIDDEN"} <= set(ran.outcomes)
    # Enough of them pass for the services to be tried, too.
    assert ran.outcomes["ok"] > FRAMES / 50
    assert ran.slowest_s < SLOW_S, ran.slowest
    if FRAMES >= 20 * FRAMES_A_WORLD and ran.drift is not None:
        assert ran.drift < 0.05


def test_the_same_seed_gives_the_same_frames() -> None:
    one, same, other = Frames(1), Frames(1), Frames(2)
    frames = [one.next() for _ in range(200)]
    assert frames == [same.next() for _ in range(200)]
    assert frames != [other.next() for _ in range(200)]
    assert all(len(frame.encode()) <= 32 * 1024 for frame in frames)


GOOD = '{"action":"room","op":"get","id":"x","data":{}}'
REFUSAL: dict[str, Any] = {
    "id": "x",
    "ok": False,
    "error": "NOT_FOUND",
    "message": "No.",
    "correlationId": "c",
}


@pytest.mark.parametrize(
    ("text", "reply", "problem"),
    [
        (GOOD, REFUSAL, ""),
        (GOOD, {"id": "x", "ok": True, "data": {}}, ""),
        (GOOD.replace("room", "typing"), None, ""),
        ("[]", {**REFUSAL, "id": None}, ""),
        (GOOD, None, "no answer"),
        (GOOD, {**REFUSAL, "error": "INTERNAL_ERROR"}, "not in the closed set"),
        (GOOD, {"message": "Internal server error"}, "not in the closed set"),
        (GOOD, {**REFUSAL, "trace": "Traceback"}, "no refusal of ours"),
        (GOOD, {**REFUSAL, "correlationId": ""}, "no refusal of ours"),
        (GOOD, {**REFUSAL, "id": None}, "another id"),
        (GOOD, {"id": "y", "ok": True, "data": {}}, "no reply of ours"),
        (GOOD, {"id": "x", "ok": True, "data": []}, "no reply of ours"),
    ],
)
def test_an_answer_outside_of_the_contract_is_noticed(
    text: str, reply: Json | None, problem: str
) -> None:
    assert wrong_with(text, reply) == problem


@pytest.mark.scenario("C16")
@pytest.mark.parametrize("text", NO_FRAMES, ids=range(len(NO_FRAMES)))
def test_what_is_no_frame_is_refused(text: str) -> None:
    world = World()
    reply = world.frame(world.person("ann"), text)
    assert reply is not None
    assert (reply["ok"], reply["error"]) == (False, "VALIDATION_ERROR")


def numeric_fields() -> Iterator[tuple[str, str]]:
    for operation, sample in FULL.items():
        for name, value in sample.items():
            if type(value) is int:
                yield operation, name
    yield "sync.start", "rooms"


@pytest.mark.scenario("M3")
@pytest.mark.parametrize(("operation", "field"), list(numeric_fields()))
def test_only_plain_numbers_within_bounds_are_numbers(operation: str, field: str) -> None:
    world = World()
    ann = world.person("ann")
    room_id = world.group(ann)
    written = [*map(json.dumps, NUMBERS), *RAW_NUMBERS]
    good = {"0", "1", "2", "100", "101", str(2**31), str(10**15), str(2**53), "-0"}
    for digits in written:
        data: Json = {"roomId": room_id, field: "@@"}
        if field == "rooms":
            data = {"rooms": {room_id: {"seq": "@@", "rev": 0}}}
        if operation == "room.list":
            del data["roomId"]
        action, _, op = operation.partition(".")
        frame = {"action": action, "op": op, "id": "x", "data": data}
        reply = world.frame(ann, json.dumps(frame).replace('"@@"', digits))
        assert reply is not None
        is_good = digits in (good if field != "limit" else {"1", "2", "100"})
        optional = digits == "null" and field in ("before", "after")
        assert reply["ok"] is (is_good or optional), digits[:30]
        assert reply["ok"] or reply["error"] == "VALIDATION_ERROR"


def objects(frame: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path to every object in a frame."""
    if isinstance(frame, dict):
        yield path
        for key, value in frame.items():
            yield from objects(value, (*path, key))


@pytest.mark.scenario("M4")
@pytest.mark.parametrize("operation", FULL)
def test_a_key_that_is_given_twice_is_refused_wherever_it_is(operation: str) -> None:
    """Else the route could be chosen by one of them, and the operation by the other."""
    world = World()
    ann = world.person("ann")
    action, _, op = operation.partition(".")
    text = json.dumps({"action": action, "op": op, "id": "x", "data": FULL[operation]})
    members = [key for path in objects(json.loads(text)) for key in at(json.loads(text), path)]
    world.forget_pushes()
    for key in members:
        twice = text.replace(f'"{key}": ', f'"{key}": null, "{key}": ', 1)
        assert twice != text
        reply = world.frame(ann, twice)
        if reply is None:
            assert action == "typing"
            continue
        assert (reply["id"], reply["error"]) == (None, "VALIDATION_ERROR"), twice
    assert world.out.calls == []


def at(frame: Any, path: tuple[Any, ...]) -> dict[str, Any]:
    for key in path:
        frame = frame[key]
    found: dict[str, Any] = frame
    return found


@pytest.mark.scenario("M4")
def test_a_frame_of_two_actions_is_carried_out_by_neither() -> None:
    """API Gateway takes one of them; whichever it is, the function takes none."""
    world = World()
    ann = world.person("ann")
    for one, other in pairwise(["message", "room", "presence", "sync", "receipt", "message"]):
        text = f'{{"action":"{one}","action":"{other}","op":"get","id":"x","data":{{}}}}'
        for reply in (world.frame(ann, text), world.frame(ann, text.replace('"op"', '"o\\u0070"'))):
            assert reply is not None
            assert reply["error"] == "VALIDATION_ERROR"


@pytest.mark.scenario("M5", "P1", "A1")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nobody_can_say_who_or_when_or_where_they_are(operation: str) -> None:
    """Identity comes from the token alone; a field that is not of the operation is refused."""
    world = World()
    ann = world.person("ann")
    room_id = world.group(ann, "ben")
    own = {field.alias for field in OPERATIONS[operation].model_fields.values()}
    data = {name: value for name, value in FULL[operation].items() if name != "tenantId"}
    if "roomId" in data:
        data["roomId"] = room_id
    world.forget_pushes()
    for name, value in FORGED.items():
        if name not in own:
            reply = world.tell(ann, operation, **data, **{name: value})
            assert reply is None or reply["error"] == "VALIDATION_ERROR", name
    for name in ("tenantId", "userId", "connectionId", "role", "requestContext", "authorizer"):
        action, _, op = operation.partition(".")
        frame = {"action": action, "op": op, "id": "x", "data": data, name: "victim"}
        reply = world.frame(ann, json.dumps(frame))
        assert reply is None or reply["error"] == "VALIDATION_ERROR", name
    assert (world.out.calls, world.out.push.sent) == ([], [])
