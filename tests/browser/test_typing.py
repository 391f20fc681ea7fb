"""What one sees of somebody who writes."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals
from tests.browser.widget import READ

pytestmark = pytest.mark.browser


@pytest.mark.covers("A-49", "B-53", "B-63", "B-89")
def test_typing_appears_and_goes_away(portals: Portals) -> None:
    carol = portals.enter("carol", partner="alice")
    alice = portals.enter("alice", "dm", "carol").write("I am about to type.")
    expect(alice.tick("I am about to type.")).to_have_text(READ)
    alice.composer.press_sequentially("Hm")
    expect(carol.typing).to_have_text("Alice is typing…")
    alice.composer.fill("")
    expect(carol.typing).to_be_empty()
    alice.composer.press_sequentially("Hm")
    expect(carol.typing).to_have_text("Alice is typing…")
    alice.composer.press("Enter")
    carol.sees("Hm")
    expect(carol.typing).to_be_empty()


@pytest.mark.covers("B-92")
def test_the_list_says_who_is_typing_where(portals: Portals) -> None:
    carol = portals.enter("carol").show()
    alice = portals.enter("alice", "dm", "carol").write("Hello.")
    expect(carol.chat("Alice")).to_contain_text("Hello.")
    alice.composer.press_sequentially("Hm")
    expect(carol.chat("Alice")).to_contain_text("Typing…")


@pytest.mark.covers("B-52")
def test_typing_of_somebody_who_vanished_expires_by_itself(portals: Portals) -> None:
    carol = portals.enter("carol", partner="bob")
    bob = portals.enter("bob", "dm", "carol").write("I shall vanish.")
    expect(bob.tick("I shall vanish.")).to_have_text(READ)
    bob.composer.press_sequentially("H")
    expect(carol.typing).to_have_text("Bob is typing…")
    bob.page.close()
    expect(carol.typing).to_be_empty()
