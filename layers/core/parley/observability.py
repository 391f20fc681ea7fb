"""Logs: one JSON line an event, with keys, never with message text, tokens or names.

Powertools' Logger where a function runs; services log through :func:`log`, which is plain
``logging`` with fields, so that they need no Powertools.
"""

import logging
import sys
from typing import Any

LOGGER_NAME = "parley"
_logger = logging.getLogger(LOGGER_NAME)


def log(level: int, event: str, *, stacklevel: int = 2, **fields: Any) -> None:
    """Write one line: an event name in the past tense and its keys, located at the caller."""
    if _logger.isEnabledFor(level):
        _logger.log(level, event, extra=fields, stacklevel=stacklevel)


def debug(event: str, **fields: Any) -> None:
    """Log what happens all the time: heartbeats, typing, receipts."""
    log(logging.DEBUG, event, stacklevel=3, **fields)


def info(event: str, **fields: Any) -> None:
    """Log a command that was carried out or refused."""
    log(logging.INFO, event, stacklevel=3, **fields)


def warning(event: str, **fields: Any) -> None:
    """Log what will be tried again, or heals by itself."""
    log(logging.WARNING, event, stacklevel=3, **fields)


def error(event: str, **fields: Any) -> None:
    """Log what somebody must look at, with the exception that is being handled."""
    _logger.error(event, extra=fields, exc_info=sys.exception(), stacklevel=2)
