"""Two tabs of one browser, a computer that sleeps, and a tab that nobody looks at."""

import pytest

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser


@pytest.mark.covers("A-41", "B-91")
def test_two_tabs_share_one_connection_and_one_goes_on_without_the_other(
    portals: Portals,
) -> None:
    bob = portals.enter("bob", "dm", "alice")
    first = portals.enter("alice", "dm", "bob")
    opened = portals.sockets(first.page.context)
    second = portals.widget(first.page.context.new_page()).at("/dm/#as=alice&with=bob")
    second.is_connected().write("From the second tab.")
    for somebody in (first, bob):
        somebody.sees("From the second tab.")
    first.write("From the first tab.")
    for somebody in (second, bob):
        somebody.sees("From the second tab.", "From the first tab.")
    # The second one's, over which the first one's went without a gap.
    assert len(opened) == 1
    second.page.close()
    bob.write("Are you still there?")
    first.sees("Are you still there?").write("I am.")
    bob.sees("I am.")
    assert len(opened) == 2
    assert first.texts() == [
        "From the second tab.",
        "From the first tab.",
        "Are you still there?",
        "I am.",
    ]


@pytest.mark.covers("C-56")
def test_after_hours_of_sleep_what_was_missed_is_there_once(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    page = portals.page()
    page.clock.install()
    alice = portals.widget(page).at("/dm/#as=alice&with=bob").is_connected()
    bob.write("Before the lid is closed.")
    alice.sees("Before the lid is closed.")
    page.clock.pause_at("2035-01-01T00:00:00Z")
    bob.write("While it sleeps.")
    page.clock.resume()
    alice.is_connected().sees("Before the lid is closed.", "While it sleeps.")
    alice.write("Awake again.")
    bob.sees("Awake again.")
    assert alice.texts() == ["Before the lid is closed.", "While it sleeps.", "Awake again."]
