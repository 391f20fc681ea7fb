"""When which fault happens: drawn once, from a seed, before anything begins."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.chaos.catalogue import Use

FIRST_AT_S = 3.0
# The last fault leaves time to see how it is recovered from while messages are still sent.
CALM_END_S = 4.0
# Of the time until the next fault, what one may last at most.
LASTS_AT_MOST = 0.6


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault: when it begins, counted from the run's begin, and how long it lasts."""

    at_s: float
    verb: str
    seconds: float


def planned(
    uses: Mapping[str, Use], seconds: float, pause_s: float, chance: random.Random
) -> list[Planned]:
    """Return the faults of a run, each verb at least once.

    Args:
        uses: The verbs to use.
        seconds: How long the run lasts.
        pause_s: From one begin to the next at most; less where the run is short for its verbs.
        chance: Decides.
    """
    left = max(0.0, seconds - FIRST_AT_S - CALM_END_S)
    pause_s = min(pause_s, left / max(1, len(uses)))
    faults: list[Planned] = []
    at_s = FIRST_AT_S
    for verb in _in_turn(sorted(uses), chance):
        lasts_s = min(chance.uniform(*uses[verb].seconds), LASTS_AT_MOST * pause_s)
        # No verb is left out, however short the run is.
        if len(faults) >= len(uses) and at_s + lasts_s > seconds - CALM_END_S:
            return faults
        faults.append(Planned(at_s, verb, lasts_s))
        at_s += pause_s * chance.uniform(0.8, 1.0)
    return faults


def _in_turn(verbs: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Yield all verbs in random order, and again, for ever."""
    while verbs:
        yield from chance.sample(verbs, len(verbs))
