"""Frames that nobody should send: by the grammar of frames with odd parts, and by mutation.

All of it follows from a seed, so that what was found can be found again.
"""

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from parley.protocol.strict import MAX_FRAME_BYTES
from tests.attacks.corpora.ids import HOSTILE, NO_STRINGS
from tests.attacks.corpora.texts import TEXTS
from tests.unit.protocol.samples import FULL

Json = dict[str, Any]

# Fields that exclude others, or are refused from most people: mostly left out.
RARE = {"tenantId", "cursor", "attachments", "spaceId", "replyTo", "mentions"}
NUMBERS: tuple[object, ...] = (
    *(0, -0.0, 1, -1, 2, 100, 101, 1.0, 1.5, 1e300, 5e-324, 2**31, 2**53, -(2**53), 10**15),
    *(True, False, None, "1", "٣", "1e3", "", [1], {"seq": 1}),
)
# Numbers that JSON may not hold, or only as text.
RAW_NUMBERS = (
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "9007199254740993",
        "-0",
        "01",
        "+1",
        ".5",
    ),
    *("1.", "0x10", "1_000", "٣", "9" * 4_000, "1" * 5_000 + ".5", "1e-999", "1E400", "--1", "1e"),
)
PIECES = (
    *(
        '"',
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\\u0000",
        "\\ud800",
        "\\udc00\\ud800",
        "\x00",
        "\n",
    ),
    *(
        "null",
        "true",
        "NaN",
        "1e999",
        "/*",
        "//",
        "'",
        "\ufeff",
        "\u2028",
        "😀",
        "\\x",
        "\\u12",
        " ",
    ),
    *('"a":1,', '"action":"room",', '"id":"x",', "{}", "[]", '""', "[" * 40, '{"a":' * 20, "\x1f"),
)
NO_FRAMES = (
    *(
        "",
        " ",
        "\n",
        "null",
        "true",
        "1",
        '"x"',
        "[]",
        "{}",
        "[{}]",
        "{",
        "}",
        "not json",
        "\x00",
        "\ufeff{}",
    ),
    *('{"action":1}', '{"action":null}', '{"action":["message"]}', '{"action":"$default"}', "ping"),
    *('{"action":"$connect"}', '{"action":"$disconnect"}', '{"message":"Internal server error"}'),
    *(
        '{"action":"message"}{"action":"room"}',
        '{"action":"message","action":"room"}',
        "GET / HTTP/1.1",
    ),
    *(
        "[" * 5_000,
        '{"a":' * 5_000,
        '{"id":"x","data":' + "[" * 16_000,
        '"' * 30_000,
        "\\" * 30_000,
    ),
    *(
        '{"id":"x","action":"room","op":"get","data":{"roomId":"\\ud800"}}',
        '{"id":"' + "x" * 30_000,
    ),
)


class Frames:
    """An endless supply of frames.

    Attributes:
        known: Ids that exist, by the field that they are for; taken now and then, so that not
            everything ends at the first look-up.
    """

    def __init__(self, seed: int, known: dict[str, Sequence[str]] | None = None) -> None:
        """Begin with a seed."""
        self.random = random.Random(seed)  # noqa: S311
        self.known = known or {}
        self._number = 0

    def next(self) -> str:
        """Return a frame of at most 32 KB."""
        self._number += 1
        makers: tuple[tuple[Callable[[], str], int], ...] = (
            (self._plain, 4),
            (self._odd, 6),
            (self._mutated, 4),
            (self._raw_number, 1),
            (lambda: self.random.choice(NO_FRAMES), 1),
            (self._garbage, 1),
        )
        weights = [weight for _, weight in makers]
        (maker, _), *_ = self.random.choices(makers, weights)
        return _bounded(maker())

    # --- By the grammar --------------------------------------------------------------------------

    def _plain(self) -> str:
        return _encoded(self._frame())

    def _odd(self) -> str:
        """Return a frame of which one to three parts are odd."""
        frame = self._frame()
        for _ in range(self.random.randint(1, 3)):
            self._spoil(frame)
        return _encoded(frame, ascii_only=self.random.random() < 0.2)

    def _frame(self) -> Json:
        operation = self.random.choice(list(FULL))
        action, _, op = operation.partition(".")
        data = {name: self._known(name, value) for name, value in FULL[operation].items()}
        for name in list(data):
            if self.random.random() < (0.8 if name in RARE else 0.1):
                del data[name]
        return {"action": action, "op": op, "id": f"f{self._number}", "data": data}

    def _known(self, name: str, value: Any) -> Any:
        ids = self.known.get(name)
        if not ids:
            return value
        chosen = self.random.choice(ids)
        if isinstance(value, list):
            return [chosen]
        return {chosen: {"seq": 0, "rev": 0}} if isinstance(value, dict) else chosen

    def _spoil(self, frame: Json) -> None:
        target = frame["data"] if isinstance(frame.get("data"), dict) else frame
        if self.random.random() < 0.15:
            target = frame
        names = list(target) or ["x"]
        name = self.random.choice(names)
        kind = self.random.randrange(6)
        if kind == 0:
            target[self._text()] = self._value()
        elif kind == 1:
            target.pop(name, None)
        elif kind == 2 and isinstance(target.get(name), list):
            target[name] = [self._value() for _ in range(self.random.choice((0, 1, 3, 600)))]
        else:
            target[name] = self._value()

    def _value(self, depth: int = 0) -> Any:
        kind = self.random.randrange(8 if depth < 4 else 5)
        if kind <= 2:
            return self._text()
        if kind == 3:
            return self.random.choice(NUMBERS)
        if kind == 4:
            # A copy: whoever changes a frame later may put something into it, even itself.
            return copy.deepcopy(self.random.choice(NO_STRINGS))
        if kind == 5:
            return [self._value(depth + 1) for _ in range(self.random.randint(0, 4))]
        return {self._text()[:70]: self._value(depth + 1) for _ in range(self.random.randint(0, 3))}

    def _text(self) -> str:
        corpus = HOSTILE if self.random.random() < 0.6 else TEXTS
        return self.random.choice(corpus)

    def _raw_number(self) -> str:
        """Return a frame with a number as nobody's encoder would write it."""
        frame = self._frame()
        frame["data"][self.random.choice(("seq", "limit", "before", "after", "x"))] = "@@"
        return _encoded(frame).replace('"@@"', self.random.choice(RAW_NUMBERS), 1)

    # --- By mutation -----------------------------------------------------------------------------

    def _mutated(self) -> str:
        text = self._plain()
        for _ in range(self.random.choice((1, 1, 1, 2, 5, 20))):
            text = self._changed(text)
        return text

    def _changed(self, text: str) -> str:
        size = len(text)
        one, other = sorted((self.random.randint(0, size), self.random.randint(0, size)))
        kind = self.random.randrange(6)
        if kind == 0:
            return text[:one] + self.random.choice(PIECES) + text[one:]
        if kind == 1:
            return text[:one] + text[min(one + self.random.randint(1, 4), size) :]
        if kind == 2:
            return (
                text[:one]
                + chr(self.random.choice((0, 31, 34, 92, 127, 155, 0x2028, 0xFFFE)))
                + (text[one + 1 :])
            )
        if kind == 3:
            return text[:other] + text[one:]
        if kind == 4:
            return text[:one]
        return text[other:] + text[:one] if self.random.random() < 0.1 else text.swapcase()

    def _garbage(self) -> str:
        chars = [chr(self.random.choice((self.random.randrange(128), 0x20AC, 0x1F600)))]
        return "".join(chars * self.random.randint(1, 50)) + self._text()


def _encoded(frame: Json, *, ascii_only: bool = False) -> str:
    return json.dumps(frame, ensure_ascii=ascii_only, separators=(",", ":"))


def _bounded(text: str) -> str:
    """Cut a text to what API Gateway lets through; a lone surrogate cannot travel at all."""
    encoded = text.encode("utf-8", "replace")
    return encoded[:MAX_FRAME_BYTES].decode("utf-8", "ignore")


def member_of(text: str, name: str) -> object:
    """Return what a lenient reader takes for a member of a frame; None if it reads none."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame.get(name) if isinstance(frame, dict) else None
