"""What caches keep of a room's last message: enough to show it in a list."""

from dataclasses import replace

from parley.domain.messages import PREVIEW_CHARS, Message
from parley.domain.text import cut


def preview(message: Message) -> Message:
    """Return the message with its body cut, without reactions and how long it is kept."""
    body = None if message.body is None else cut(message.body, PREVIEW_CHARS)
    return replace(message, body=body, reactions={}, kept_days=0)
