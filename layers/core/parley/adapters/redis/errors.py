"""What redis-py raises, as errors of Parley: an outage is not a bug in one of our scripts."""

from redis import exceptions

from parley.errors import CacheDefect, CacheUnavailable, ParleyError

FOREIGN = (exceptions.RedisError,)
_OUTAGES = (exceptions.ConnectionError, exceptions.TimeoutError)
_BUSY_TYPES = (
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.ClusterError,
    exceptions.MovedError,
    exceptions.AskError,
    exceptions.TryAgainError,
    exceptions.MasterDownError,
    exceptions.InvalidResponse,
)
_MOVED = (CacheUnavailable, exceptions.ClusterDownError)
_BUSY_CODES = frozenset(
    {"BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "READONLY"}
)


def is_outage(error: Exception) -> bool:
    """Tell whether the server did not answer at all, which opens the breaker."""
    return isinstance(error, _OUTAGES)


def may_pass(error: Exception) -> bool:
    """Tell whether the same may be answered later, as opposed to a command that is not allowed."""
    return isinstance(error, CacheUnavailable) or isinstance(translate(error, ""), CacheUnavailable)


def is_broken_connection(error: Exception) -> bool:
    """Tell whether a connection broke at once, as one does that was idle for too long.

    A timeout is not such: the server may be at work on the call still.
    """
    return type(error) is exceptions.ConnectionError


def is_missing_script(error: Exception) -> bool:
    """Tell whether the server forgot the script (restart, failover, SCRIPT FLUSH)."""
    return isinstance(error, exceptions.NoScriptError)


def is_demoted(error: Exception) -> bool:
    """Tell whether we are connected to what is a replica now."""
    return isinstance(error, exceptions.ReadOnlyError)


def may_have_moved(error: Exception) -> bool:
    """Tell whether another server of the cluster may have what this one was asked for."""
    return is_outage(error) or is_demoted(error) or isinstance(error, _MOVED)


def translate(error: Exception, script: str) -> ParleyError:
    """Return the error of Parley for what redis-py raised.

    Args:
        error: Any of :data:`FOREIGN`.
        script: The name of the script that was called, for the logs.
    """
    cause = f"{script}: {type(error).__name__}: {error}"
    if is_outage(error) or isinstance(error, _BUSY_TYPES) or _code(error) in _BUSY_CODES:
        return CacheUnavailable(cause)
    return CacheDefect(cause)


def _code(error: Exception) -> str:
    return str(error).partition(" ")[0]
