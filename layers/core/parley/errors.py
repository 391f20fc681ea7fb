"""Every error of Parley as one tree, each with the public code that a client sees.

This module may import nothing of Parley. The codes are the closed set of SPEC §3; adapters
translate foreign errors into these classes, and `edge` translates these into replies.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """The closed set of public error codes (SPEC §3)."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    UNAVAILABLE = "UNAVAILABLE"


HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.VALIDATION_ERROR: 400,
    ErrorCode.UNAUTHORIZED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL_ERROR: 500,
    ErrorCode.UNAVAILABLE: 503,
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One reason of a validation error: where in the frame, and why.

    Attributes:
        is_ours: Whether every name in the path is one of ours; others are not for the logs.
    """

    path: str
    reason: str
    is_ours: bool = field(default=True, compare=False)


class ParleyError(Exception):
    """Base of all errors that Parley raises on purpose.

    Attributes:
        code: What the client is told.
        retryable: Whether the same request may succeed later.
        people: The text for people; never holds input, ids or causes.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL_ERROR
    retryable: ClassVar[bool] = False
    people: ClassVar[str] = "Something went wrong on our side."


class InvalidInput(ParleyError):
    """Raised when a frame or a field is not what the contract asks for."""

    code = ErrorCode.VALIDATION_ERROR
    people = "The request is not valid."

    def __init__(self, *details: Detail) -> None:
        """Keep the reasons; the first one is what most clients show, and the text for the log."""
        shown = ((d.path if d.is_ours else "?", d.reason) for d in details)
        super().__init__("; ".join(f"{place}: {reason}" for place, reason in shown))
        self.details = details

    @classmethod
    def at(cls, path: str, reason: str) -> "InvalidInput":
        """Make the error for a single field."""
        return cls(Detail(path, reason))


class Unauthorized(ParleyError):
    """Raised when there is no credential, or not a valid one any more."""

    code = ErrorCode.UNAUTHORIZED
    people = "Please sign in again."


class TokenExpired(Unauthorized):
    """Raised when the token of an open connection has ended; the connection ends with it."""


class Unverifiable(Unauthorized):
    """Raised when the deployment, not the client, seems to be at fault for a refused token.

    There are no keys to verify it with, or its signature is good but it is for somebody else.

    Attributes:
        event: What the log calls this; it names the setting to look at.
    """

    def __init__(self, event: str, reason: str) -> None:
        """Keep the event; the reason is for the log."""
        super().__init__(reason)
        self.event = event


class Forbidden(ParleyError):
    """Raised when a known member may not do this."""

    code = ErrorCode.FORBIDDEN
    people = "You may not do this."


class NotFound(ParleyError):
    """Raised when something does not exist, or the caller may not know that it does."""

    code = ErrorCode.NOT_FOUND
    people = "There is nothing here by that id."


class Conflict(ParleyError):
    """Raised when the request contradicts what is already stored."""

    code = ErrorCode.CONFLICT
    people = "This contradicts what is already there."


class PayloadTooLarge(ParleyError):
    """Raised when a body or frame is over its limit."""

    code = ErrorCode.PAYLOAD_TOO_LARGE
    people = "This is too large."


class RateLimited(ParleyError):
    """Raised when a user asks too often. Nothing was stored by this attempt."""

    code = ErrorCode.RATE_LIMITED
    retryable = True
    people = "Too many requests; please wait a moment."

    def __init__(self, retry_after_s: float) -> None:
        """Keep after how many seconds the next attempt can pass."""
        super().__init__(f"retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Unavailable(ParleyError):
    """Raised when a part that we need does not answer. Nothing was stored by this attempt."""

    code = ErrorCode.UNAVAILABLE
    retryable = True
    people = "The service is busy; please try again."

    def __init__(self, cause: str, retry_after_s: float = 1.0) -> None:
        """Keep the cause for the logs and the delay for the client, in seconds."""
        super().__init__(cause)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ParleyError):
    """Raised when nobody can tell whether something was stored; a repeat of the command settles it.

    No `Unavailable`, after which nothing was stored (SPEC §3).
    """

    retryable = True


class CacheUnavailable(Unavailable):
    """Raised when Redis does not answer. Services that can go on without it catch this."""


class CacheDefect(ParleyError):
    """Raised when Redis refuses what we ask: a bug in a script, or a wrong set-up."""


class StoreUnavailable(Unavailable):
    """Raised when DynamoDB does not answer, or throttles for too long."""


class BadSetting(ParleyError):
    """Raised at cold start when a setting is missing or out of bounds; names the setting."""


class SecretUnreadable(BadSetting):
    """Raised when a secret that a setting names cannot be read, or holds nothing; has its ARN."""


def retry_after_of(error: ParleyError) -> float | None:
    """Return the delay that the client should wait, in seconds, where the error has one."""
    return error.retry_after_s if isinstance(error, RateLimited | Unavailable) else None
