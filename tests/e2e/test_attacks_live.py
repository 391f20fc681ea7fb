"""Attacks with ids of others through every real part; in memory there are many more of them."""

import pytest

from tests.support.live_attacks import attack
from tests.support.places import Place

pytestmark = pytest.mark.e2e


@pytest.mark.scenario("A1", "A11")
@pytest.mark.covers("A-7", "B-111", "B-112", "B-113", "B-117", "C-75")
async def test_a_room_one_is_not_in_answers_as_one_that_is_not_there(stack: Place) -> None:
    live = await attack(stack)
    assert live.tried >= 300
    assert live.problems == []
