"""The strict JSON reader: what two parsers could read in two ways is refused, and quickly."""

import contextlib
import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import InvalidInput, PayloadTooLarge
from parley.protocol import strict

LIMIT = 2**53
# What one frame may cost at most; generous, since machines differ. Bad scanners take seconds.
SLOW_S = 0.5


def refused(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        strict.loads(text)
    (detail,) = caught.value.details
    assert detail.path == "$"
    return detail.reason


def nested(depth: int, opening: str = "[", closing: str = "]", core: str = "") -> str:
    return opening * depth + core + closing * depth


@pytest.mark.scenario("M4")
@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"b":2,"a":3}',
        '{"a":{"b":1,"b":2}}',
        '[[[{"x":{"y":[{"z":1,"z":1}]}}]]]',
        r'{"a":1,"\u0061":2}',
        r'{"é":1,"\u00e9":2}',
        '{"":1,"":2}',
        '{"action":"message","action":"room"}',
    ],
)
def test_a_repeated_key_is_refused_at_any_depth(text: str) -> None:
    assert refused(text) == "a key is repeated"


def test_keys_that_only_look_alike_are_different() -> None:
    members = {"a": 1, "A": 2, "\u00e1": 3, "a\u0301": 4}
    assert strict.loads(json.dumps(members)) == members


@pytest.mark.scenario("M3")
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a":NaN}', "[1,-Infinity]"])
def test_a_number_that_json_does_not_have_is_refused(text: str) -> None:
    assert refused(text).endswith("is not JSON")


@pytest.mark.scenario("M3")
@pytest.mark.parametrize("text", ["1e999", "-1e999", "1.5e400", "[1E+309]", "9" * 400 + ".0"])
def test_a_number_that_overflows_is_refused(text: str) -> None:
    assert refused(text) == "number too large"


@pytest.mark.parametrize("value", [LIMIT, LIMIT - 1, -LIMIT, 1 - LIMIT, 0])
def test_an_integer_within_two_to_the_53_is_read(value: int) -> None:
    assert strict.loads(str(value)) == value
    assert strict.loads(f'{{"a":[{value}]}}') == {"a": [value]}


@pytest.mark.scenario("M3")
@pytest.mark.parametrize(
    "digits",
    [str(LIMIT + 1), str(-LIMIT - 1), str(10**17), "1" + "0" * 30, "9" * 4_000, "-" + "9" * 5_000],
)
def test_an_integer_beyond_two_to_the_53_is_refused(digits: str) -> None:
    assert refused(digits) == "integer beyond 2^53"


def test_minus_zero_is_zero() -> None:
    assert strict.loads("-0") == 0
    assert math.copysign(1, strict.loads("-0.0")) == -1


def test_booleans_integers_and_fractions_keep_their_types() -> None:
    values = strict.loads("[true,1,1.0,1e2]")
    assert [type(value) for value in values] == [bool, int, float, float]


@pytest.mark.parametrize(
    "text",
    [
        nested(16),
        nested(16, '{"a":', "}", "1"),
        nested(8, '[{"a":', "}]", "1"),
        "[" + ",".join(["[]"] * 1_000) + "]",
        json.dumps(["[" * 500, "{" * 500, '"[' * 100]),
        json.dumps(['\\"[[[[[[[[[[[[[[[[[[[['] * 3),
        r'"\\[[[[[[[[[[[[[[[[[[[[[["',
        r'["\"", "[[[[[[[[[[[[[[[[[[[["]',
        json.dumps({"[" * 40: "]" * 40}),
    ],
)
def test_sixteen_levels_are_read_and_brackets_in_strings_do_not_count(text: str) -> None:
    assert strict.loads(text) == json.loads(text)


@pytest.mark.scenario("M2")
@pytest.mark.parametrize(
    "text",
    [
        nested(17),
        nested(17, '{"a":', "}", "1"),
        nested(8, '[{"a":', "}]", "[]"),
        nested(5_000),
        "[" * 30_000,
        '{"a":' * 6_000,
        '["]]]]]]]]]]]]]]]]",' + nested(16) + "]",
        r'["\"]]]]]]]]",' + nested(16) + "]",
    ],
)
def test_a_seventeenth_level_is_refused(text: str) -> None:
    assert refused(text) == "nested deeper than 16"


@pytest.mark.scenario("M1")
@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\uDFFF"', r'{"\udc00":1}', r'["a","\ud83d\ud83d"]', r'"\ude00\ud83d"']
)
def test_an_escaped_lone_surrogate_is_refused(text: str) -> None:
    assert refused(text) == "lone surrogate"


@pytest.mark.scenario("M1")
@pytest.mark.parametrize("text", ['"\ud800"', '{"a":"\udfff"}', '{"\udc00":1}', "\ud83d"])
def test_a_raw_lone_surrogate_is_refused(text: str) -> None:
    assert refused(text) == "lone surrogate"


def test_an_escaped_pair_is_one_character_and_an_escaped_backslash_is_no_escape() -> None:
    assert strict.loads(r'"\ud83d\ude00"') == "😀"
    assert strict.loads(r'"\\ud800"') == "\\ud800"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ufeff{}",
        "{} {}",
        "{}x",
        "{}\x00",
        "[1,]",
        '{"a":1,}',
        "{'a':1}",
        "{a:1}",
        '{"a"}',
        "// {}",
        "01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "٣",
        "1_000",
        "True",
        "nul",
        '"a',
        '"\\',
        '"\\x41"',
        '"\\u12"',
        '"tab\there"',
        '"\x00"',
        "\u00a0{}",
        "[",
        "}",
        "]" * 40,
    ],
)
def test_what_is_not_json_is_refused(text: str) -> None:
    assert refused(text) == "not JSON"


@pytest.mark.parametrize("char", ["a", "é", "語", "😀"])
def test_the_limit_counts_bytes_not_characters(char: str) -> None:
    width = len(char.encode())
    fitting = '"' + char * ((strict.MAX_FRAME_BYTES - 2) // width) + '"'
    assert strict.loads(fitting) == fitting.strip('"')
    with pytest.raises(PayloadTooLarge, match="at most 32768"):
        strict.loads(fitting + " " * width)


def test_a_caller_may_set_another_limit() -> None:
    assert strict.loads("[1]", max_bytes=3) == [1]
    with pytest.raises(PayloadTooLarge):
        strict.loads("[1] ", max_bytes=3)


@pytest.mark.scenario("M2", "M8")
@pytest.mark.parametrize(
    "text",
    [
        "[" * 17 + '"' + '\\"' * 16_000,
        "[" * 17 + '"' + '\\"' * 16_000 + "\\",
        "{" * 17 + '"' + "\\" * 32_000,
        "[" * 17 + '"' * 32_000,
        "[" * 17 + '"a' * 16_000,
        "[]" * 16_000,
        "[" + "1," * 16_000 + "1]",
        "[" + "{}," * 10_000 + "{}]",
        "1" * 32_000,
        "0." + "1" * 32_000,
        "1" * 16_000 + "e-" + "1" * 16_000,
        '{"' + '":1,"'.join(map(str, range(3_000))) + '":1}',
        '"' + r"\ud83d\ude00" * 2_700 + '"',
        '"' + r"\\ud800" * 4_600 + '"',
        " " * 32_000,
    ],
    ids=range(15),
)
def test_no_frame_is_slow_to_read(text: str) -> None:
    assert len(text) <= strict.MAX_FRAME_BYTES
    started = time.process_time()
    try:
        strict.loads(text)
    except InvalidInput:
        pass
    finally:
        assert time.process_time() - started < SLOW_S


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LIMIT, LIMIT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_json_within_the_bounds_is_read_as_the_usual_reader_does(
    value: Any, ascii_only: bool, indent: int | str | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    if len(text.encode()) > strict.MAX_FRAME_BYTES or depth_of(value) > strict.MAX_DEPTH:
        with pytest.raises((InvalidInput, PayloadTooLarge)):
            strict.loads(text)
    else:
        assert strict.loads(text) == value == json.loads(text)


def depth_of(value: Any) -> int:
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        strict.loads(text)
