"""Inputs that cost far more than they weigh, where they are read badly (M8, M2)."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from parley.adapters.tokens.jwt_verifier import MAX_TOKEN_CHARS, JwtVerifier
from parley.domain import directory, text, tokens
from parley.errors import ParleyError
from parley.http.routes import chosen
from parley.http.table import ROUTES
from parley.protocol import strict
from parley.services.identity import ConnectRequest
from tests.contract.token_issuer import CLOCK, SECRET
from tests.support.memory import World
from tests.support.rest import Rest

# Ten times what the slowest may take; what is read badly takes seconds to minutes.
SLOW_S = 0.5
FRAME = strict.MAX_FRAME_BYTES - 200
REST_BODY = 600_000
HEADERS = 10_000

PATHOLOGICAL: tuple[str, ...] = (
    *("a", " ", "\n", "\t", "\\", '"', "'", "<", ">", "(", "[", "*", "_", "`", "#", "@", "&", "%"),
    *(
        "😀",
        "👩\u200d",
        "🇩",
        "\u0301",
        "\u0301\u0316",
        "\u0345\u0334",
        "\u0f73",
        "e\u0301",
        "\u1100",
    ),
    *("\u200b", "\u202e", "\ufdfa", "\u3000", "ß", "İ", "ﬃ", "\U000e0067", "🏴\U000e0067"),
    *(
        "](",
        "![](",
        "**a",
        "_a_",
        "<a ",
        "&amp;",
        "http://",
        "www.",
        "a@",
        "a.",
        "a-",
        "a,",
        "a a ",
    ),
    *("[]", "{}", "<!--", "//", "/*", "((a", "a:a", "a=a;", "%25", "..", "../", "a/", "{a}", "${"),
)


def timed(work: Callable[[], object]) -> float:
    begun_s = time.process_time()
    with suppress(ParleyError):
        work()
    return time.process_time() - begun_s


def filled(piece: str, size_bytes: int) -> str:
    return piece * (size_bytes // len(piece.encode()))


def slow(work: Callable[[str], object], size_bytes: int) -> list[str]:
    """Return the pieces of which a text of this size takes too long."""
    texts = {piece: filled(piece, size_bytes) for piece in PATHOLOGICAL}
    return [piece for piece, given in texts.items() if timed(lambda: work(given)) > SLOW_S]  # noqa: B023


@pytest.mark.scenario("M8", "M2")
def test_no_text_in_a_frame_is_slow() -> None:
    world = World(messages_per_10s=100_000, messages_per_minute=100_000, body_max_chars=100_000)
    ann = world.person("ann")
    room_id = world.group(ann, "ben")
    message_id = world.say(ann, room_id)["messageId"]

    def send(body: str) -> None:
        place = {"roomId": room_id, "messageId": message_id}
        world.tell(ann, "message.send", roomId=room_id, clientId=str(hash(body)), body=body)
        world.tell(ann, "message.edit", **place, body=body)
        world.tell(ann, "message.react", **place, emoji=body[:32], on=True)
        world.tell(ann, "room.update", roomId=room_id, name=body[:128])
        world.frame(ann, body)

    assert slow(send, FRAME) == []


@pytest.mark.scenario("M8", "M2")
def test_no_text_by_rest_is_slow(plain_world: World, admin: Callable[[World], Rest]) -> None:
    """A body of 600 KB: of marks in disorder `unicodedata` alone would take minutes."""
    rest = admin(plain_world)
    room = rest.do("POST", "/rooms", {"type": "group", "memberIds": ["ben"]})
    path = f"/rooms/{room['roomId']}/messages"

    def send(body: str) -> None:
        rest.answer("POST", path, {"clientId": "c", "body": body})

    assert slow(send, REST_BODY) == []


@pytest.mark.scenario("M8", "A6")
def test_nothing_in_a_handshake_is_slow() -> None:
    verifier = JwtVerifier.with_secret(SECRET, CLOCK)
    world = World()

    def connect(given: str) -> None:
        for headers in (
            {"authorization": [f"Bearer {given}"]},
            {"authorization": [f"Bearer{' ' * len(given)}x x"]},
            {"cookie": [given, f"dm_access_token={given}"], "origin": [given]},
            {"sec-websocket-protocol": [given, f"bearer.{given}"]},
        ):
            with suppress(ParleyError):
                world.app.identity.authenticate(ConnectRequest(headers, {"token": [given]}))
        with suppress(ParleyError):
            verifier.verify(given)
        with suppress(ParleyError):
            chosen(ROUTES, "GET", f"/rooms/{given}/members/{given}")
        tokens.usable_email(given)
        tokens.usable_picture(f"https://{given}")
        text.display_name(given)

    assert slow(connect, HEADERS) == []
    assert timed(lambda: verifier.verify(f"{'a' * MAX_TOKEN_CHARS}.b.c")) < SLOW_S


@pytest.mark.scenario("M8")
@pytest.mark.parametrize("read", [directory.folded_words, text.display_name, text.is_grapheme])
def test_nothing_of_a_name_is_slow(read: Callable[[str], object]) -> None:
    assert slow(read, HEADERS) == []


@pytest.mark.scenario("M8", "M2")
def test_ten_thousand_mentions_or_keys_are_refused_soon() -> None:
    world = World()
    ann = world.person("ann")
    room_id = world.group(ann, "ben")
    crowds: list[dict[str, Any]] = [
        {"mentions": [f"u{number}" for number in range(3_500)]},
        {"mentions": ["ben"] * 4_000},
        {f"k{number}": 1 for number in range(2_500)},
    ]
    for crowd in crowds:
        data = {"roomId": room_id, "clientId": "c", "body": "x", **crowd}
        assert len(json.dumps(data)) < FRAME
        took_s = timed(lambda: world.refused(ann, "message.send", **data))  # noqa: B023
        assert took_s < SLOW_S
    assert world.refused(ann, "presence.subscribe", userIds=["a"] * 501) == "VALIDATION_ERROR"
