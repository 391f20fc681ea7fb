"""RFC 6455 frames: building unmasked text frames, and the sizes of what clients send. Pure."""

from __future__ import annotations

MAX_FRAME_BYTES = 32 * 1024
MAX_MESSAGE_BYTES = 128 * 1024

NO_CODE = 1005

_TEXT = 0x81
_CLOSE = 0x8
_CONTROL = 0x8


def text_frame(payload: bytes) -> bytes:
    """A whole server frame with a text payload."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65536:
        return bytes((_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """A whole server frame that closes a connection; 1005 stands for no code at all."""
    payload = b"" if code == NO_CODE else code.to_bytes(2, "big") + reason.encode()[:123]
    return bytes((0x80 | _CLOSE, len(payload))) + payload


class FrameMeter:
    """Follows the frame headers in a client's bytes, however the bytes are cut up.

    aiohttp joins the frames of a message before anybody sees them, and API Gateway has a limit
    for single frames as well (32 KB); so the headers are read here first.
    """

    def __init__(
        self, max_frame: int = MAX_FRAME_BYTES, max_message: int = MAX_MESSAGE_BYTES
    ) -> None:
        """Begin before the first frame."""
        self._max_frame = max_frame
        self._max_message = max_message
        self._header = b""
        self._to_skip = 0
        self._message_bytes = 0
        self.close_seen = False

    def feed(self, data: bytes) -> int | None:
        """Follow the next bytes.

        Returns:
            Where in `data` the header of the first oversized frame ends; None if there is none.
        """
        position = 0
        while position < len(data):
            if self._to_skip:
                step = min(self._to_skip, len(data) - position)
                self._to_skip -= step
                position += step
                continue
            missing = _header_size(self._header) - len(self._header)
            taken = data[position : position + missing]
            self._header += taken
            position += len(taken)
            if len(self._header) == _header_size(self._header) and self._is_oversized():
                return position
        return None

    def _is_oversized(self) -> bool:
        first, size = self._header[0], _payload_size(self._header)
        self._to_skip = size
        self._header = b""
        opcode = first & 0x0F
        if opcode & _CONTROL:
            self.close_seen = self.close_seen or opcode == _CLOSE
            return False
        self._message_bytes += size
        oversized = size > self._max_frame or self._message_bytes > self._max_message
        if first & 0x80:
            self._message_bytes = 0
        return oversized


def _header_size(header: bytes) -> int:
    """Size of the whole header, as far as its first bytes tell."""
    if len(header) < 2:
        return 2
    length = header[1] & 0x7F
    extended = 2 if length == 126 else 8 if length == 127 else 0
    return 2 + extended + (4 if header[1] & 0x80 else 0)


def _payload_size(header: bytes) -> int:
    length = header[1] & 0x7F
    if length == 126:
        return int.from_bytes(header[2:4], "big")
    if length == 127:
        return int.from_bytes(header[2:10], "big")
    return length
