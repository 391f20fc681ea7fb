"""Texts that grow as they are encoded, around the limit of a frame to the byte (C14, fact 9)."""

from typing import Any

import pytest

from parley.domain.people import Connection
from parley.protocol import frames
from parley.services.views import MESSAGE_BYTES
from tests.attacks.fuzz_runs import LIMITS
from tests.support.memory import World

# What a character takes as JSON in UTF-8: 4, 3, 2, 2, 2, 1 bytes.
CHARS = ["😀", "語", '"', "\\", "\n", "x"]
Json = dict[str, Any]


@pytest.fixture
def world() -> World:
    return World(**LIMITS, body_max_chars=100_000)


@pytest.mark.scenario("C14")
@pytest.mark.parametrize("char", CHARS)
def test_a_message_travels_whole_up_to_the_last_byte_that_fits(world: World, char: str) -> None:
    """`World` fails on any reply or event over 30 KB, whatever the operation."""
    ann, ben = world.person("ann"), world.person("ben")
    room_id = world.group(ann, "ben")
    width = len(frames.encode_json(char).encode()) - 2
    beside = len(frames.encode_json(said(world, ann, room_id, "xx")).encode())
    most = 2 + (MESSAGE_BYTES - beside) // width
    for length, whole in ((most - 1, True), (most, True), (most + 1, False), (most + 99, False)):
        world.forget_pushes()
        body = f"x{char * (length - 2)}x"
        message = said(world, ann, room_id, body)
        assert message["truncated"] is not whole
        assert message["body"] == body if whole else body.startswith(message["body"])
        size_bytes = len(frames.encode_json(message).encode())
        assert 0.98 * MESSAGE_BYTES < size_bytes <= MESSAGE_BYTES
        assert world.events_of(ben, "message:new") == [message]
    rooms = {room_id: {"seq": 0, "rev": 0}}
    asked: dict[str, Json] = {
        "message.history": {"roomId": room_id},
        "sync.start": {"rooms": rooms},
        "room.get": {"roomId": room_id},
        "room.list": {},
    }
    for operation, data in asked.items():
        world.do(ben, operation, **data)


def said(world: World, sender: Connection, room_id: str, body: str) -> Json:
    """Send a text; client ids have one length, so that messages differ by their bodies alone."""
    client_id = f"{len(body):08}"
    data = {"roomId": room_id, "clientId": client_id, "body": body}
    message: Json = world.do(sender, "message.send", **data)["message"]
    return message
