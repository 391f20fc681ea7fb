"""Ids and times in the forms that API Gateway gives them."""

from __future__ import annotations

import secrets
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime


def new_id() -> str:
    """A connection, request or message id: 16 characters of base64url, the last one `=`."""
    return urlsafe_b64encode(secrets.token_bytes(11)).decode()


def new_trace_id(now_s: float) -> str:
    """An `X-Amzn-Trace-Id` for a request that begins at `now_s` (seconds since the epoch)."""
    return f"Root=1-{int(now_s):08x}-{secrets.token_hex(12)}"


def request_time(now_ms: int) -> str:
    """Common Log Format, as `11/Nov/2024:11:35:24 +0000`."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    # Not %b, which depends on the process's locale.
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[
        moment.month - 1
    ]
    return moment.strftime(f"%d/{month}/%Y:%H:%M:%S +0000")


def iso_time(now_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds, as `2025-02-03T01:46:33.523Z`."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{now_ms % 1000:03d}Z"


def now_ms() -> int:
    """The time of day, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
