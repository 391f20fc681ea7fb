"""Text as people write it: what is kept, what is refused, in every script."""

import json
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.domain import text
from parley.domain.messages import PREVIEW_CHARS
from parley.protocol import frames, strict
from parley.protocol.views import RoomRemoved

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff", "\ude00\ud83d", "a\ud83d", "\udfffz"]
KEPT = [
    "hello",
    "two\nlines",
    "a\ttab",
    "a\n\n\nb",
    "<b>not bold</b>",
    "<script>alert(1)</script>",
    "&amp; &lt; \" ' ` \\ / ${x} {{y}} %s %00",
    "'; DROP TABLE messages; --",
    "null undefined NaN true 0 -0 1e999",
    "😀",
    "👍🏽",
    "👩\u200d👩\u200d👧\u200d👦",
    "👩🏾\u200d🚀",
    "🏳\ufe0f\u200d🌈",
    "🏴\u200d☠\ufe0f",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "🇩🇪🇯🇵🇺🇦",
    "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "❤\ufe0f ❤\ufe0e",
    "🫠🫱🏻\u200d🫲🏿",
    "😶\u200d🌫\ufe0f",
    "\U0001fae9 a newer emoji than this Python knows",
    "שלום עולם",
    "مرحبا بالعالم",
    "السَّلَامُ عَلَيْكُمْ",
    "می\u200cخواهم",
    "\u200fעברית\u200f",
    "\u202eevil.exe",
    "\u202dleft\u202c to \u2067right\u2069",
    "abc\u2066def",
    "Z̷̢͍̈́a̵͍̾l̸̰̈́g̶̙͝o̵̫͆",
    "a" + "\u0300\u0301\u0302" * 200,
    "e\u0301",
    "é",
    "Å",
    "\u212b",
    "Ω\u2126",
    "ﬁ ﬂ ﬃ",
    "q\u0307\u0323",
    "q\u0323\u0307",
    "\u1e9b\u0323",
    "\u0958",
    "नमस्ते",
    "क्\u200dष",
    "தமிழ்",
    "ไทยไม่มีช่องว่าง",
    "한국어",
    "\u1112\u1161\u11ab",
    "日本語ﾊﾝｶｸ",
    "か\u3099",
    "葛\U000e0100",
    "𠮷野家",
    "𝓗𝓮𝓵𝓵𝓸",
    "Ｈｅｌｌｏ",
    "ǅ ß ẞ ı İ ſ",
    "Ⅷ ½ ² ㎏",
    "раураl",
    "Ꭺᴘᴘʟᴇ",
    "zero\u200bwidth",
    "word\u2060joiner",
    "soft\u00adhyphen",
    "\ufeffbom",
    "in\ufeffside",
    "non\u00a0breaking",
    "thin\u2009space",
    "line\u2028separator",
    "paragraph\u2029separator",
    "\u3164",
    "\u2800braille",
    "\u115f\u1160",
    "\u180e",
    "\ufffc\ufffd",
    "\ufffe",
    "\uffff",
    "\U0010ffff",
    "\ue000private\uf8ff",
    "\U000f0000",
    "\U000e0001language tag",
    "\u0378unassigned",
    "\u06dd123",
    "\u0b95\u0bcd\u0bb7",
    "\u0e01\u0e49\u0e49\u0e49",
    "ᚠᛇᚻ",
    "𐌰𐌱",
    "𒀀",
    "𓀀",
    "♔♕ ☢ ⚛",
    "→⇒∀∃∈∅≠≤",
    "√2 ≈ 1.414",
    "¿Qué? ¡Sí!",
    "naïve façade œuvre",
    "Größe Straße",
    "Ħĕļļő",
    "Ελληνικά",
    "Қазақша",
    "ქართული",
    "Հայերեն",
    "ትግርኛ",
    "ᏣᎳᎩ",
    "မြန်မာ",
    "ខ្មែរ",
    "བོད་ཡིག",
    "ᠮᠣᠩᠭᠣᠯ",
    "🀄🂡🎲",
    "\U0001d11e",
    "x" * 4_000,
    "😀" * 4_000,
]


def test_there_are_enough_strings() -> None:
    assert len(set(KEPT)) == len(KEPT) >= 100


@pytest.mark.parametrize("body", KEPT)
def test_any_script_is_kept_as_it_was_sent_in_nfc(body: str) -> None:
    assert not text.has_refused_controls(body)
    stored = text.normalized(body)
    assert stored == unicodedata.normalize("NFC", body)
    assert text.normalized(stored) == stored


@pytest.mark.parametrize("body", KEPT)
def test_any_script_survives_the_way_through_a_frame(body: str) -> None:
    assert strict.loads(json.dumps(body, ensure_ascii=False)) == body
    if len(body) < 4_000:
        assert strict.loads(json.dumps(body)) == body
    assert json.loads(frames.event_frame("e", RoomRemoved(room_id=body)))["data"]["roomId"] == body


@pytest.mark.parametrize("control", CONTROLS, ids=lambda char: f"U+{ord(char):04X}")
def test_a_control_is_refused_wherever_it_is(control: str) -> None:
    for body in (control, f"a{control}b", f"{control}a", f"a{control}", f"日本{control}😀"):
        assert text.has_refused_controls(body)
        assert text.has_control_characters(body)


@pytest.mark.parametrize("control", [c for c in CONTROLS if c != "\r"], ids=ascii)
def test_trimming_does_not_hide_a_control_that_is_refused(control: str) -> None:
    assert text.has_refused_controls(text.normalized(f" {control}a{control} "))


@pytest.mark.parametrize("body", SURROGATES, ids=ascii)
def test_a_lone_surrogate_is_refused(body: str) -> None:
    assert text.has_refused_controls(body)


def test_newline_and_tab_are_for_bodies_only() -> None:
    for body in ("a\nb", "a\tb"):
        assert not text.has_refused_controls(body)
        assert text.has_control_characters(body)
    assert not text.has_control_characters("a b")
    assert not text.has_control_characters("zero\u200bwidth")


def test_white_space_around_a_text_is_trimmed() -> None:
    spaces = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if char.isspace() and char not in CONTROLS
    ]
    for around in [*spaces, "\r", "\r\n", " \u3000\n"]:
        assert text.normalized(f"{around}a{around}b{around}") == f"a{around}b".replace(
            around, unicodedata.normalize("NFC", around)
        )
        assert text.normalized(around) == ""


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_trimming_and_composing_again_changes_nothing(body: str) -> None:
    once = text.normalized(body)
    assert text.normalized(once) == once
    assert unicodedata.is_normalized("NFC", once)


# --- Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Ann Lee", "Ann Lee"),
        ("  Ann\x00 Lee ", "Ann Lee"),
        ("Ann\nLee", "Ann Lee"),
        ("Ann\tLee\r", "Ann Lee"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u202eeeL nnA", "eeL nnA"),
        ("Ann\u2066\u2069 Lee", "Ann Lee"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀 Ann", "👩\u200d🚀 Ann"),
        ("\ud800Ann", "Ann"),
        ("<b>Ann</b>", "<b>Ann</b>"),
        ("\U0001fae9", "\U0001fae9"),
        ("x" * 200, "x" * 128),
        ("x" * 127 + " yz", "x" * 127),
    ],
)
def test_a_name_is_shown_on_one_line_and_cannot_disturb_its_surroundings(
    given_name: str, shown: str
) -> None:
    assert text.display_name(given_name) == shown


@pytest.mark.parametrize(
    "name", [None, "", "  ", "\x00\x1f", "\n", "\u200b", "\u202e\u200d", "\u0301", "\u200b" * 200]
)
def test_a_name_of_which_nothing_can_be_seen_is_none(name: str | None) -> None:
    assert text.display_name(name) is None


@settings(deadline=None)
@given(st.text())
def test_any_name_is_clean_bounded_and_stays_as_it_is(name: str) -> None:
    shown = text.display_name(name)
    if shown is not None:
        assert 0 < len(shown) <= text.MAX_NAME_CHARS
        assert not text.has_control_characters(shown)
        assert text.display_name(shown) == shown


def test_a_preview_is_cut_between_characters() -> None:
    assert text.cut("😀" * 300, PREVIEW_CHARS) == "😀" * 200
    assert text.cut("short", PREVIEW_CHARS) == "short"
    assert text.cut("", 0) == ""


# --- One grapheme --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "grapheme",
    [
        "😀",
        "❤",
        "❤\ufe0f",
        "❤\ufe0e",
        "👍🏽",
        "👩\u200d👩\u200d👧\u200d👦",
        "👩🏾\u200d🚀",
        "🧑🏻\u200d❤\ufe0f\u200d🧑🏼",
        "🧑\u200d⚕\ufe0f",
        "🙂\u200d↔\ufe0f",
        "🐦\u200d⬛",
        "👁\ufe0f\u200d🗨\ufe0f",
        "🏴\u200d☠\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🇩🇪",
        "🇩",
        "1\ufe0f\u20e3",
        "#\ufe0f\u20e3",
        "©\ufe0f",
        "‼\ufe0f",
        "ℹ\ufe0f",
        "㊗\ufe0f",
        "\U0001fae9",
        "é",
        "q\u0307\u0323",
        "한",
        "字",
        "ب",
        "+",
        "7",
    ],
)
def test_what_people_see_as_one_character_is_one_grapheme(grapheme: str) -> None:
    assert text.is_grapheme(grapheme)
    assert not text.is_grapheme(grapheme + "😀")
    assert not text.is_grapheme("x" + grapheme)


def test_a_skin_tone_alone_is_a_grapheme_and_joins_what_is_before_it() -> None:
    assert text.is_grapheme("🏽")
    assert text.is_grapheme("x🏽")


@pytest.mark.parametrize(
    "other",
    [
        "",
        " ",
        "\n",
        "\x00",
        "ab",
        "😀😀",
        "😀 ",
        "🇩🇪🇯",
        "🇩🇪🇯🇵",
        "\u200d",
        "👍\u200d",
        "\u200d👍",
        "👍\u200d\u200d👍",
        "a\u200db",
        "a\u200d",
        "👍\u200da",
        "🇩\u200d🇪",
        "\u0301",
        "\ufe0f",
        "\u20e3",
        "👍\U000e0067",
        "👍\U000e007f",
        "a\U000e0067\U000e007f",
        "\U000e0067\U000e007f",
        "\u200b",
        "\u202e",
        "\u2800",
        "\u3164",
        "\ue000",
        "\u0378",
        "\ud83d",
    ],
)
def test_what_is_more_or_cannot_be_seen_is_no_grapheme(other: str) -> None:
    assert not text.is_grapheme(other)


# --- Composing -----------------------------------------------------------------------------------

MARKS = "\u0301\u0316\u0345\u0334\u0327\u0f71\u0f73\u0f75\u0344\u05b0\u3099\u1dfa"


@settings(deadline=None)
@given(
    st.text("ae\u00e9\u1f82\u1100\u1161\u11a8\uac00\u0f40 \n" + MARKS, min_size=257, max_size=600)
)
def test_long_texts_are_composed_as_short_ones(body: str) -> None:
    assert text.normalized(body) == unicodedata.normalize("NFC", text.trimmed(body))


@pytest.mark.scenario("M1", "M8")
@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0345\u0334", "\u0f73", "\u0f75\u0316"])
def test_marks_in_disorder_do_not_take_the_square_of_their_number(marks: str) -> None:
    """The library's own composing takes 10 to 40 s for them."""
    body = "a" + marks * 50_000
    started = time.process_time()
    assert len(text.normalized(body)) >= 50_000
    assert time.process_time() - started < 3


def test_no_composing_makes_more_characters_one_than_the_bound_says() -> None:
    longest = max(
        len(unicodedata.normalize("NFD", char)) for char in map(chr, range(sys.maxunicode + 1))
    )
    assert longest == text.MAX_COMPOSED_CHARS
