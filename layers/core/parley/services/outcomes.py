"""What may be told of work that is stored already."""

from collections.abc import Iterator
from contextlib import contextmanager

from parley.errors import OutcomeUnknown, Unavailable


@contextmanager
def once_stored(*, stored: bool = True) -> Iterator[None]:
    """Let nobody be told ``UNAVAILABLE`` of what was stored: that would deny it (SPEC §3).

    For what follows a commit, such as reading what the reply shows.

    Raises:
        OutcomeUnknown: In place of an `Unavailable`, if anything was ``stored``.
    """
    try:
        yield
    except Unavailable as exc:
        if stored:
            raise OutcomeUnknown(str(exc)) from exc
        raise
