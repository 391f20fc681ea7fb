"""What an answer of the management API means for a push: pure rules, shared with the memory twin.

Outcomes are those of SPEC §5.8 and AWS.md §B: 410 is gone, 429 is tried twice more, a broken
connection once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

THROTTLE_DELAYS_S = (0.05, 0.15)
MAX_RESENDS = 1

THROTTLED = "throttled"
TOO_LARGE = "too_large"
BROKEN = "broken"
TIMEOUT = "timeout"
UNSIGNED = "unsigned"
UNSENT = "unsent"


class Outcome(Enum):
    """What became of a post; ``AGAIN`` is not the end of it."""

    DELIVERED = "delivered"
    GONE = "gone"
    FAILED = "failed"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with the reason of a failure, or the delay before the next attempt."""

    outcome: Outcome
    reason: str = ""
    delay_s: float = 0.0


DELIVERED = Verdict(Outcome.DELIVERED)
GONE = Verdict(Outcome.GONE)


def failed(reason: str) -> Verdict:
    """Return the end of a post that is left to the recipient's next heartbeat."""
    return Verdict(Outcome.FAILED, reason)


def judge(status: int, throttled: int, delays_s: Sequence[float] = THROTTLE_DELAYS_S) -> Verdict:
    """Judge an answer.

    Args:
        status: Its HTTP status.
        throttled: How often this post was answered 429 before.
        delays_s: Before the second, third … attempt of a throttled post; not yet jittered.
    """
    if HTTPStatus(200) <= status < HTTPStatus(300):
        return DELIVERED
    if status == HTTPStatus.GONE:
        return GONE
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        if throttled < len(delays_s):
            return Verdict(Outcome.AGAIN, delay_s=delays_s[throttled])
        return failed(THROTTLED)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return failed(TOO_LARGE)
    return failed(str(status))
