"""Which ids from outside are well formed, for the models; the same rule as `domain.ids`."""

import unicodedata


def is_external_id(value: str) -> bool:
    """Tell whether the text is NFC and holds no control character or surrogate."""
    if not unicodedata.is_normalized("NFC", value):
        return False
    # Most ids are printable, which is quick to see and leaves nothing to refuse.
    return value.isprintable() or not any(
        unicodedata.category(char) in {"Cc", "Cs"} for char in value
    )
