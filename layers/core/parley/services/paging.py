"""Pages and events that stay below 30 KB. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from parley.protocol import frames
from parley.protocol.fields import Wire

V = TypeVar("V", bound=Wire)


def fitting_views(views: Sequence[V], max_bytes: int) -> list[V]:
    """Return as many of these as fit; at least one, so that a page always moves on."""
    kept: list[V] = []
    left = max_bytes
    for view in views:
        left -= frames.size_bytes(view) + 1
        if kept and left < 0:
            break
        kept.append(view)
    return kept
