"""Sizes of frames, whatever the pieces in which they arrive."""

import random

import pytest
from websockets.frames import Frame, Opcode

from gateway.frames import MAX_FRAME_BYTES, FrameMeter, close_frame, text_frame


def sent(size: int, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, b"x" * size, fin=fin).serialize(mask=True)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_text_frame_is_that_of_another_implementation(size: int) -> None:
    assert text_frame(b"x" * size) == Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)


def test_close_frame_has_code_and_reason() -> None:
    expected = Frame(Opcode.CLOSE, b"\x03\xe9Going away").serialize(mask=False)
    assert close_frame(1001, "Going away") == expected
    assert close_frame(1005) == b"\x88\x00"


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000, 10**9])
def test_allowed_frames_pass_however_they_are_cut(step: int) -> None:
    meter = FrameMeter()
    data = b"".join(
        [
            sent(0),
            sent(1),
            sent(MAX_FRAME_BYTES),
            sent(5, Opcode.PING),
            *(
                sent(MAX_FRAME_BYTES, Opcode.TEXT if i == 0 else Opcode.CONT, i == 3)
                for i in range(4)
            ),
            sent(2),
        ]
    )
    pieces = [data[i : i + step] for i in range(0, len(data), step)]
    assert all(meter.feed(piece) is None for piece in pieces)
    assert not meter.close_seen


def test_oversized_frame_is_found_at_the_end_of_its_header() -> None:
    before = sent(10)
    assert FrameMeter().feed(before + sent(MAX_FRAME_BYTES + 1)) == len(before) + 8


def test_oversized_frame_is_found_before_its_payload_arrives() -> None:
    meter = FrameMeter()
    header = sent(70_000)[:14]
    assert [meter.feed(header[i : i + 1]) for i in range(14)] == [None] * 13 + [1]


def test_message_above_the_limit_is_found_at_the_frame_that_passes_it() -> None:
    meter = FrameMeter(max_frame=10, max_message=15)
    assert meter.feed(sent(10, fin=False)) is None
    assert meter.feed(sent(5, Opcode.PING)) is None
    assert meter.feed(sent(6, Opcode.CONT)) is not None


def test_close_frame_is_noticed_after_an_oversized_frame() -> None:
    meter = FrameMeter(max_frame=10)
    data = sent(11) + sent(2, Opcode.CLOSE)
    end = meter.feed(data)
    assert end is not None
    assert meter.feed(data[end:]) is None
    assert meter.close_seen


def test_random_cuts_find_the_same_frame() -> None:
    chance = random.Random(7)  # noqa: S311 - a seed, not a secret
    data = sent(100) + sent(30_000) + sent(MAX_FRAME_BYTES + 1)
    for _ in range(50):
        meter, position, found = FrameMeter(), 0, None
        while position < len(data) and found is None:
            step = chance.randint(1, 5000)
            end = meter.feed(data[position : position + step])
            found = None if end is None else position + end
            position += step
        assert found == len(sent(100)) + len(sent(30_000)) + 8
