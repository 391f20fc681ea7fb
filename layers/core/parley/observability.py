"""Logs and metrics: one JSON line an event, with keys, never with message text, tokens or names.

Powertools' Logger where a function runs; services log through :func:`log`, which is plain
``logging`` with fields, so that they need no Powertools. They count and time what happens with
:func:`count`, :func:`observe` and :func:`timed` (`parley.measures`).
"""

import logging
import sys
from typing import Any

from parley.measures import count, milliseconds_since, observe, timed

__all__ = [
    "count",
    "debug",
    "error",
    "info",
    "log",
    "milliseconds_since",
    "observe",
    "timed",
    "warning",
]

LOGGER_NAME = "parley"
_logger = logging.getLogger(LOGGER_NAME)


def log(level: int, event: str, /, *, stacklevel: int = 2, **fields: Any) -> None:
    """Write one line: an event name in the past tense and its keys, located at the caller."""
    if _logger.isEnabledFor(level):
        _logger.log(level, event, extra=_plain(fields), stacklevel=stacklevel)


def debug(event: str, /, **fields: Any) -> None:
    """Log what happens all the time: heartbeats, typing, receipts."""
    log(logging.DEBUG, event, stacklevel=3, **fields)


def info(event: str, /, **fields: Any) -> None:
    """Log a command that was carried out or refused."""
    log(logging.INFO, event, stacklevel=3, **fields)


def warning(event: str, /, **fields: Any) -> None:
    """Log what will be tried again, or heals by itself."""
    log(logging.WARNING, event, stacklevel=3, **fields)


def error(event: str, /, **fields: Any) -> None:
    """Log what somebody must look at, with the exception that is being handled."""
    _logger.error(event, extra=_plain(fields), exc_info=sys.exception(), stacklevel=2)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Escape what could move, hide or turn around the text of a line where somebody reads it.

    Ids of users may hold nearly everything (SPEC §1), and JSON escapes only the oldest controls.
    """
    return {name: _plain_value(value) for name, value in fields.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else _escaped(value)
    if isinstance(value, dict):
        return {_plain_value(key): _plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(each) for each in value]
    return value


def _escaped(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)
