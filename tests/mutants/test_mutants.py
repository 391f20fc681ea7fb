"""Bugs that somebody may make one day are found by the tests that are there for them."""

import pytest

from tests.mutants.mutants import MUTANTS
from tests.mutants.runner import Mutant, NotPlanted, failures_without_a_bug, survivors

AT_LEAST = 20


def named(mutant: Mutant) -> str:
    return mutant.name


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_a_planted_bug_fails_the_tests_that_are_named_for_it(mutant: Mutant) -> None:
    assert survivors(mutant) == []


def test_without_a_bug_the_named_tests_pass() -> None:
    assert failures_without_a_bug(MUTANTS) == ""


def test_there_are_enough_of_them_and_no_two_alike() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= AT_LEAST


def test_what_is_no_bug_passes() -> None:
    harmless = Mutant(
        "a comment",
        "domain/ids.py",
        '"""',
        '"""',
        ("tests/unit/domain/test_ids.py",),
    )
    with pytest.raises(NotPlanted):
        survivors(harmless)
