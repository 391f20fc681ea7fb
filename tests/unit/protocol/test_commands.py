"""Each operation's data: what is needed, what is refused, and where the error points."""

import json
from typing import Any

import pytest

from parley.errors import Detail, InvalidInput
from parley.protocol import frames
from parley.protocol.commands import (
    OPERATIONS,
    CreateRoom,
    Heartbeat,
    ListRooms,
    ReadHistory,
    SendMessage,
    StartSync,
)
from parley.protocol.fields import Input
from parley.protocol.strict import MAX_FRAME_BYTES
from tests.unit.protocol.samples import FULL, REQUIRED, ROOM

FIELDS = [(name, field) for name, data in FULL.items() for field in data]
WRONG_TYPES: list[Any] = [True, 1.0, 1.5, 3, "3", [[]], [1], {"a": []}, {}]


def read(operation: str, data: object) -> Input:
    envelope = frames.read_envelope(json.dumps(frame_of(operation, data)))
    command = frames.read_command(envelope)
    assert command.operation == operation
    return command.data


def frame_of(operation: str, data: object) -> dict[str, Any]:
    action, op = operation.split(".")
    return {"action": action, "op": op, "id": "1", "data": data}


def refused(operation: str, data: object) -> list[Detail]:
    with pytest.raises(InvalidInput) as caught:
        read(operation, data)
    return list(caught.value.details)


def test_the_operations_are_those_of_the_contract() -> None:
    assert list(OPERATIONS) == list(FULL) == list(REQUIRED)


@pytest.mark.covers("B-31", "B-32", "C-33", "D-21")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_field_at_once_is_read(operation: str) -> None:
    data = read(operation, FULL[operation])
    assert data.model_dump(by_alias=True, exclude_unset=True, mode="json") == FULL[operation]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_required_fields_alone_are_enough(operation: str) -> None:
    data = {name: FULL[operation][name] for name in REQUIRED[operation]}
    if operation == "message.send":
        data["toUserId"] = "ben"
    read(operation, data)


@pytest.mark.covers("D-21", "D-74")
@pytest.mark.parametrize(("operation", "field"), FIELDS)
def test_a_missing_field_is_refused_by_its_path_if_it_is_required(
    operation: str, field: str
) -> None:
    data = {name: value for name, value in FULL[operation].items() if name != field}
    if field in REQUIRED[operation]:
        assert refused(operation, data) == [Detail(f"data.{field}", "Field required")]
    elif (operation, field) == ("message.send", "roomId"):
        assert refused(operation, data) == [Detail("data", "name either roomId or toUserId")]
    else:
        read(operation, data)


@pytest.mark.parametrize(("operation", "field"), FIELDS)
def test_a_field_of_another_type_is_refused_by_its_path(operation: str, field: str) -> None:
    right = FULL[operation][field]
    for wrong in WRONG_TYPES:
        if type(wrong) is type(right) and wrong not in ([[]], [1], {"a": []}):
            continue
        for detail in refused(operation, {**FULL[operation], field: wrong}):
            assert detail.path.startswith(f"data.{field}")
            assert detail.reason


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("extra", ["sender", "senderId", "seq2", "role2", "__class__", "", "\n"])
def test_an_unknown_field_is_refused_by_its_path(operation: str, extra: str) -> None:
    (detail,) = refused(operation, {**FULL[operation], extra: "x"})
    assert detail == Detail(f"data.{extra}", "Extra inputs are not permitted")


@pytest.mark.parametrize(("operation", "field"), [f for f in FIELDS if f[1] != f[1].lower()])
def test_a_field_has_no_second_spelling(operation: str, field: str) -> None:
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in field)
    data = {**FULL[operation], snake: FULL[operation][field]}
    assert [detail.path for detail in refused(operation, data)] == [f"data.{snake}"]
    del data[field]
    assert f"data.{snake}" in {detail.path for detail in refused(operation, data)}


@pytest.mark.parametrize("data", [None, [], "x", 1, True, [1]])
def test_data_that_is_no_object_is_refused(data: object) -> None:
    assert [detail.path for detail in refused("room.get", data)] == ["data"]


@pytest.mark.parametrize("operation", [name for name, names in REQUIRED.items() if not names])
def test_data_may_be_absent_where_all_of_it_is_optional(operation: str) -> None:
    frame = frame_of(operation, {})
    del frame["data"]
    frames.read_command(frames.read_envelope(json.dumps(frame)))


# --- Numbers ------------------------------------------------------------------------------------

NUMBERS = [
    ("message.history", "before", 0, 2**53),
    ("message.history", "after", 0, 2**53),
    ("message.history", "limit", 1, 100),
    ("receipt.read", "seq", 0, 2**53),
    ("receipt.delivered", "seq", 0, 2**53),
    ("room.list", "limit", 1, 100),
]


@pytest.mark.parametrize(("operation", "field", "low", "high"), NUMBERS)
def test_numbers_are_whole_and_within_their_bounds(
    operation: str, field: str, low: int, high: int
) -> None:
    base = {name: FULL[operation][name] for name in REQUIRED[operation]}
    for good in (low, high):
        read(operation, {**base, field: good})
    for bad in (low - 1, -1, True, False, 1.0, "1", "٣", [1]):
        assert refused(operation, {**base, field: bad})[0].path == f"data.{field}"
    if high < 2**53:
        assert refused(operation, {**base, field: high + 1})[0].path == f"data.{field}"


def test_numbers_of_a_room_cursor_are_checked_too() -> None:
    for bad in (-1, True, 1.5, "1", None):
        (detail,) = refused("sync.start", {"rooms": {ROOM: {"seq": bad}}})
        assert detail.path == f"data.rooms.{ROOM}.seq"


# --- Text and ids -------------------------------------------------------------------------------

EXTERNAL_IDS = [
    ("message.send", "toUserId", 128),
    ("message.send", "tenantId", 128),
    ("message.send", "clientId", 64),
    ("room.create", "clientId", 64),
    ("room.create", "tenantId", 128),
    ("room.create", "spaceId", 128),
    ("room.addMember", "userId", 128),
    ("room.removeMember", "userId", 128),
    ("presence.list", "tenantId", 128),
    ("presence.subscribe", "tenantId", 128),
]
ODD_IDS = [
    "a:b", "{t}", "a#b", "*", "../x", "a b", " a", "@manage/x", "%00", "ann@acme.example",
    "語", "😀", "\u202eabc", "null", "<script>", "'; --", "é", "a\u200db", "x" * 64, "\u2028",
]  # fmt: skip
BAD_IDS = ["", "a\nb", "\x00", "a\x7f", "\x85", "\x1b[31m", "e\u0301", "\u212b", "\t", "a\r"]


@pytest.mark.parametrize(("operation", "field", "max_chars"), EXTERNAL_IDS)
def test_ids_of_others_may_hold_anything_but_controls_and_what_is_not_nfc(
    operation: str, field: str, max_chars: int
) -> None:
    base = dict(FULL[operation])
    if field == "toUserId":
        del base["roomId"]
    for good in [*ODD_IDS, "x" * max_chars, "😀" * max_chars]:
        read(operation, {**base, field: good})
    for bad in [*BAD_IDS, "x" * (max_chars + 1)]:
        (detail,) = refused(operation, {**base, field: bad})
        assert detail.path == f"data.{field}"


@pytest.mark.parametrize(
    ("operation", "field", "most"),
    [
        ("message.send", "mentions", 50),
        ("room.create", "memberIds", 200),
        ("presence.list", "userIds", 500),
        ("presence.subscribe", "userIds", 500),
    ],
)
def test_lists_of_people_are_bounded_and_each_is_checked(
    operation: str, field: str, most: int
) -> None:
    people = [f"u{number}" for number in range(most + 1)]
    read(operation, {**FULL[operation], field: people[:most]})
    assert refused(operation, {**FULL[operation], field: people})[0].path == f"data.{field}"
    (detail,) = refused(operation, {**FULL[operation], field: ["ann", "b\n"]})
    assert detail == Detail(f"data.{field}.1", "must be NFC and free of control characters")


@pytest.mark.parametrize("text", [*ODD_IDS, *BAD_IDS, "x" * 10_000])
@pytest.mark.parametrize("operation", ["room.get", "message.edit", "receipt.read", "typing.start"])
def test_an_id_that_is_none_of_ours_is_read_so_that_it_is_not_found(
    operation: str, text: str
) -> None:
    assert getattr(read(operation, {**FULL[operation], "roomId": text}), "room_id") == text  # noqa: B009


def test_attachments_cursors_emojis_and_names_are_bounded() -> None:
    too_much = [
        ("message.send", "attachments", ["a"] * 11),
        ("message.react", "emoji", ""),
        ("message.react", "emoji", "x" * 33),
        ("room.list", "cursor", ""),
        ("room.list", "cursor", "x" * 2_049),
        ("room.update", "name", ""),
        ("room.create", "name", "x" * 129),
    ]
    for operation, field, value in too_much:
        assert refused(operation, {**FULL[operation], field: value})[0].path == f"data.{field}"


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("message.send", "type"),
        ("room.create", "type"),
        ("room.addMember", "role"),
        ("presence.heartbeat", "status"),
    ],
)
@pytest.mark.parametrize("value", ["", "system", "TEXT", "admin", "offline", "text ", None])
def test_a_word_outside_its_set_is_refused(operation: str, field: str, value: str | None) -> None:
    if (field, value) == ("role", None):
        read(operation, {**FULL[operation], field: value})
    else:
        assert refused(operation, {**FULL[operation], field: value})[0].path == f"data.{field}"


# --- Rules between fields, and what is large ----------------------------------------------------


@pytest.mark.covers("A-56")
def test_a_message_has_exactly_one_addressee() -> None:
    both = {"roomId": ROOM, "toUserId": "ben", "clientId": "c", "body": "hi"}
    neither = {"clientId": "c", "body": "hi"}
    for data in (both, neither):
        assert refused("message.send", data) == [Detail("data", "name either roomId or toUserId")]


def test_a_page_of_history_has_one_direction() -> None:
    data = {"roomId": ROOM, "before": 5, "after": 2}
    assert refused("message.history", data) == [
        Detail("data", "name before or after, not both"),
    ]


@pytest.mark.covers("B-104", "C-43", "C-45")
def test_defaults_are_those_of_the_contract() -> None:
    sent = SendMessage(room_id=ROOM, client_id="c", body="")
    assert (sent.type, sent.attachments, sent.mentions, sent.reply_to) == ("text", [], [], None)
    assert ReadHistory(room_id=ROOM).limit == ListRooms().limit == 50
    assert Heartbeat().status == "online"
    assert (StartSync().rooms, StartSync().cursor) == ({}, None)
    assert CreateRoom(type="group").member_ids == []


def test_commands_do_not_share_their_default_lists() -> None:
    first, second = (SendMessage(room_id=ROOM, client_id="c", body="") for _ in range(2))
    assert first.mentions is not second.mentions


def test_four_hundred_rooms_of_a_sync_fit_a_frame_and_no_more_are_taken() -> None:
    rooms = {
        f"{ROOM[:-4]}{number:04}": {"seq": 99_999_999, "rev": 999_999} for number in range(401)
    }
    longest_id, cursor = "x" * 64, "y" * 1_500
    some = {key: rooms[key] for key in list(rooms)[:400]}
    frame = frame_of("sync.start", {"rooms": some, "cursor": cursor}) | {"id": longest_id}
    text = json.dumps(frame, separators=(",", ":"))
    assert len(text) <= MAX_FRAME_BYTES
    assert len(read("sync.start", {"rooms": some}).model_dump()["rooms"]) == 400
    (detail,) = refused("sync.start", {"rooms": {str(number): {} for number in range(401)}})
    assert detail.path == "data.rooms"
    assert refused("sync.start", {"rooms": {"x" * 65: {}}})[0].path.startswith("data.rooms.xxxx")


def test_a_command_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        SendMessage(room_id=ROOM, client_id="c", body="").body = "other"
