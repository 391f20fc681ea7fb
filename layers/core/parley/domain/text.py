"""Text as people write it: trimmed, NFC, no control characters, never HTML (SPEC §6)."""

import unicodedata

MAX_NAME_CHARS = 128
_ALLOWED_CONTROLS = frozenset("\n\t")


def normalized(text: str) -> str:
    """Return the text trimmed and in NFC, which is how it is stored and compared."""
    return unicodedata.normalize("NFC", text.strip())


def has_control_characters(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Tell whether the text holds a C0 or C1 control, or a lone surrogate, that is not allowed."""
    if text.isprintable():
        return False
    return any(unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed for char in text)


def has_refused_controls(body: str) -> bool:
    """Tell whether a message body holds a control other than newline and tab."""
    return has_control_characters(body, _ALLOWED_CONTROLS)


def display_name(name: str | None) -> str | None:
    """Return a name as others may see it: no controls, at most 128 characters; None if empty."""
    if name is None:
        return None
    clean = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cs"})
    return normalized(clean)[:MAX_NAME_CHARS].rstrip() or None


def cut(text: str, max_chars: int) -> str:
    """Return at most so many characters of the text."""
    return text if len(text) <= max_chars else text[:max_chars]
