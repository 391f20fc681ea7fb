"""What a client shows, whatever order things come in."""

import itertools

from bench.chaos.ledger import Fact
from bench.chaos.views import PeopleView, RoomView


def fact(seq: int, rev: int = 0) -> Fact:
    """Return a message."""
    return Fact(f"m{seq}", seq, rev, "ann", f"c{seq}", f"body {seq} {rev}")


def test_messages_are_shown_in_order_whatever_order_they_come_in() -> None:
    for order in itertools.permutations(range(1, 6)):
        view = RoomView("g-1")
        for seq in order:
            view.push(fact(seq))
        assert view.shown == [fact(seq) for seq in range(1, 6)]
        assert not view.has_gap


def test_what_is_behind_a_gap_is_not_shown_and_the_gap_is_known() -> None:
    view = RoomView("g-1")
    for seq in (1, 2, 4):
        view.push(fact(seq))
    assert view.tip == 2
    assert view.has_gap
    view.take(fact(3))
    assert view.tip == 4
    assert not view.has_gap


def test_raw_order_is_counted_of_pushes_alone() -> None:
    view = RoomView("g-1")
    view.push(fact(2))
    view.take(fact(1))
    assert view.raw_reorderings == 0
    view.push(fact(4))
    view.push(fact(3))
    assert view.raw_reorderings == 1


def test_repeats_are_dropped_and_counted() -> None:
    view = RoomView("g-1")
    for seq in (1, 1, 3, 3):
        view.push(fact(seq))
    assert view.shown == [fact(1)]
    assert view.repeats == 2


def test_of_two_versions_the_newer_one_stays() -> None:
    view = RoomView("g-1")
    for each in (fact(1, 2), fact(1, 1), fact(3, 4), fact(3, 5), fact(2)):
        view.take(each)
    assert view.shown == [fact(1, 2), fact(2), fact(3, 5)]


def test_the_change_number_is_raised_by_the_next_change_and_by_a_sync() -> None:
    view = RoomView("g-1")
    view.take(fact(1, 1))
    assert view.rev == 1
    view.take(fact(1, 3))
    assert view.rev == 1, "2 may have been lost"
    view.caught_up(3)
    view.caught_up(2)
    assert view.rev == 3


def test_two_messages_of_one_number_are_kept_as_evidence() -> None:
    view = RoomView("g-1")
    view.push(fact(1))
    view.push(fact(1)._replace(message_id="other"))
    assert view.conflicts == [(fact(1), fact(1)._replace(message_id="other"))]


def test_people_are_here_until_they_are_told_to_have_left() -> None:
    people = PeopleView()
    people.list_all([{"userId": "ann", "status": "online"}, {"userId": "ben", "status": "away"}])
    people.update([{"userId": "ben", "status": "offline"}, {"userId": "chi", "status": "online"}])
    assert people.here == {"ann", "chi"}
    people.list_all([{"userId": "dai", "status": "online"}])
    assert people.here == {"dai"}
