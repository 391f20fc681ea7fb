"""The one error of the launcher."""

from __future__ import annotations


class StartError(Exception):
    """Raised when something cannot start or has ended; its text is one line, meant for people."""
