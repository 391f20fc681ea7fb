"""Dots and words for who is here."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals
from tests.browser.widget import DELIVERED

pytestmark = pytest.mark.browser


@pytest.mark.covers("A-40", "A-43", "A-48", "B-62", "B-93")
def test_dots_have_colours_sizes_and_words(portals: Portals) -> None:
    portals.enter("bob")
    alice = portals.enter("alice").show()
    dot = alice.row("Bob").locator("[part~=dot]")
    expect(dot).to_have_css("background-color", "rgb(31, 157, 87)")
    expect(alice.row("Bob")).to_contain_text("Online")
    assert dot.evaluate("dot => dot.clientWidth") in {10, 14}
    alice.open("Bob")
    expect(alice.subtitle).to_have_text("Online")


@pytest.mark.covers("A-2", "A-69")
def test_presence_follows_who_leaves_and_comes_back(portals: Portals) -> None:
    bob = portals.enter("bob")
    alice = portals.enter("alice", "dm", "bob").write("Going already?")
    # Until then Bob's coming has been announced, and so his going will be.
    expect(alice.tick("Going already?")).to_have_text(DELIVERED)
    expect(alice.subtitle).to_have_text("Online")
    bob.page.close()
    expect(alice.subtitle).to_have_text(re.compile("Offline|Last seen"))
    portals.enter("bob")
    expect(alice.subtitle).to_have_text("Online")


@pytest.mark.covers("A-69", "A-64")
def test_who_wrote_and_left_stands_under_unread_messages_by_name(portals: Portals) -> None:
    bob = portals.enter("bob", partner="alice").write("Call me back.")
    bob.sees("Call me back.").page.close()
    alice = portals.enter("alice").show()
    unread = alice.section("Unread messages")
    expect(unread).to_contain_text("Bob")
    expect(unread).to_contain_text("Call me back.")
    expect(alice.launcher).to_have_accessible_name("Chat, 1 unread")
    alice.open("Bob").sees("Call me back.")
    alice.to_list()
    expect(unread).to_have_count(0)
    expect(alice.launcher).to_have_accessible_name("Chat")


@pytest.mark.covers("A-71")
def test_who_is_not_connected_yet_is_told_so_and_not_that_nobody_is_there(
    portals: Portals,
) -> None:
    page = portals.page()
    held = portals.hold_tickets(page)
    alice = portals.widget(page).at("/dashboard/#as=alice").show()
    expect(alice.notice).to_have_text("Connecting…")
    expect(alice.list.get_by_text("Nobody else is online.")).to_have_count(0)
    expect(alice.list.get_by_text("No chats yet")).to_have_count(0)
    held.release()
    alice.is_connected()
    expect(alice.notice).to_have_count(0)
