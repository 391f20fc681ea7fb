"""Two people in two portals: messages, ticks, history, tenants."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals
from tests.browser.widget import DELIVERED, READ, SENT

pytestmark = pytest.mark.browser

# More than a conversation loads at once.
MANY = 70


@pytest.mark.covers("A-49", "A-50", "B-57", "B-58", "B-60", "B-71", "B-94")
@pytest.mark.covers("C-54", "C-55", "C-58", "C-59")
def test_two_people_chat_and_see_ticks_turn_to_read(portals: Portals) -> None:
    bob = portals.enter("bob").show()
    alice = portals.enter("alice").show().open("Bob").write("Have you seen the ticks?")
    # Bob's device has it, Bob himself does not look yet.
    expect(bob.chat("Alice")).to_contain_text("1 unread")
    expect(alice.tick("Have you seen the ticks?")).to_have_text(DELIVERED)
    bob.open("Alice").sees("Have you seen the ticks?")
    expect(alice.tick("Have you seen the ticks?")).to_have_text(READ)
    bob.write("Both of them.")
    alice.sees("Have you seen the ticks?", "Both of them.")
    expect(bob.tick("Both of them.")).to_have_text(READ)
    bob.to_list()
    expect(bob.chat("Alice")).not_to_contain_text("unread")
    expect(bob.chat("Alice")).to_contain_text("Both of them.")


@pytest.mark.covers("A-50")
def test_somebody_who_is_not_there_has_not_received_it_yet(portals: Portals) -> None:
    portals.enter("bob").page.close()
    alice = portals.enter("alice", partner="bob").write("Are you there?")
    expect(alice.tick("Are you there?")).to_have_text(SENT)
    portals.enter("bob")
    expect(alice.tick("Are you there?")).to_have_text(DELIVERED)


def test_history_is_there_after_a_reload(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("One", "Two")
    bob.sees("One", "Two").write("Three")
    alice.sees("Three")
    for somebody in (alice, bob):
        somebody.page.reload()
        somebody.sees("One", "Two", "Three")
        assert somebody.texts() == ["One", "Two", "Three"]


@pytest.mark.covers("B-68", "B-69", "B-59", "B-104", "B-105")
def test_older_messages_load_when_scrolling_up_and_the_view_stays(portals: Portals) -> None:
    portals.enter("bob")
    alice = portals.enter("alice", "dm", "bob")
    texts = [f"Line {number:02}" for number in range(MANY)]
    portals.say("alice", "bob", *texts)
    alice.page.reload()
    alice.sees(texts[-1])
    expect(alice.bodies.get_by_text(texts[0], exact=True)).to_have_count(0)
    seen = alice.read_all(until=texts[0])
    # Nothing twice, nothing left out, and never the whole of it in the page.
    assert sorted(seen) == texts
    alice.conversation.get_by_role("button", name="Jump to newest messages").click()
    alice.sees(texts[-1])


def test_people_of_another_tenant_are_nowhere_to_be_seen(portals: Portals) -> None:
    portals.claims["dave"] = {"tenantId": f"{portals.tenant}-2"}
    dave = portals.enter("dave").show()
    portals.enter("bob")
    alice = portals.enter("alice").show()
    expect(alice.person("Bob")).to_be_visible()
    expect(alice.person("Dave")).to_have_count(0)
    expect(dave.list.get_by_text("Nobody else is online.")).to_be_visible()


@pytest.mark.covers("A-42")
def test_one_person_on_two_devices_sees_the_same_messages(portals: Portals) -> None:
    portals.enter("bob")
    one = portals.enter("alice", partner="bob")
    other = portals.enter("alice", "dm", "bob")
    one.write("Written on one device.")
    other.sees("Written on one device.")
    expect(other.tick("Written on one device.")).to_have_text(re.compile("Sent|Delivered"))


def test_screen_readers_hear_new_messages_and_neither_history_nor_own_ones(
    portals: Portals,
) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("Said aloud.")
    expect(bob.announced).to_contain_text("Alice: Said aloud.")
    alice.sees("Said aloud.")
    expect(alice.announced).not_to_contain_text("Said aloud.")
    bob.page.reload()
    bob.sees("Said aloud.")
    expect(bob.announced).not_to_contain_text("Said aloud.")
