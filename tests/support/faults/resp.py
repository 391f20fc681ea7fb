"""The few words of Redis' protocol that a stand-in needs: commands in, raw answers through."""

from io import BufferedRWPair

Words = list[bytes]


def read_command(stream: BufferedRWPair) -> tuple[Words, bytes] | None:
    """Return a command and its raw bytes; None at the end."""
    first = stream.readline()
    if not first:
        return None
    raw = first
    words: Words = []
    for _ in range(_number(first, b"*")):
        head = stream.readline()
        word = stream.read(_number(head, b"$") + 2)
        raw += head + word
        words.append(word[:-2])
    return words, raw


def read_answer(stream: BufferedRWPair) -> bytes:
    """Return the raw bytes of one answer."""
    head = stream.readline()
    if not head:
        raise EOFError
    kind, size = head[:1], head[1:].strip()
    if kind == b"$" and size != b"-1":
        return head + stream.read(int(size) + 2)
    if kind == b"*" and size != b"-1":
        return head + b"".join(read_answer(stream) for _ in range(int(size)))
    return head


def array(*parts: bytes) -> bytes:
    """Return answers as one."""
    return b"*%d\r\n" % len(parts) + b"".join(parts)


def text(value: str) -> bytes:
    """Return a text as an answer."""
    encoded = value.encode()
    return b"$%d\r\n%s\r\n" % (len(encoded), encoded)


def number(value: int) -> bytes:
    """Return a number as an answer."""
    return b":%d\r\n" % value


def error(value: str) -> bytes:
    """Return an error as an answer."""
    return f"-{value}\r\n".encode()


def _number(line: bytes, kind: bytes) -> int:
    assert line[:1] == kind, line
    return int(line[1:])
