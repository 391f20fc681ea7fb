"""Losing all of Valkey."""

from tests.support.stack import Stack
from tests.support.valkeys import lose_everything


def flush_valkey(stack: Stack) -> None:
    """Forget everything, scripts too, as a restarted server has."""
    lose_everything(stack.redis_url)
