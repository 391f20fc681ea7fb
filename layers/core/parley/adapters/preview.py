"""What caches keep of a room's last message: enough to show it in a list."""

from dataclasses import replace

from parley.domain.messages import PREVIEW_CHARS, Message
from parley.domain.text import cut


def preview(message: Message) -> Message:
    """Return the message with its body cut and without reactions."""
    body = None if message.body is None else cut(message.body, PREVIEW_CHARS)
    return replace(message, body=body, reactions={})
