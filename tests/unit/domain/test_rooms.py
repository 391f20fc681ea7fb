"""Cursors: they only move forward, never past the end, in whatever order receipts come."""

from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.domain.rooms import Cursor, advanced, passed_range, unread

END = 9
# (delivered, read) of six reports, two of them beyond the room's end.
REPORTS = [(3, 0), (0, 2), (7, 0), (0, 5), (12, 0), (0, 11)]

seqs = st.integers(0, 50)
reports = st.lists(st.tuples(seqs, seqs), max_size=12)


def after(reports: list[tuple[int, int]], end: int = END, start: Cursor | None = None) -> Cursor:
    cursor = start or Cursor()
    for delivered, read in reports:
        moved = advanced(cursor, delivered, read, end)
        assert moved.delivered_seq >= cursor.delivered_seq
        assert moved.read_seq >= cursor.read_seq
        assert moved.read_seq <= moved.delivered_seq <= max(end, cursor.delivered_seq)
        cursor = moved
    return cursor


@pytest.mark.parametrize("count", range(1, len(REPORTS) + 1))
def test_reports_in_any_order_give_the_same_cursor(count: int) -> None:
    chosen = REPORTS[:count]
    results = {after(list(order)) for order in permutations(chosen)}
    read = min(END, max(read for _, read in chosen))
    delivered = max(read, min(END, max(delivered for delivered, _ in chosen)))
    assert results == {Cursor(delivered, read)}


def test_a_repeated_report_changes_nothing() -> None:
    for report in REPORTS:
        assert after([report, report]) == after([report])


def test_reading_implies_delivered_but_not_the_other_way() -> None:
    assert after([(0, 5)]) == Cursor(delivered_seq=5, read_seq=5)
    assert after([(5, 0)]) == Cursor(delivered_seq=5, read_seq=0)


def test_a_cursor_is_not_pulled_back_by_an_end_that_is_not_known_yet() -> None:
    assert after([(4, 4)], end=2, start=Cursor(8, 6)) == Cursor(8, 6)
    assert after([(4, 4)], end=0) == Cursor(0, 0)


@settings(deadline=None)
@given(reports, seqs, st.randoms())
def test_any_reports_in_any_order_give_the_same_cursor(
    made: list[tuple[int, int]], end: int, chance: Random
) -> None:
    shuffled = made.copy()
    chance.shuffle(shuffled)
    assert after(made, end) == after(shuffled, end)


def test_unread_is_the_distance_to_the_end() -> None:
    assert unread(Cursor(9, 4), 9) == 5
    assert unread(Cursor(9, 9), 9) == 0
    assert unread(Cursor(), 0) == 0
    assert unread(Cursor(5, 5), 3) == 0


@pytest.mark.parametrize(
    ("before", "after_it", "passed"),
    [
        (Cursor(0, 0), Cursor(5, 0), (0, 5)),
        (Cursor(5, 0), Cursor(5, 3), (0, 3)),
        (Cursor(10, 2), Cursor(10, 5), (2, 5)),
        (Cursor(3, 3), Cursor(7, 7), (3, 7)),
        (Cursor(5, 2), Cursor(8, 4), (2, 8)),
        (Cursor(), Cursor(8, 4), (0, 8)),
    ],
)
def test_a_cursor_passes_what_lies_between_its_old_and_its_new_place(
    before: Cursor, after_it: Cursor, passed: tuple[int, int]
) -> None:
    assert passed_range(before, after_it) == passed


def test_every_move_passes_what_it_newly_covers_and_no_move_passes_nothing() -> None:
    steps = range(5)
    places = [Cursor(d, r) for d, r in product(steps, steps) if r <= d]
    for before, moved in product(places, places):
        if moved.delivered_seq < before.delivered_seq or moved.read_seq < before.read_seq:
            continue
        low, high = passed_range(before, moved)
        newly = {*range(before.read_seq + 1, moved.read_seq + 1)}
        newly |= {*range(before.delivered_seq + 1, moved.delivered_seq + 1)}
        assert newly <= {*range(low + 1, high + 1)}
        assert bool(newly) == (low < high)
        if newly:
            assert (low + 1, high) == (min(newly), max(newly))
