"""Times and spans as whole milliseconds of the epoch, without the rounding of floats."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return epoch milliseconds, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Undo :func:`to_ms`."""
    return _EPOCH + milliseconds * _MILLISECOND


def span_ms(seconds: float) -> int:
    """Return a duration in seconds as whole milliseconds."""
    return round(seconds * 1000)
