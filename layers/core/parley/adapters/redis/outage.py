"""Says that a server cannot be reached: once, with the cause, and when it is over."""

import logging
import threading

from redis import exceptions

_logger = logging.getLogger(__name__)


class Outage:
    """What is known of one server that did not answer. Safe for threads.

    One call that failed is no outage: the server was busy, or gave its place to another. It is one
    when the next fails too, 2 s later. A server that never answered this process, that refuses its
    login, or whose certificate is wrong, is one at once: that is how a wrong set-up looks.
    """

    def __init__(self, address: str) -> None:
        """Take how the server is called."""
        self._address = address
        self._lock = threading.Lock()
        self._has_answered = False
        self._failures = 0
        self._is_told = False

    def failed(self, error: Exception) -> None:
        """Note that a call was not answered; say so where it is an outage now."""
        reason = reason_of(error)
        with self._lock:
            self._failures += 1
            lasts = self._failures > 1 or not self._has_answered
            if self._is_told or not (lasts or reason in ("certificate", "login")):
                return
            self._is_told = True
        _logger.error(
            "redis_unreachable",
            extra={"address": self._address, "reason": reason, "cause": str(error)},
        )

    def answered(self) -> None:
        """Note that a call was answered; say so after an outage."""
        if self._has_answered and not self._failures:
            return
        with self._lock:
            was_told, self._is_told = self._is_told, False
            self._failures, self._has_answered = 0, True
        if was_told:
            _logger.warning("redis_reached_again", extra={"address": self._address})


def reason_of(error: Exception) -> str:
    """Return in one word what to look at first.

    Returns:
        ``login`` (password, token, user), ``certificate``, ``name`` (DNS), ``timeout`` (network,
        security group, a server that hangs) or ``connection`` (nobody listens, or it was cut).
    """
    if isinstance(error, exceptions.AuthenticationError):
        return "login"
    if isinstance(error, exceptions.TimeoutError):
        return "timeout"
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "certificate"
    # As getaddrinfo numbers its errors: no such name, and no answer.
    if "Error -2 " in text or "Error -3 " in text or "Error -5 " in text:
        return "name"
    return "connection"
