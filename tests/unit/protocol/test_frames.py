"""The envelope: what is read of a frame, and how replies, errors and events are written."""

import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from parley.errors import Detail, ErrorCode, InvalidInput, PayloadTooLarge
from parley.protocol import frames
from parley.protocol.views import Bye, RoomRemoved
from tests.unit.protocol.samples import FULL, ROOM

GOOD: dict[str, Any] = {"action": "room", "op": "get", "id": "1", "data": {"roomId": ROOM}}


def envelope(**changes: Any) -> frames.Envelope:
    members = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    return frames.read_envelope(json.dumps(members))


def refused(**changes: Any) -> list[Detail]:
    with pytest.raises(InvalidInput) as caught:
        frames.read_command(envelope(**changes))
    return list(caught.value.details)


# --- Reading ------------------------------------------------------------------------------------


def test_a_frame_names_its_operation_and_keeps_its_id() -> None:
    command = frames.read_command(envelope())
    assert (command.id, command.operation) == ("1", "room.get")
    assert command.data.model_dump(by_alias=True) == {"roomId": ROOM}


@pytest.mark.parametrize("text", ["[]", '"x"', "1", "null", "true", '[{"action":"room"}]'])
def test_a_frame_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        frames.read_envelope(text)
    assert caught.value.details == (Detail("$", "must be an object"),)


def test_a_frame_over_32_kb_is_too_large() -> None:
    with pytest.raises(PayloadTooLarge):
        envelope(data={"roomId": "x" * 32 * 1024})


@pytest.mark.parametrize("frame_id", [None, "", "x" * 65, 1, 1.5, True, [], {}, ["1"], ...])
def test_an_id_that_cannot_be_read_is_null_in_the_answer_and_refused(frame_id: Any) -> None:
    assert envelope(id=frame_id).id is None
    assert refused(id=frame_id) == [Detail("id", "must be a string of 1 to 64 characters")]


@pytest.mark.parametrize("frame_id", ["1", "x" * 64, "😀" * 64, "\x00", "a b", "\u2028", "null"])
def test_an_id_of_1_to_64_characters_comes_back_as_it_was(frame_id: str) -> None:
    command = frames.read_command(envelope(id=frame_id))
    assert command.id == frame_id
    for text in (
        frames.ok_frame(command.id, RoomRemoved(room_id="r")),
        frames.error_frame(command.id, frames.error_body(ErrorCode.CONFLICT, "No.", "c")),
    ):
        assert json.loads(text)["id"] == frame_id


def test_typing_needs_no_id_but_a_bad_one_is_refused() -> None:
    assert frames.read_command(envelope(action="typing", op="start", id=...)).id is None
    assert frames.read_command(envelope(action="typing", op="stop", id="7")).id == "7"
    for bad in (5, "", "x" * 65):
        assert [d.path for d in refused(action="typing", op="start", id=bad)] == ["id"]


@pytest.mark.parametrize(
    ("action", "op"),
    [
        ("room", "nonsense"),
        ("room", ""),
        ("room", None),
        ("room", 1),
        ("room", ["get"]),
        ("room", ...),
        ("room", "GET"),
        ("room", "get "),
        ("", "room.get"),
        (None, "get"),
        (..., "get"),
        (["room"], "get"),
        ("message", "get"),
        ("room.get", ""),
        ("__class__", "mro"),
    ],
)
def test_an_operation_that_is_unknown_is_refused(action: Any, op: Any) -> None:
    assert refused(action=action, op=op) == [Detail("op", "unknown operation")]


def test_unknown_fields_of_a_frame_are_refused_by_name() -> None:
    extras: dict[str, Any] = {"tenantId": "other", "x" * 100: 1}
    assert refused(**extras) == [
        Detail("tenantId", "unknown field"),
        Detail("x" * 64, "unknown field"),
    ]
    many: dict[str, Any] = {f"f{number}": 1 for number in range(100)}
    assert len(refused(**many)) == frames.MAX_DETAILS


def test_the_id_of_a_frame_is_known_even_when_the_rest_is_refused() -> None:
    assert envelope(tenantId="other", op=None, data=3).id == "1"


def test_details_are_few_short_and_say_where() -> None:
    data = {"roomId": 1, **{"\x01" * 90 + str(number): 1 for number in range(50)}}
    details = refused(data=data)
    assert len(details) == frames.MAX_DETAILS
    assert details[0] == Detail("data.roomId", "Input should be a valid string")
    assert all(len(detail.path) <= 5 + frames.MAX_PATH_PART for detail in details)


# --- Writing ------------------------------------------------------------------------------------


def test_a_positive_reply_has_id_ok_and_data() -> None:
    text = frames.ok_frame("ä", RoomRemoved(room_id="g-é"))
    assert text == '{"id":"ä","ok":true,"data":{"roomId":"g-é"}}'
    assert json.loads(frames.ok_frame(None, RoomRemoved(room_id="r")))["id"] is None


def test_a_negative_reply_has_id_code_text_and_correlation_id() -> None:
    body = frames.error_body(ErrorCode.NOT_FOUND, "Nothing.", "req-1")
    assert json.loads(frames.error_frame(None, body)) == {
        "id": None,
        "ok": False,
        "error": "NOT_FOUND",
        "message": "Nothing.",
        "correlationId": "req-1",
    }


def test_details_and_the_delay_are_there_only_where_there_are_any() -> None:
    body = frames.error_body(
        ErrorCode.VALIDATION_ERROR, "No.", "c", (Detail("data.a", "bad"),), retry_after_s=2.34567
    )
    assert body["details"] == [{"path": "data.a", "reason": "bad"}]
    assert body["retryAfter"] == 2.346


def test_a_delay_is_never_zero() -> None:
    assert frames.error_body(ErrorCode.RATE_LIMITED, "W.", "c", retry_after_s=0)["retryAfter"] > 0


def test_an_event_has_its_name_and_data_in_utf_8() -> None:
    bye = Bye(code=4001, reason="bis später", reconnect=True)
    raw = frames.event_frame("bye", bye)
    assert (
        raw.decode()
        == '{"event":"bye","data":{"code":4001,"reason":"bis später","reconnect":true}}'
    )
    assert frames.size_bytes(bye) == len(frames.dump(bye).encode()) == len(raw) - 23


def test_the_worst_refusal_fits_the_30_kb_of_a_frame() -> None:
    nasty = "\x01" * 64
    data = {"rooms": {nasty + str(number): {nasty: 1, "seq": -1} for number in range(20)}}
    with pytest.raises(InvalidInput) as caught:
        frames.read_command(envelope(action="sync", op="start", id=nasty, data=data))
    body = frames.error_body(ErrorCode.VALIDATION_ERROR, "No.", "c" * 64, caught.value.details)
    assert len(frames.error_frame(nasty, body).encode()) <= frames.MAX_SENT_BYTES


# --- Any frame at all ---------------------------------------------------------------------------

PIECES = [
    '"', "\\", "{", "}", "[", "]", ":", ",", "null", "true", "NaN", "-1", "1e999", "9" * 20, "0.5",
    "\\ud800", "\ud800", "\x00", "\n", "é", "😀", '"id"', '"data"', '{"a":', "[[", "\ufeff", "\\u0",
    '"action":"room",', "e\u0301", "\u202e", " ", '"roomId":', "Infinity", '{"":{"":0}}',
]  # fmt: skip
FUZZED = 20_000


def mutated_frames(seed: int) -> Iterator[str]:
    """Yield real frames with a few pieces put in, taken out, doubled or swapped."""
    chance = random.Random(seed)  # noqa: S311
    texts = []
    for operation, data in FULL.items():
        action, op = operation.split(".")
        frame = {"action": action, "op": op, "id": "1", "data": data}
        texts += [json.dumps(frame, ensure_ascii=False), json.dumps(frame, indent=1)]
    for _ in range(FUZZED):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.choice([0, 0, 1, 1, 3, 20]))
            piece = chance.choice([*PIECES, "", text[start:end] * 2])
            text = text[:start] + piece + text[end:]
        yield text


def test_a_mutated_frame_is_read_or_refused_and_nothing_else_happens() -> None:
    outcomes = {"read": 0, "refused": 0}
    started = time.process_time()
    for text in mutated_frames(seed=20_261_120):
        try:
            frames.read_command(frames.read_envelope(text))
            outcomes["read"] += 1
        except InvalidInput as exc:
            assert 0 < len(exc.details) <= frames.MAX_DETAILS
            outcomes["refused"] += 1
    assert min(outcomes.values()) > FUZZED / 100
    assert time.process_time() - started < FUZZED / 1_000


# --- What of it is for the logs -------------------------------------------------------------------


@pytest.mark.scenario("S6")
@pytest.mark.parametrize(
    ("operation", "data", "logged"),
    [
        ("message.send", {"roomId": 7}, "data.roomId: Input should be a valid string"),
        ("message.send", {"secret word": 1}, "?: Extra inputs are not permitted"),
        (
            "sync.start",
            {"rooms": {"secret word": {"seq": "x"}}},
            "?: Input should be a valid integer",
        ),
        ("presence.list", {"userIds": ["a", 7]}, "data.userIds.1: Input should be a valid string"),
    ],
)
def test_names_that_a_client_chose_are_told_to_it_and_to_no_log(
    operation: str, data: dict[str, Any], logged: str
) -> None:
    action, _, op = operation.partition(".")
    with pytest.raises(InvalidInput) as caught:
        frames.read_command(envelope(action=action, op=op, data=data))
    assert logged in str(caught.value)
    assert "secret" not in str(caught.value)
    told = any("secret" in detail.path for detail in caught.value.details)
    assert told is ("secret" in json.dumps(data))


@pytest.mark.scenario("S6")
def test_a_frames_own_unknown_fields_are_in_no_log() -> None:
    with pytest.raises(InvalidInput, match=r"^\?: unknown field$"):
        frames.read_command(envelope(**{"secret word": 1}))
