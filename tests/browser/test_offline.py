"""What was written without a network waits, survives a reload, and is sent in order and once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals
from tests.browser.widget import SENDING

pytestmark = pytest.mark.browser

WRITTEN = [f"Note {number}" for number in range(1, 6)]


@pytest.mark.covers("A-53", "B-72", "B-76", "B-81", "B-83")
def test_what_was_written_offline_is_sent_in_order_when_the_network_is_back(
    portals: Portals,
) -> None:
    portals.troubles.expect("ERR_INTERNET_DISCONNECTED")
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("Online.")
    bob.sees("Online.")
    alice.page.context.set_offline(True)
    expect(alice.notice).to_have_text("You are offline.")
    alice.write(*WRITTEN)
    for text in WRITTEN:
        expect(alice.tick(text)).to_have_text(SENDING)
    alice.page.context.set_offline(False)
    alice.is_connected()
    for somebody in (alice, bob):
        somebody.sees(*WRITTEN)
        assert somebody.texts() == ["Online.", *WRITTEN]


@pytest.mark.covers("B-81", "B-83")
def test_what_waits_survives_a_reload_and_is_sent_once(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("Online.")
    bob.sees("Online.")
    held = portals.hold_tickets(alice.page)
    portals.cut(alice)
    expect(alice.notice).to_have_text("Reconnecting…")
    alice.write(*WRITTEN)
    expect(alice.tick(WRITTEN[-1])).to_have_text(SENDING)
    alice.page.reload()
    held.release()
    alice.is_connected()
    for somebody in (alice, bob):
        somebody.sees(*WRITTEN)
        assert somebody.texts() == ["Online.", *WRITTEN]
    expect(alice.tick(WRITTEN[-1])).to_have_text(re.compile("Sent|Delivered|Read"))
    alice.page.reload()
    alice.is_connected().sees(*WRITTEN)
    assert bob.texts() == ["Online.", *WRITTEN]


@pytest.mark.covers("B-83")
def test_the_fifty_first_is_refused_and_stays_in_the_field(portals: Portals) -> None:
    portals.enter("bob")
    alice = portals.enter("alice", "dm", "bob")
    portals.hold_tickets(alice.page)
    portals.cut(alice)
    expect(alice.notice).to_have_text("Reconnecting…")
    alice.write(*(f"Waits {number}" for number in range(50)))
    alice.write("One too many")
    expect(alice.composer).to_have_value("One too many")
    expect(alice.conversation.get_by_role("alert")).to_be_visible()
