"""The checker of the chaos run must fail on every error that somebody plants."""

from collections.abc import Callable
from typing import Any

import pytest

from bench.chaos.check import (
    Verdict,
    check_people,
    check_repeat,
    check_side,
    check_stored,
    check_view,
)
from bench.chaos.ledger import Fact, Ledger, Offer
from bench.chaos.views import RoomView

ROOM = "g-1"
SENDER = "ann"


def message(seq: int, **changed: Any) -> dict[str, Any]:
    """Return a stored message as the server shows it."""
    usual = {
        "messageId": f"m{seq}",
        "roomId": ROOM,
        "seq": seq,
        "rev": 0,
        "senderId": SENDER,
        "clientId": f"c{seq}",
        "body": f"body {seq}",
    }
    return {**usual, **changed}


class Story:
    """Five messages that went well: offered at 1, 2 …, acked half a second later."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        for seq in range(1, 6):
            offer = Offer(f"c{seq}", SENDER, ROOM, f"body {seq}", due=seq, tried=seq)
            self.ledger.offer(offer)
            self.ledger.ack(offer, {"message": message(seq)}, now=seq + 0.5)
        self.history = [self.ledger.fact(message(seq)) for seq in range(1, 6)]
        self.view = RoomView(ROOM)
        for fact in self.history:
            self.view.push(fact)

    def fact(self, seq: int, **changed: Any) -> Fact:
        """Return one of the messages, or another version of it."""
        return self.ledger.fact(message(seq, **changed))

    def stored(self) -> dict[str, int]:
        """Return what the checker says of what is stored."""
        return dict(check_stored(self.ledger, {ROOM: self.history}).counts)

    def shown(self) -> dict[str, int]:
        """Return what the checker says of the view."""
        verdict = Verdict()
        check_view(verdict, self.view, self.history)
        return dict(verdict.counts)


@pytest.fixture
def story() -> Story:
    """Return a story without an error."""
    return Story()


def test_a_run_without_an_error_is_found_to_have_none(story: Story) -> None:
    assert story.stored() == {}
    assert story.shown() == {}


def lose_the_last(story: Story) -> None:
    story.history.pop()


def store_twice(story: Story) -> None:
    story.history.append(story.fact(6, clientId="c5", body="body 5"))


def skip_a_number(story: Story) -> None:
    story.history = [
        replace_seq(fact, fact.seq + 1) if fact.seq > 3 else fact for fact in story.history
    ]
    for seq in (4, 5):
        story.ledger.offers[f"c{seq}"].seq = seq + 1


def replace_seq(fact: Fact, seq: int) -> Fact:
    """Return a message with another number."""
    return fact._replace(seq=seq)


def swap_two(story: Story) -> None:
    one, other = story.history[1], story.history[2]
    story.history[1:3] = [replace_seq(other, 2), replace_seq(one, 3)]
    story.ledger.offers["c2"].seq, story.ledger.offers["c3"].seq = 3, 2


def store_other_bytes(story: Story) -> None:
    story.history[0] = story.fact(1, body="another body")


def store_what_nobody_said(story: Story) -> None:
    story.history.append(story.fact(6))


def store_under_another_name(story: Story) -> None:
    story.history[2] = story.fact(3, senderId="ben")


def store_another_edit(story: Story) -> None:
    story.history[0] = story.fact(1, rev=1, body="nobody's edit")


def ack_as_another_message(story: Story) -> None:
    story.ledger.offers["c4"].message_id = "m99"


@pytest.mark.parametrize(
    ("plant", "kind", "count"),
    [
        (lose_the_last, "lost", 1),
        (store_twice, "duplicatesStored", 1),
        (skip_a_number, "holes", 1),
        (swap_two, "outOfOrder", 1),
        (store_other_bytes, "altered", 1),
        (store_what_nobody_said, "invented", 1),
        (store_under_another_name, "invented", 1),
        (store_another_edit, "altered", 1),
        (ack_as_another_message, "altered", 1),
    ],
)
def test_a_planted_error_in_the_store_is_found(
    story: Story, plant: Callable[[Story], None], kind: str, count: int
) -> None:
    plant(story)
    assert story.stored() == {kind: count}


def test_an_ack_with_another_message_than_was_sent_is_found(story: Story) -> None:
    offer = Offer("c6", SENDER, ROOM, "body 6", due=6.0, tried=6.0)
    story.ledger.offer(offer)
    story.ledger.ack(offer, {"message": message(6, body="body 5")}, now=7.0)
    story.history.append(story.fact(6))
    assert story.stored() == {"altered": 1}


def test_what_was_never_acked_may_be_stored_or_not(story: Story) -> None:
    for seq in (6, 7):
        story.ledger.offer(Offer(f"c{seq}", SENDER, ROOM, f"body {seq}", due=seq, tried=seq))
    story.history.append(story.fact(6))
    assert story.stored() == {}


def test_an_edit_by_its_sender_is_no_error(story: Story) -> None:
    story.ledger.offers["c1"].edited_body = "edited"
    story.history[0] = story.fact(1, rev=1, body="edited")
    story.view.take(story.history[0])
    assert story.stored() == {}
    assert story.shown() == {}


def show_other_bytes(story: Story) -> None:
    story.view.shown[0] = story.fact(1, body="another body")


def show_less(story: Story) -> None:
    story.view.shown.pop()


def show_more(story: Story) -> None:
    story.view.push(story.fact(6))


def show_in_another_order(story: Story) -> None:
    story.view.shown[1:3] = story.view.shown[2:0:-1]


def show_two_messages_of_one_number(story: Story) -> None:
    story.view.push(story.fact(2, messageId="m2b", clientId="c2b"))


def show_what_was_before_an_edit(story: Story) -> None:
    story.history[0] = story.fact(1, rev=1, body="edited")


@pytest.mark.parametrize(
    ("plant", "counts"),
    [
        (show_other_bytes, {"altered": 1}),
        (show_less, {"notShown": 1}),
        (show_more, {"invented": 1}),
        (show_in_another_order, {"outOfOrder": 2}),
        (show_two_messages_of_one_number, {"outOfOrder": 1}),
        (show_what_was_before_an_edit, {"outdated": 1}),
    ],
)
def test_a_planted_error_in_a_view_is_found(
    story: Story, plant: Callable[[Story], None], counts: dict[str, int]
) -> None:
    plant(story)
    assert story.shown() == counts


def test_a_message_that_is_shown_under_two_numbers_is_found(story: Story) -> None:
    again = story.fact(6, messageId="m5", clientId="c5", body="body 5")
    story.view.push(again)
    story.history.append(again)
    assert story.shown() == {"shownTwice": 1}


def test_a_client_id_that_is_shown_as_two_messages_is_found(story: Story) -> None:
    again = story.fact(6, clientId="c5", body="body 5")
    story.view.push(again)
    story.history.append(again)
    assert story.shown() == {"shownTwice": 1}


def test_a_ghost_and_somebody_who_is_not_shown_are_found() -> None:
    verdict = Verdict()
    check_people(verdict, shown={"ann", "ghost"}, here={"ann", "ben"}, viewer="ann")
    assert dict(verdict.counts) == {"ghosts": 1, "falseOffline": 1}
    assert verdict.examples == [
        "ghosts: ghost is shown to ann",
        "falseOffline: ben is not shown to ann",
    ]


def test_of_many_errors_all_are_counted_and_some_are_told() -> None:
    verdict = Verdict()
    check_people(verdict, shown={f"ghost-{n}" for n in range(50)}, here=set(), viewer="ann")
    assert verdict.counts["ghosts"] == 50
    assert len(verdict.examples) == 20


@pytest.mark.parametrize(
    ("reply", "blamed"),
    [
        ({"duplicate": True, "message": message(3)}, {}),
        ({"duplicate": False, "message": message(6)}, {"duplicatesStored": 1}),
        ({"duplicate": True, "message": message(4)}, {"altered": 1}),
    ],
)
def test_what_is_sent_again_is_the_first_message(
    reply: dict[str, Any], blamed: dict[str, int]
) -> None:
    verdict = Verdict()
    check_repeat(verdict, Story().ledger.offers["c3"], reply)
    assert verdict.counts == blamed


@pytest.mark.parametrize(
    ("read", "delivered", "unread", "end", "is_right"),
    [
        (5, 5, 0, 5, True),
        (4, 5, 1, 5, False),
        (5, 5, 1, 5, False),
        (6, 6, 0, 5, False),
        (5, 4, 0, 5, False),
        (5, 5, -1, 4, False),
    ],
)
def test_cursors_are_in_the_room_and_not_before_what_was_said(
    read: int, delivered: int, unread: int, end: int, *, is_right: bool
) -> None:
    verdict = Verdict()
    me = {"readSeq": read, "deliveredSeq": delivered, "unread": unread}
    check_side(verdict, SENDER, {"me": me, "lastSeq": end}, Story().history)
    assert verdict.counts == ({} if is_right else {"cursorsWrong": 1})
