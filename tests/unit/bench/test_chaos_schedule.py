"""Which faults a chaos run has, and when."""

import itertools
import random

import pytest

from bench.chaos.catalogue import USES, Use, found
from bench.chaos.plan import Plan
from bench.chaos.schedule import Planned, planned


def plan_of(seconds: float, pause_s: float = 20.0, seed: int = 1) -> list[Planned]:
    """Return the faults of a run with every verb."""
    return planned(USES, seconds, pause_s, chance(seed))


def chance(seed: int) -> random.Random:
    """Return what decides."""
    return random.Random(seed)  # noqa: S311 - repeatable, not secret


def test_every_verb_that_there_is_has_its_use() -> None:
    assert set(USES) == found()


@pytest.mark.parametrize("minutes", [1, 5, 10, 60])
def test_every_verb_happens_at_least_once(minutes: int) -> None:
    assert {fault.verb for fault in plan_of(minutes * 60)} == set(USES)


@pytest.mark.parametrize("seed", range(5))
def test_a_run_of_ten_minutes_has_a_fault_every_20_s_and_at_least_30(seed: int) -> None:
    faults = plan_of(600, seed=seed)
    begins = [fault.at_s for fault in faults]
    pauses = [later - earlier for earlier, later in itertools.pairwise(begins)]
    assert max([begins[0], *pauses, 600 - begins[-1]]) <= 25
    assert max(pauses) <= 20
    assert len(faults) >= 30


def test_a_fault_is_over_before_the_next_one_begins() -> None:
    faults = plan_of(120)
    for earlier, later in itertools.pairwise(faults):
        assert earlier.at_s + earlier.seconds < later.at_s


def test_the_same_seed_makes_the_same_run_and_another_one_another() -> None:
    assert plan_of(600, seed=7) == plan_of(600, seed=7)
    assert plan_of(600, seed=7) != plan_of(600, seed=8)


def test_a_run_with_a_choice_of_verbs_has_these_only() -> None:
    faults = planned({"valkey.flush": Use((0.0, 0.0))}, 60, 10.0, chance(1))
    assert {fault.verb for fault in faults} == {"valkey.flush"}
    assert len(faults) >= 5


def test_a_run_without_verbs_breaks_nothing() -> None:
    assert planned({}, 60, 10.0, chance(1)) == []


def test_what_parley_is_told_follows_from_the_heartbeat() -> None:
    settings = Plan(heartbeat_s=10).settings()
    assert settings["PARLEY_HEARTBEAT_INTERVAL_S"] == "10"
    assert settings["PARLEY_LEASE_TTL_S"] == "30"
    assert float(settings["GATEWAY_SCHEDULE_SCALE"]) == pytest.approx(20 / 60)
