"""How ids from outside become parts of keys: injective, so that no two tuples share a key."""

_ESCAPES = str.maketrans({char: f"%{ord(char):02X}" for char in "%#{}:"})


def encode(part: str) -> str:
    """Escape what separates parts of a key (``#`` in DynamoDB; ``:``, ``{``, ``}`` in Redis)."""
    return part.translate(_ESCAPES)


def decode(part: str) -> str:
    """Undo :func:`encode`."""
    for char in "#{}:":
        part = part.replace(f"%{ord(char):02X}", char)
    return part.replace("%25", "%")
