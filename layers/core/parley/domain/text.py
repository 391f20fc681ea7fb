"""Text as people write it: trimmed, NFC, no control characters, never HTML (SPEC §6)."""

import re
import unicodedata
from itertools import groupby

MAX_NAME_CHARS = 128
# The longest canonical decomposition: so many characters may become one in NFC.
MAX_COMPOSED_CHARS = 4
# Below it, composing is quick whatever the text.
_SHORT_CHARS = 256
_ALLOWED_CONTROLS = frozenset("\n\t")
# White space without the controls that are refused, which must not vanish before they are seen.
_TRIMMED = (
    "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# Embeddings, overrides and isolates, which reach beyond the name that holds them.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_JOINER = "\u200d"
_FIRST_REGIONAL, _LAST_REGIONAL = "\U0001f1e6", "\U0001f1ff"
_FIRST_TONE, _LAST_TONE = "\U0001f3fb", "\U0001f3ff"
_FIRST_TAG, _TAG_END = "\U000e0020", "\U000e007f"
# Blocks of pictures: arrows to miscellaneous symbols, and the emoji's own, which get characters
# that this Python does not know yet.
_OLD_PICTURES = ("\u2190", "\u2bff")
_PICTURES = ("\U0001f000", "\U0001fffd")
# Letters and a symbol of which nothing is to be seen.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# One cluster: a flag of two letters, pictures that are joined, or any other visible character; each
# with the marks upon it. The letters are those of `_kind`.
_CLUSTER = re.compile(r"rr?[ms]*|[ps][ms]*(?:t+e)?(?:jp[ms]*(?:t+e)?)*|v[ms]*")


def normalized(text: str) -> str:
    """Return the text trimmed and in NFC, which is how it is stored and compared."""
    return _composed(trimmed(text))


def trimmed(text: str) -> str:
    """Return the text without white space around it."""
    return text.strip(_TRIMMED)


def _composed(text: str) -> str:
    if len(text) > _SHORT_CHARS:
        if unicodedata.is_normalized("NFC", text):
            return text
        text = _ordered(text)
    return unicodedata.normalize("NFC", text)


def _ordered(text: str) -> str:
    """Decompose, and put the marks upon each character in order.

    `unicodedata` does so by insertion: a run of 16,000 marks would take it a second.
    """
    decomposed = "".join(unicodedata.normalize("NFD", char) for char in text)
    runs = groupby(decomposed, key=lambda char: unicodedata.combining(char) > 0)
    return "".join(
        "".join(sorted(run, key=unicodedata.combining) if are_marks else run)
        for are_marks, run in runs
    )


def has_control_characters(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Tell whether the text holds a C0 or C1 control, or a lone surrogate, that is not allowed."""
    if text.isprintable():
        return False
    return any(unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed for char in text)


def has_refused_controls(body: str) -> bool:
    """Tell whether a message body holds a control other than newline and tab."""
    return has_control_characters(body, _ALLOWED_CONTROLS)


def display_name(name: str | None) -> str | None:
    """Return a name as others may see it: on one line, without what could disturb text around it.

    At most 128 characters; None if nothing of it can be seen.
    """
    if name is None:
        return None
    clean = normalized("".join(_shown(char) for char in name))
    shown = normalized(clean[:MAX_NAME_CHARS])
    return None if all(_is_invisible(char) for char in shown) else shown


def _is_invisible(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "ZM" or category == "Cf"


def _shown(char: str) -> str:
    if char in "\t\n\r":
        return " "
    hidden = char in _BIDI_CONTROLS or unicodedata.category(char) in {"Cc", "Cs"}
    return "" if hidden else char


def cut(text: str, max_chars: int) -> str:
    """Return at most so many characters of the text."""
    return text if len(text) <= max_chars else text[:max_chars]


def is_grapheme(text: str) -> bool:
    """Tell whether the text is one character as people see it, such as an emoji.

    By the rules of UAX #29 that emoji need: marks, variation selectors, keycaps, skin tones,
    joined sequences, flags and their tags. Stricter where it only could hide something: white
    space, controls, formats and unassigned characters are refused, and so is a joiner that joins
    nothing. Letters that only conjoin, as of Devanagari, count as several.
    """
    return _CLUSTER.fullmatch("".join(map(_kind, text))) is not None


def _kind(char: str) -> str:
    """Name what a character is to a cluster, in one letter."""
    if char == _JOINER:
        return "j"
    if _FIRST_REGIONAL <= char <= _LAST_REGIONAL:
        return "r"
    if _FIRST_TAG <= char <= _TAG_END:
        return "e" if char == _TAG_END else "t"
    if _FIRST_TONE <= char <= _LAST_TONE:
        return "s"
    return _kind_of_visible(char)


def _kind_of_visible(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "M":
        return "m"
    if _PICTURES[0] <= char <= _PICTURES[1]:
        return "p"
    if category[0] not in "LNPS" or char in _BLANKS:
        return "-"
    return "p" if _OLD_PICTURES[0] <= char <= _OLD_PICTURES[1] else "v"
