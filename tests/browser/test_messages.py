"""What can be done with a message: reply, edit, delete, react; Markdown and emoji."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser


@pytest.mark.covers("B-61", "B-73")
def test_a_reply_shows_what_it_answers(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("Tea or coffee?")
    bob.sees("Tea or coffee?").act("Tea or coffee?", "Reply")
    expect(bob.conversation.get_by_text("Replying to Alice")).to_be_visible()
    bob.write("Tea.")
    expect(alice.message("Tea.")).to_contain_text("Tea or coffee?")
    alice.message("Tea.").get_by_role("button").filter(has_text="Alice").click()
    expect(alice.message("Tea or coffee?")).to_be_in_viewport()


def test_an_edit_is_seen_by_both_and_marked(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("See you at nien.")
    bob.sees("See you at nien.")
    alice.act("See you at nien.", "Edit")
    expect(alice.composer).to_have_value("See you at nien.")
    alice.write("See you at nine.")
    for somebody in (alice, bob):
        somebody.sees("See you at nine.")
        expect(somebody.message("See you at nine.")).to_contain_text("edited")
        assert somebody.texts() == ["See you at nine."]


def test_a_deleted_message_leaves_a_mark_and_no_words(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("Forget this.", "Keep that.")
    bob.sees("Forget this.", "Keep that.")
    alice.act("Forget this.", "Delete")
    tools = alice.log.get_by_role("toolbar")
    expect(tools).to_contain_text("Delete this message?")
    tools.get_by_role("button", name="Delete", exact=True).click()
    for somebody in (alice, bob):
        expect(somebody.log.get_by_text("Message deleted")).to_have_count(1)
        expect(somebody.log.get_by_text("Forget this.")).to_have_count(0)
        somebody.sees("Keep that.")


def test_a_reaction_is_given_seen_and_taken_back(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("We won!")
    bob.sees("We won!").react("We won!", "👍")
    theirs = alice.reaction("We won!", "👍")
    expect(theirs).to_contain_text("1")
    theirs.click()
    mine = bob.reaction("We won!", "👍")
    expect(mine).to_contain_text("2")
    mine.click()
    expect(theirs).to_contain_text("1")
    theirs.click()
    expect(theirs).to_have_count(0)


@pytest.mark.covers("B-75", "B-77")
def test_the_emoji_picker_is_loaded_when_it_is_opened_and_writes(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob")
    asked: list[str] = []
    alice.page.on("request", lambda request: asked.append(request.url))
    alice.composer.fill("Well done ")
    assert [url for url in asked if "emoji" in url] == []
    alice.pick_emoji("party popper", "🎉")
    assert [url for url in asked if "emoji" in url] != []
    expect(alice.composer).to_have_value("Well done 🎉")
    alice.composer.press("Enter")
    bob.sees("Well done 🎉")


@pytest.mark.covers("B-73", "B-130")
def test_markdown_is_shown_and_links_lead_nowhere_but_there(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    portals.enter("alice", "dm", "bob").write(
        "**bold** *italic* `code` https://example.com/a?b=1 [no](javascript:alert(1))"
    )
    body = bob.bodies.first
    expect(body.locator("strong")).to_have_text("bold")
    expect(body.locator("em")).to_have_text("italic")
    expect(body.locator("code")).to_have_text("code")
    link = body.get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")
    expect(body).to_contain_text("javascript:alert(1)")


@pytest.mark.covers("B-70")
def test_messages_are_grouped_by_day_and_sender(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("First.", "Second.")
    bob.sees("Second.").write("Third.")
    alice.sees("First.", "Second.", "Third.")
    expect(alice.log.get_by_text("Today", exact=True)).to_have_count(1)
