"""Reading back: what is read stays where it is, and an original is found however far back."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.portals import Portals
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

# More than the client loads at once.
FAR = 70


def top_of(place: Locator) -> float:
    """Where something is on the screen."""
    box = place.bounding_box()
    assert box is not None
    return box["y"]


def longer(portals: Portals, count: int) -> Widget:
    """Alice, whose conversation with Bob has some screens."""
    portals.enter("bob")
    portals.say("alice", "bob", *(f"Line {number:02}" for number in range(count)))
    alice = portals.enter("alice", "dm", "bob")
    return alice.sees(f"Line {count - 1:02}")


def test_who_scrolls_back_is_not_drawn_to_the_end_by_what_comes(portals: Portals) -> None:
    alice = longer(portals, 40)
    alice.log.hover()
    # A little only, and then something that has everything drawn anew.
    alice.page.mouse.wheel(0, -120)
    expect(alice.conversation.get_by_role("button", name="Jump to newest messages")).to_be_visible()
    read = alice.message("Line 30")
    before = top_of(read)
    portals.say("bob", "alice", "Something new.")
    jump = alice.conversation.get_by_role("button", name="1 new message")
    expect(jump).to_be_visible()
    assert abs(top_of(read) - before) < 1
    jump.click()
    alice.sees("Something new.")
    expect(alice.message("Something new.")).to_be_in_viewport()


def test_the_quote_of_a_message_that_is_not_loaded_leads_to_it(portals: Portals) -> None:
    portals.enter("bob")
    asked = {"type": "direct", "memberIds": ["bob"]}
    token = portals.token("alice")
    room = portals.stack.post("/api/rooms", asked, token)["roomId"]
    first = {"clientId": "original", "body": "The original."}
    original = portals.stack.post(f"/api/rooms/{room}/messages", first, token)["message"]
    portals.say("alice", "bob", *(f"Line {number:02}" for number in range(FAR)))
    answer = {"clientId": "answer", "body": "An answer.", "replyTo": original["messageId"]}
    portals.stack.post(f"/api/rooms/{room}/messages", answer, token)
    alice = portals.enter("alice", "dm", "bob").sees("An answer.")
    expect(alice.bodies.get_by_text("The original.", exact=True)).to_have_count(0)
    alice.message("An answer.").get_by_role("button").first.click()
    expect(alice.message("The original.")).to_be_in_viewport()


def test_a_window_that_was_hidden_shows_the_end_again(portals: Portals) -> None:
    alice = longer(portals, 40)
    hide = "shown => { document.querySelector('parley-chat').style.display = shown }"
    alice.page.evaluate(hide, "none")
    portals.say("bob", "alice", "While nobody could see it.")
    alice.page.evaluate(hide, "")
    expect(alice.message("While nobody could see it.")).to_be_in_viewport()
